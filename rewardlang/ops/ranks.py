"""Ranks of numbers among each other: `rank`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arrays import as_number, is_float
from rewardlang.ops.builtin import NUMBER, Array, Matrix, Parameter, Xp

if TYPE_CHECKING:
    from collections.abc import Sequence


class Rank(Matrix):
    """The rank of each entry among all, from 1 for the smallest; equal entries share the mean of their ranks.

    Shapes: x: runs along one axis, which the result keeps.
    Units: none; the gradient is 0.
    Missing: never; entries must be present.
    Errors: none.
    Source: fractional ranking, as Spearman's correlation takes it; n log n in the length of the list.
    Example: (rank([3, 1, 3])[2] ?? 0) == 2.5
    """

    name = "rank"
    parameters = (Parameter("x", NUMBER, axes=("a",)),)
    keeps = ("a",)
    discrete = True

    def range(self, *ranges: Interval, most: int | None = None, **_: Any) -> Interval:
        return Interval(1, math.inf if most is None else max(most, 1))

    def one(self, x: Sequence[float]) -> list[float]:
        return [(sum(other < entry for other in x) + sum(other <= entry for other in x) + 1) / 2 for entry in x]

    def instance(self, xp: Xp, x: Array, where: Array, **options: Any) -> Array:
        x = as_number(xp, x)
        last = xp.inf if is_float(xp, x) else xp.iinfo(x.dtype).max
        key = xp.sort(xp.where(where, x, xp.full_like(x, last)))
        # What stands in padding is no entry: it is never counted among those that are not larger.
        below = xp.searchsorted(key, x, side="left")
        upto = xp.minimum(xp.searchsorted(key, x, side="right"), xp.sum(where))
        return xp.where(where, (below + upto + 1) / 2, xp.ones(()))


BUILTINS = (Rank(),)
