"""Reductions of a list of numbers or bools to one value: sums, means, extremes, counts, spread.

Over several axes, the entries are taken in the order of the axes, the last running fastest. Range rules are given
`least` and `most`: how many entries there are; `most` is None where nothing is known.
"""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arithmetic import INT32
from rewardlang.ops.arrays import (
    REACH,
    as_float,
    as_number,
    frozen,
    is_float,
    is_short,
    largest_size,
    summed,
    tiny,
    unit_scale,
)
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Reduction, Xp
from rewardlang.ops.functions import safe_sqrt, saturated_exp
from rewardlang.types import BOOL, FLOAT, INT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NUMBERS = Parameter("x", NUMBER, axes=("a",))
BOOLS = Parameter("x", (BOOL,), axes=("a",))
HEADROOM = 2.0**-40
"""A sum of fewer than 2**40 entries, each scaled by it, stays within the floats."""
WHOLE = 64
"""Most entries whose product is bounded by multiplication."""


def count_range(least: int = 0, most: int | None = None) -> Interval:
    """The interval of the number of entries."""
    return Interval(least, math.inf if most is None else most)


def _factor(xp: Xp, x: Array, axis: tuple[int, ...]) -> Array:
    """A power of two that keeps sums along `axis` of the scaled entries finite; of many entries, 1 but for extremes."""
    if is_short(xp, x, axis):
        # Known beforehand, which saves a pass; it costs the last bits of entries that are almost subnormal.
        return xp.full((1,) * x.ndim, 0.5 / 2 ** math.ceil(math.log2(x.shape[axis[0]])), dtype=x.dtype)
    size = largest_size(xp, x, axis)
    one = xp.ones_like(size)
    return xp.where(size > float(xp.finfo(x.dtype).max) * HEADROOM, one * HEADROOM, one)


def _total(xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> tuple[Array, Array]:
    """The sum of the scaled entries, and the scale."""
    kept = xp.where(where, x, xp.zeros_like(x))
    factor = _factor(xp, kept, axis)
    return summed(xp, kept * factor, axis), xp.squeeze(factor, axis=axis)


def _number(xp: Xp, where: Array, axis: tuple[int, ...], like: Array) -> Array:
    """How many entries there are, at least 1, as floats."""
    found = summed(xp, where.astype(like.dtype), axis)
    return xp.maximum(found, xp.ones_like(found))


class Sum(Reduction):
    """The sum of the entries; of bools, how many hold. The sum of nothing is 0.

    Shapes: x: consumes the axes it runs over.
    Units: those of x.
    Missing: never.
    Errors: none; a sum beyond float32 saturates.
    Source: the real sum, rounded.
    Example: sum([1, 2, 3]) == 6
    """

    name = "sum"
    parameters = (NUMBERS,)
    overflows = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        if types[0].element == FLOAT:
            return FLOAT
        return INT if self.range(types[0].interval, **options).within(INT32) else FLOAT

    def range(self, *ranges: Interval, least: int = 0, most: int | None = None, **_: Any) -> Interval:
        return ranges[0] * count_range(least, most)

    def one(self, x: Sequence[float]) -> float:
        if not any(isinstance(entry, float) for entry in x):
            return sum(x)
        # Scaled, since `fsum` raises where a partial sum is beyond the floats.
        return math.fsum(entry * HEADROOM for entry in x) / HEADROOM

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_number(xp, x)
        if not is_float(xp, x):
            return summed(xp, xp.where(where, x, xp.zeros_like(x)), axis)
        total, factor = _total(xp, x, where, axis)
        return total / factor


class Mean(Reduction):
    """The mean of the entries; of bools, the share that holds.

    Shapes: x: consumes the axes it runs over.
    Units: those of x.
    Missing: where there are no entries, unless the list is proved not to be empty.
    Errors: none.
    Source: the sum of the entries divided by their number.
    Example: mean([1, 2, 6]) == 3
    """

    name = "mean"
    parameters = (NUMBERS,)
    partial = True
    overflows = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0]

    def one(self, x: Sequence[float]) -> float | None:
        return fmean(entry * HEADROOM for entry in x) / HEADROOM if x else None

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_float(xp, x)
        total, factor = _total(xp, x, where, axis)
        return total / _number(xp, where, axis, x) / factor


class Extreme(Reduction):
    """The first or last of the entries in their order. Ints stay ints, bools become ints."""

    parameters = (NUMBERS,)
    partial = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return FLOAT if types[0].element == FLOAT else INT

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0]


def bounds(xp: Xp, x: Array) -> tuple[Any, Any]:
    """The smallest and the largest number of an array's dtype."""
    limits = xp.finfo(x.dtype) if is_float(xp, x) else xp.iinfo(x.dtype)
    return limits.min, limits.max


class Largest(Extreme):
    """The largest entry; `max(x, y)` with two or more arguments compares them.

    Shapes: x: consumes the axes it runs over.
    Units: those of x.
    Missing: where there are no entries, unless the list is proved not to be empty.
    Errors: none.
    Source: the order of the reals; the gradient is shared by equal entries.
    Example: max([3, 7, 5]) == 7
    """

    name = "max"

    def one(self, x: Sequence[float]) -> float | None:
        return max(x) + 0 if x else None

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_number(xp, x)
        worst = bounds(xp, x)[0]
        best = xp.max(xp.where(where, x, xp.full_like(x, worst)), axis=axis, initial=worst)
        return xp.where(xp.any(where, axis=axis), best, xp.zeros_like(best))


