"""Distances of curves, from the distances of their points: `frechet`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops.arrays import as_float
from rewardlang.ops.builtin import NUMBER, Array, Matrix, Parameter, Xp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.facts import Interval
    from rewardlang.types import Type


class Frechet(Matrix):
    """The discrete Fréchet distance of two curves, of which the distances of all pairs of points are given.

    Two walkers start at the first points and end at the last; in each step one of them or both go on to the next point.
    It is the shortest leash with which they can: the smallest, over all walks, of the largest distance on the way. What
    counts as the distance of two points is up to the spec: where they lie, where they are heading, or both.

    The work is the product of both lengths.

    Shapes: distances: consumes two axes.
    Units: those of distances.
    Missing: where one of the curves has no points, unless both are proved to have some.
    Errors: none.
    Source: Eiter and Mannila, Computing discrete Fréchet distance, 1994. Its gradient is that of the distance that
        decides, shared by equal ones.
    Example: (frechet(abs([0, 4] - rename([1, 2, 3], item: b))) ?? 0) == 2
    """

    name = "frechet"
    parameters = (Parameter("distances", NUMBER, axes=("a", "b")),)
    partial = True
    discrete = True  # Directions and ratios of short steps are differences of nearly equal numbers.
    tabled = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0]

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return not options.get("least", 0)

    def one(self, distances: list[list[float]]) -> float | None:
        if not distances or not distances[0]:
            return None
        reached: dict[tuple[int, int], float] = {}
        for a, row in enumerate(distances):
            for b, distance in enumerate(row):
                before = [reached[p] for p in ((a - 1, b), (a, b - 1), (a - 1, b - 1)) if p in reached]
                reached[a, b] = max(distance, min(before, default=distance))
        return float(reached[len(distances) - 1, len(distances[0]) - 1])

    def instance(self, xp: Xp, distances: Array, where: Array, *, most: int | None = None) -> Array:
        from jax import lax

        distances = as_float(xp, distances)
        rows, columns = (xp.sum(xp.any(where, axis=axis)) for axis in (1, 0))
        count, width = distances.shape
        if not count or not width:
            return xp.zeros((), dtype=distances.dtype), xp.zeros((), dtype=bool)
        far = xp.finfo(distances.dtype).max
        # Row a moves a places on: entry [a, k] is the distance of a and k - a, and a step of the scan is a diagonal.
        wide = xp.pad(distances, ((0, 0), (0, count)), constant_values=far).reshape(-1)
        diagonals = wide[: count * (count + width - 1)].reshape(count, count + width - 1).T

        def step(last: tuple[Array, Array], diagonal: Array) -> tuple[tuple[Array, Array], Array]:
            one, two = last
            # Above and in the corner; the smaller one first, as to shift takes longer than to compare.
            above = xp.concatenate((xp.full_like(one[:1], far), xp.minimum(one, two)[:-1]))
            reached = xp.maximum(diagonal, xp.minimum(one, above))
            return (reached, one), reached

        first = xp.full_like(diagonals[0], far).at[0].set(distances[0, 0])
        _, rest = lax.scan(step, (first, xp.full_like(first, far)), diagonals[1:])
        reached = xp.concatenate((first[None], rest))
        found = reached[xp.clip(rows + columns - 2, 0, len(diagonals) - 1), xp.clip(rows - 1, 0, count - 1)]
        held = (rows > 0) & (columns > 0)
        return xp.where(held, found, xp.zeros_like(found)), held

    def tables(self, entries: Array, rows: Array, columns: Array, **options: Any) -> Array:
        from rewardlang.kernels import curves

        return curves.frechet(entries, rows, columns), (rows > 0) & (columns > 0)


BUILTINS = (Frechet(),)
