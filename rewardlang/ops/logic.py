"""Truth values. `and`, `or` and `if` are no builtins: they decide which operands count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import point
from rewardlang.ops.builtin import Array, Parameter, Scalar, Xp
from rewardlang.types import BOOL

if TYPE_CHECKING:
    from rewardlang.facts import Interval


class Not(Scalar):
    """Whether x does not hold.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: negation.
    Example: not false
    """

    name = "not"
    stepwise = True
    parameters = (Parameter("x", (BOOL,)),)
    result = BOOL
    laws = ("involutive",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return point(1) - ranges[0]

    def one(self, x: bool) -> bool:  # noqa: FBT001 - the language's own order of arguments
        return not x

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.logical_not(x)


NOT = Not()
BUILTINS = (NOT,)
