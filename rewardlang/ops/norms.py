"""Norms of lists and vectors: `norm`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arrays import as_float, largest_size, summed
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Reduction, Xp
from rewardlang.ops.functions import safe_sqrt

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = 12
"""Entries below 2**(e / 2 - ROOM), with the floats ending at 2**e, have squares whose sum is finite: 2**24 of them."""


def _unit(xp: Xp, size: Array) -> Array:
    """A power of two that brings extreme sizes near 1, and is 1 for all others; a constant for gradients."""
    most = int(xp.finfo(size.dtype).maxexp)
    far, shift = 2.0 ** (most // 2 - ROOM), 2.0 ** (most * 5 // 8)
    one = xp.ones_like(size)
    return xp.where(size > far, one / shift, xp.where(size < 1 / far, one * shift, one))


class Norm(Reduction):
    """The Euclidean length of a vector or a list. Its gradient at 0, which has no direction, counts as 0.

    Shapes: x: consumes the axes it runs over: `norm(feet over dim)` of a `vec[3][foot]` is a length a foot.
    Units: those of x.
    Missing: never; the norm of nothing is 0.
    Errors: none; a norm beyond float32 saturates.
    Source: sqrt(sum(x ** 2)), computed without overflow of the squares.
    Example: norm([3, 4]) == 5
    """

    name = "norm"
    parameters = (Parameter("x", NUMBER, axes=("a",)),)
    overflows = True

    def range(self, *ranges: Interval, least: int = 0, most: int | None = None, **_: Any) -> Interval:
        x = ranges[0]
        size = max(abs(x.low), abs(x.high))
        nearest = 0 if 0 in x else min(abs(x.low), abs(x.high))
        return Interval(_times_root(nearest, least), _times_root(size, most))

    def one(self, x: Sequence[float]) -> float:
        return math.hypot(*(entry * 2.0**-40 for entry in x)) * 2.0**40

    def reduce(self, xp: Xp, x: Array, where: Array, axis: tuple[int, ...]) -> Array:
        x = as_float(xp, x)
        kept = xp.where(where, x, xp.zeros_like(x))
        unit = _unit(xp, largest_size(xp, kept, axis))
        part = kept * unit
        return safe_sqrt(xp, summed(xp, part * part, axis)) / xp.squeeze(unit, axis=axis)


def _times_root(size: Any, count: int | None) -> Any:
    """The size times the root of a count, rounded outwards; the limit where that is not known."""
    if size == 0 or count == 0:
        return 0
    if count is None or size == math.inf:
        return math.inf
    return size if count == 1 else size * math.sqrt(count)


BUILTINS = (Norm(),)
