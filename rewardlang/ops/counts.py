"""Reductions of a list to a truth value, a number of entries or a position: `any all count argmax argmin`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arrays import as_number
from rewardlang.ops.builtin import ANY, NUMBER, Array, Parameter, Reduction, Xp
from rewardlang.ops.reductions import bounds, count_range
from rewardlang.types import BOOL, INT

if TYPE_CHECKING:
    from collections.abc import Sequence

BOOLS = Parameter("x", (BOOL,), axes=("a",))


def _holding(x: Array | None, where: Array | None, offsets: Array) -> Array:
    """How many entries of each list hold and count: int64[rows]; None is true everywhere."""
    import numpy as np

    from rewardlang.kernels.offsets import offsets_of

    masks = [mask for mask in (x, where) if mask is not None]
    if not masks:
        return np.diff(offsets)
    held = np.logical_and.reduce(masks) if len(masks) > 1 else masks[0]
    before = offsets_of(held)
    return before[offsets[1:]] - before[offsets[:-1]]


class CountHolding(Reduction):
    """How many of the bools hold.

    Shapes: x: consumes the axes it runs over.
    Units: none.
    Missing: never.
    Errors: none.
    Source: the number of entries that are true.
    Example: count([true, false, true]) == 2
    """

    name = "count"
    flat = True
    parameters = (BOOLS,)
    result = INT

    def range(self, *ranges: Interval, least: int = 0, most: int | None = None, **_: Any) -> Interval:
        return ranges[0] * count_range(least, most)

    def one(self, x: Sequence[bool]) -> int:
        return sum(bool(entry) for entry in x)

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        return xp.sum(xp.logical_and(x, where), axis=axis, dtype=xp.arange(0).dtype)

    def segments(self, x: Array | None, where: Array | None, offsets: Array) -> Array:
        return _holding(x, where, offsets)


class CountEntries(Reduction):
    """How many entries a list of anything but bools has.

    Shapes: x: consumes the axes it runs over; `reduce` looks at the mask alone, and takes None for x.
    Units: none.
    Missing: never.
    Errors: none.
    Source: the number of entries.
    Example: count([4, 4, 5]) == 3
    """

    name = "count"
    flat = True
    parameters = (Parameter("x", ANY, axes=("a",)),)
    result = INT

    def range(self, *ranges: Interval, least: int = 0, most: int | None = None, **_: Any) -> Interval:
        return count_range(least, most)

    def one(self, x: Sequence[Any]) -> int:
        return len(x)

    def reduce(self, xp: Xp, x: Array | None, where: Array, axis: tuple[int, ...]) -> Array:
        return xp.sum(where, axis=axis, dtype=xp.arange(0).dtype)

    def segments(self, x: Array | None, where: Array | None, offsets: Array) -> Array:
        return _holding(None, where, offsets)


class AnyHolds(Reduction):
    """Whether any entry holds; false for no entries.

    Shapes: x: consumes the axes it runs over.
    Units: none.
    Missing: never.
    Errors: none.
    Source: disjunction.
    Example: any([false, true])
    """

    name = "any"
    flat = True
    parameters = (BOOLS,)
    result = BOOL

    def range(self, *ranges: Interval, least: int = 0, **_: Any) -> Interval:
        return Interval(ranges[0].low if least else 0, ranges[0].high)

    def one(self, x: Sequence[bool]) -> bool:
        return any(x)

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        return xp.any(xp.logical_and(x, where), axis=axis)

    def segments(self, x: Array | None, where: Array | None, offsets: Array) -> Array:
        return _holding(x, where, offsets) > 0


class AllHold(Reduction):
    """Whether all entries hold; true for no entries.

    Shapes: x: consumes the axes it runs over.
    Units: none.
    Missing: never.
    Errors: none.
    Source: conjunction.
    Example: not all([false, true])
    """

    name = "all"
    flat = True
    parameters = (BOOLS,)
    result = BOOL

    def range(self, *ranges: Interval, least: int = 0, **_: Any) -> Interval:
        return Interval(ranges[0].low, ranges[0].high if least else 1)

    def one(self, x: Sequence[bool]) -> bool:
        return all(x)

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        return xp.all(xp.logical_or(x, xp.logical_not(where)), axis=axis)

    def segments(self, x: Array | None, where: Array | None, offsets: Array) -> Array:
        fails = None if x is None else ~x
        return _holding(fails, where, offsets) == 0


class Best(Reduction):
    """The position of an extreme entry among the entries."""

    parameters = (Parameter("x", NUMBER, axes=("a",)),)
    result = INT
    partial = True
    discrete = True

    def range(self, *ranges: Interval, most: int | None = None, **_: Any) -> Interval:
        return Interval(0, math.inf if most is None else max(most - 1, 0))


def _first(xp: Xp, best: Array, where: Array, axis: tuple[int, ...]) -> Array:
    """How many entries stand before the first one that is best."""
    places = tuple(range(-len(axis), 0))
    best, where = (xp.moveaxis(mask, axis, places) for mask in (best & where, where))
    # Not -1, which is undecided where there is no row.
    shape = (*best.shape[: best.ndim - len(axis)], math.prod(best.shape[best.ndim - len(axis) :]))
    best, where = best.reshape(shape), where.reshape(shape)
    whole = xp.arange(0).dtype
    before = xp.cumsum(best.astype(whole), axis=-1) == 0
    return xp.sum(before & where & xp.any(best, axis=-1, keepdims=True), axis=-1, dtype=whole)


class Argmax(Best):
    """The position of the largest entry, the first of equals. Skipped entries have no position.

    Shapes: x: consumes the axes it runs over.
    Units: none.
    Missing: where there are no entries, unless the list is proved not to be empty.
    Errors: none.
    Source: the order of the reals; the number of entries before.
    Example: argmax([3, 7, 7]) == 1
    """

    name = "argmax"

    def one(self, x: Sequence[float]) -> int | None:
        return max(range(len(x)), key=x.__getitem__) if x else None

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_number(xp, x)
        worst = bounds(xp, x)[0]
        filled = xp.where(where, x, xp.full_like(x, worst))
        best = xp.max(filled, axis=axis, keepdims=True, initial=worst)
        return _first(xp, filled == best, where, axis)


class Argmin(Best):
    """The position of the smallest entry, the first of equals. Skipped entries have no position.

    Shapes: x: consumes the axes it runs over.
    Units: none.
    Missing: where there are no entries, unless the list is proved not to be empty.
    Errors: none.
    Source: the order of the reals; the number of entries before.
    Example: argmin([3, 1, 1]) == 1
    """

    name = "argmin"

    def one(self, x: Sequence[float]) -> int | None:
        return min(range(len(x)), key=x.__getitem__) if x else None

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_number(xp, x)
        worst = bounds(xp, x)[1]
        filled = xp.where(where, x, xp.full_like(x, worst))
        best = xp.min(filled, axis=axis, keepdims=True, initial=worst)
        return _first(xp, filled == best, where, axis)


BUILTINS = (CountHolding(), CountEntries(), AnyHolds(), AllHold(), Argmax(), Argmin())
