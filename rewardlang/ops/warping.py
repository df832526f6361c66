"""Aligning two sequences that run at different speeds: `dtw`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arrays import as_float
from rewardlang.ops.builtin import NUMBER, Array, Matrix, Parameter, Xp

if TYPE_CHECKING:
    from collections.abc import Sequence


class Dtw(Matrix):
    """The cost of the cheapest way to walk along two lists together, from their first entries to their last.

    Each step goes on by one entry in the first list, in the second, or in both; each pair that is met costs its
    entry of the matrix: `dtw(distance(walked, planned))`. The work is the product of the two lengths.

    Shapes: costs: consumes two axes.
    Units: those of costs.
    Missing: where a list is empty.
    Errors: none; a total beyond float32 saturates.
    Source: Sakoe and Chiba (1978), symmetric steps of weight 1, without a window or a division by the length.
    Example: dtw(abs([1, 2, 3] - rename([1, 1, 2, 3], item: other))) == 0 ?? false
    """

    name = "dtw"
    parameters = (Parameter("costs", NUMBER, axes=("a", "b")),)
    partial = True
    overflows = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        costs = ranges[0]
        return Interval(costs.low if costs.low >= 0 else -math.inf, math.inf if costs.high > 0 else costs.high)

    def one(self, costs: Sequence[Sequence[float]]) -> float | None:
        if not costs or not costs[0]:
            return None
        before: list[float] = []
        for row in costs:
            totals: list[float] = []
            for place, cost in enumerate(row):
                ways = [*before[max(place - 1, 0) : place + 1], *totals[-1:]]
                totals.append(cost + min(ways, default=0.0))
            before = totals
        return before[-1]

    def instance(self, xp: Xp, costs: Array, where: Array, **options: Any) -> tuple[Array, Array]:
        from jax import lax

        costs = as_float(xp, costs)
        rows, columns = costs.shape
        present = xp.any(where)
        if rows == 0 or columns == 0:
            return xp.zeros((), costs.dtype), present
        far = xp.finfo(costs.dtype).max
        row, column = (xp.sum(xp.any(where, axis=axis)) - 1 for axis in (1, 0))
        diagonals = _diagonals(xp, xp.where(where, costs, far), far)

        def step(state: tuple[Array, ...], entries: tuple[Array, Array]) -> tuple[tuple[Array, ...], None]:
            """One diagonal, by the row: all its totals depend on the two diagonals before it."""
            before, earlier, found = state
            place, cost = entries
            # The smaller one first: to shift takes longer than to compare.
            ways = xp.minimum(before, _shifted(xp, xp.minimum(before, earlier)))
            total = xp.maximum(cost + ways, -far)
            # What lies beyond the ends is never on the way to them.
            return (total, before, xp.where(place == row + column, total[row], found)), None

        first = xp.where(xp.arange(rows) == 0, diagonals[0], xp.full_like(diagonals[0], far))
        start = (first, xp.full_like(first, far), first[0])
        found = lax.scan(step, start, (xp.arange(1, rows + columns - 1), diagonals[1:]))[0][2]
        return xp.where(present, xp.clip(found, -far, far), xp.zeros_like(found)), present


def _shifted(xp: Xp, totals: Array) -> Array:
    """The totals of the row before each; none before the first."""
    return xp.concatenate((xp.full_like(totals[:1], xp.finfo(totals.dtype).max), totals[:-1]))


def _diagonals(xp: Xp, costs: Array, far: Array) -> Array:
    """Entry [d, i] is costs[i, d - i], or `far` where there is none: each row shifted right by its place."""
    rows, columns = costs.shape
    wide = xp.pad(costs, ((0, 0), (0, rows)), constant_values=far)
    return wide.reshape(-1)[: rows * (rows + columns - 1)].reshape(rows, rows + columns - 1).T


BUILTINS = (Dtw(),)