class Smallest(Extreme):
    """The smallest entry; `min(x, y)` with two or more arguments compares them.

    Shapes: x: consumes the axes it runs over.
    Units: those of x.
    Missing: where there are no entries, unless the list is proved not to be empty.
    Errors: none.
    Source: the order of the reals; the gradient is shared by equal entries.
    Example: min([3, 7, 5]) == 3
    """

    name = "min"

    def one(self, x: Sequence[float]) -> float | None:
        return min(x) + 0 if x else None

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_number(xp, x)
        worst = bounds(xp, x)[1]
        best = xp.min(xp.where(where, x, xp.full_like(x, worst)), axis=axis, initial=worst)
        return xp.where(xp.any(where, axis=axis), best, xp.zeros_like(best))


class Std(Reduction):
    """The standard deviation of the entries, as of a population: exactly 0, with the gradient 0, where all are equal.

    Shapes: x: consumes the axes it runs over.
    Units: those of x.
    Missing: where there are no entries, unless the list is proved not to be empty.
    Errors: none.
    Source: the square root of the mean of (x - mean(x)) ** 2.
    Example: std([1, 3]) == 1
    """

    name = "std"
    parameters = (NUMBERS,)
    partial = True
    overflows = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        width = ranges[0].high - ranges[0].low
        return Interval(0, width / 2)

    def one(self, x: Sequence[float]) -> float | None:
        if not x:
            return None
        least, size = min(x) * REACH, max(x) * REACH - min(x) * REACH
        if size == 0:
            return 0.0
        parts = [(entry * REACH - least) / size for entry in x]
        centre = fmean(parts)
        return math.sqrt(fmean((part - centre) ** 2 for part in parts)) * size / REACH

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        # In a unit of the spread, so that squares neither overflow nor vanish; `least` and `scale` cancel out.
        x = as_float(xp, x) * REACH
        least = frozen(
            xp, xp.min(xp.where(where, x, xp.full_like(x, math.inf)), axis=axis, keepdims=True, initial=math.inf)
        )
        part = xp.where(where, x - least, xp.zeros_like(x))
        size = xp.max(part, axis=axis, keepdims=True, initial=0.0)
        scale = unit_scale(xp, size)
        part = xp.where(size < tiny(xp, x), xp.zeros_like(x), part * scale)
        number = _number(xp, where, axis, x)
        centre = xp.expand_dims(xp.sum(part, axis=axis) / number, axis)
        deviation = xp.where(where, part - centre, xp.zeros_like(x))
        spread = safe_sqrt(xp, xp.sum(deviation * deviation, axis=axis) / number)
        return spread / xp.squeeze(scale, axis=axis) / REACH


class Product(Reduction):
    """The product of the entries. The product of nothing is 1.

    Shapes: x: consumes the axes it runs over.
    Units: none.
    Missing: never.
    Errors: none; a product beyond float32 saturates.
    Source: the real product, rounded; by logarithms where a partial product could leave the floats.
    Example: prod([2, 3, 4]) == 24
    """

    name = "prod"
    parameters = (NUMBERS,)
    overflows = True

    def range(self, *ranges: Interval, least: int = 0, most: int | None = None, **_: Any) -> Interval:
        x = ranges[0]
        if x.low >= 0:
            low = x.low ** min(least, WHOLE) if x.low >= 1 else _power(x.low, most)
            return Interval(low, x.high ** min(least, WHOLE) if x.high <= 1 else _power(x.high, most))
        size = max(abs(x.low), abs(x.high))
        top = size ** min(least, WHOLE) if size <= 1 else _power(size, most)
        return Interval(-top, top)

    def one(self, x: Sequence[float]) -> float:
        if 0 in x:
            return 0.0
        mantissa, exponent = 1.0, 0
        for entry in x:
            mantissa, more = math.frexp(mantissa * math.frexp(entry)[0])
            exponent += more + math.frexp(entry)[1]
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError:
            return math.copysign(math.inf, mantissa)

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_float(xp, x)
        zero = xp.any(where & (xp.abs(x) < tiny(xp, x)), axis=axis, keepdims=True)
        x = xp.where(where & ~zero, x, xp.ones_like(x))
        logs = xp.log(xp.abs(x))
        far = xp.sum(xp.abs(logs), axis=axis, keepdims=True) > -math.log(tiny(xp, x)) - 1
        plain = xp.prod(xp.where(far, xp.ones_like(x), x), axis=axis)
        size = saturated_exp(xp, xp.sum(xp.where(far, logs, xp.zeros_like(x)), axis=axis))
        odd = xp.sum(x < 0, axis=axis) % 2 == 1
        result = xp.where(xp.squeeze(far, axis=axis), xp.where(odd, -size, size), plain)
        return xp.where(xp.squeeze(zero, axis=axis), xp.zeros_like(result), result)


def _power(x: Any, count: int | None) -> Any:
    """X to the largest count; the limit where that is not known, or large."""
    if count is None or count > WHOLE:
        return math.inf if x > 1 else (1 if x == 1 else 0)
    return x**count


BUILTINS = (Sum(), Mean(), Std(), Product(), Largest(), Smallest())
