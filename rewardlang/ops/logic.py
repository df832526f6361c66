"""Truth values: `not`, and what `and`, `or` and `if` become once missing values are explicit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval, point
from rewardlang.ops.arrays import alike
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Scalar, Xp
from rewardlang.types import BOOL, BOX, FLOAT, INT, POINT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

X = Parameter("x", (BOOL,))
Y = Parameter("y", (BOOL,))


class Logical(Scalar):
    """An operation on bools."""

    result = BOOL


class LogicalAnd(Logical):
    """Whether x and y both hold. The Kleene rule of the language's `and` is made of this by the compiler.

    Shapes: x, y: any axes, broadcast by name.
    Units: none.
    Missing: where x or y is.
    Errors: none.
    Source: conjunction.
    Example: (true and true) and not (true and false)
    """

    name = "and"
    parameters = (X, Y)
    internal = True
    laws = ("commutative", "idempotent")

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, y = ranges
        return Interval(min(x.low, y.low), min(x.high, y.high))

    def one(self, x: bool, y: bool) -> bool:  # noqa: FBT001 - the language's own order of arguments
        return bool(x) and bool(y)

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.logical_and(x, y)


class LogicalOr(Logical):
    """Whether x or y holds. The Kleene rule of the language's `or` is made of this by the compiler.

    Shapes: x, y: any axes, broadcast by name.
    Units: none.
    Missing: where x or y is.
    Errors: none.
    Source: disjunction.
    Example: (true or false) and not (false or false)
    """

    name = "or"
    parameters = (X, Y)
    internal = True
    laws = ("commutative", "idempotent")

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, y = ranges
        return Interval(max(x.low, y.low), max(x.high, y.high))

    def one(self, x: bool, y: bool) -> bool:  # noqa: FBT001 - the language's own order of arguments
        return bool(x) or bool(y)

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.logical_or(x, y)


class LogicalNot(Logical):
    """Whether x does not hold.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: negation.
    Example: not false
    """

    name = "not"
    parameters = (X,)
    laws = ("involutive",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return point(1) - ranges[0]

    def one(self, x: bool) -> bool:  # noqa: FBT001 - the language's own order of arguments
        return not x

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.logical_not(x)


class Choose(Scalar):
    """`yes` where the condition holds, `no` elsewhere: numbers, points and boxes.

    Shapes: condition, yes, no: any axes, broadcast by name.
    Units: those of yes and no, which must agree.
    Missing: where the condition is; the compiler sees to the branches, of which only the taken one counts.
    Errors: a point, a box and a number cannot stand in the two branches of one condition.
    Source: selection; both branches are computed, and a gradient flows into the taken one alone.
    Example: (if 1 < 2 then 3 else 4) == 3
    """

    name = "select"
    parameters = (X, Parameter("yes", (*NUMBER, POINT, BOX)), Parameter("no", (*NUMBER, POINT, BOX)))
    result = None
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        branches = [type_.element for type_ in types[1:]]
        return next((element for element in (BOX, POINT, FLOAT, INT) if element in branches), BOOL)

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        yes, no = (type_.element for type_ in types[1:])
        if yes == no or (yes.numeric and no.numeric):
            return None
        return f"one branch is a {yes}, the other a {no}"

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        condition, yes, no = ranges
        if condition == point(1):
            return yes
        return no if condition == point(0) else yes.hull(no)

    def one(self, condition: bool, yes: Any, no: Any) -> Any:  # noqa: FBT001 - the language's own order of arguments
        return yes if condition else no

    def value(self, xp: Xp, condition: Array, yes: Array, no: Array) -> Array:
        condition = xp.asarray(condition)
        if not yes.dtype == no.dtype == bool:
            yes, no = alike(xp, yes, no)
        return xp.where(condition[..., None] if yes.ndim > condition.ndim else condition, yes, no)


BUILTINS = (LogicalAnd(), LogicalOr(), LogicalNot(), Choose())
