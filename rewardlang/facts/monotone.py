"""Monotonicity, and the range rule that follows from it."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING

from rewardlang.facts.interval import FULL, Bound, Interval, bound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Monotone(Enum):
    """How a function moves with one argument while the others stay. Absence (`UNKNOWN`) claims nothing."""

    UP = 1
    DOWN = -1
    UNKNOWN = 0


def monotone_range(
    function: Callable[..., float], directions: Sequence[Monotone], arguments: Sequence[Interval]
) -> Interval:
    """The range of a function monotone in each argument: its values at the two extreme corners.

    `function` must take infinities where an argument is unbounded; it may raise there, which claims nothing.
    """
    if any(direction is Monotone.UNKNOWN for direction in directions):
        return FULL
    pairs = list(zip(directions, arguments, strict=True))
    low = [a.low if d is Monotone.UP else a.high for d, a in pairs]
    high = [a.high if d is Monotone.UP else a.low for d, a in pairs]
    return Interval(_at(function, low, -math.inf), _at(function, high, math.inf))


def _at(function: Callable[..., float], corner: Sequence[Bound], otherwise: float) -> Bound:
    try:
        value = function(*(float(c) for c in corner))
    except (ArithmeticError, ValueError):
        return otherwise
    return otherwise if math.isnan(value) else bound(value)
