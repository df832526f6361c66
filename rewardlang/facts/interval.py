"""Closed intervals of extended reals, with exact rational ends, so that `0.1 + 0.2` ends at 0.3."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Bound = Any
"""An end of an interval: a `Fraction`, or the float `inf` or `-inf` (mypy has no common type for the two)."""
LARGEST = Fraction(sys.float_info.max)
SMALLEST_NORMAL = Fraction(1, 2**126)
"""Of float32."""


def bound(value: float | Fraction) -> Bound:
    """The end that a number stands for: the decimal as a person writes it, not its binary neighbour."""
    if isinstance(value, Fraction) or (isinstance(value, float) and math.isinf(value)):
        return value
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


@dataclass(frozen=True)
class Interval:
    """All x with low <= x <= high."""

    low: Bound
    high: Bound

    def __post_init__(self) -> None:
        low, high = bound(self.low), bound(self.high)
        # Ends that no float has move outwards: a bound is handed to arithmetic on floats.
        object.__setattr__(self, "low", -math.inf if low < -LARGEST else min(low, LARGEST))
        object.__setattr__(self, "high", math.inf if high > LARGEST else max(high, -LARGEST))

    def __contains__(self, value: float | Fraction) -> bool:
        return bool(self.low <= value <= self.high)

    def within(self, other: Interval) -> bool:
        """Whether every value of this interval is one of `other`."""
        return bool(other.low <= self.low and self.high <= other.high)

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return not (math.isinf(self.low) or math.isinf(self.high))

    def hull(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def meet(self, other: Interval) -> Interval:
        """What both hold; where they hold nothing together, the nearest end of `other`, as a clamp does."""
        low = min(max(self.low, other.low), other.high)
        return Interval(low, max(min(self.high, other.high), low))

    def flushed(self) -> Interval:
        """With an end at 0 in the place of a subnormal one: the device computes with 0 there."""
        low = 0 if 0 < self.low < SMALLEST_NORMAL else self.low
        return Interval(low, 0 if -SMALLEST_NORMAL < self.high < 0 else self.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        ends = [_times(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def reciprocal(self) -> Interval:
        """1 / x over the values other than 0."""
        if self.low >= 0 or self.high <= 0:
            low = -math.inf if self.high == 0 else _inverse(self.high)
            high = math.inf if self.low == 0 else _inverse(self.low)
            return Interval(low, high)
        return FULL

    def __str__(self) -> str:
        return f"{write_bound(self.low)}..{write_bound(self.high)}"


def _times(a: Bound, b: Bound) -> Bound:
    # An unbounded count of zeros is still zero.
    return Fraction(0) if 0 in (a, b) else a * b


def _inverse(a: Bound) -> Bound:
    return Fraction(0) if math.isinf(a) else 1 / Fraction(a)


def write_bound(value: Bound) -> str:
    """A bound as the language writes it."""
    if isinstance(value, float):
        return "inf" if value > 0 else "-inf"
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.10g}"


def point(value: float | Fraction) -> Interval:
    """The interval of one value."""
    return Interval(value, value)


FULL = Interval(-math.inf, math.inf)
TRUTH = Interval(Fraction(0), Fraction(1))
