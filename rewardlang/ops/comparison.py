"""Comparison of numbers, points and boxes: `== != < <= > >=`.

`==` and `!=` have an overload for numbers and one for points and boxes, whose arrays have a last dimension of
components; those of texts and JSON values stand with the texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import TRUTH, Interval, point
from rewardlang.ops.arrays import REACH, alike, as_float
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Scalar, Xp
from rewardlang.types import BOOL, BOX, POINT, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHAPE = (POINT, BOX)
TOLERANCE = 1e-6
"""Of `==` in properties and examples, relative and absolute."""
NO = point(0)
YES = point(1)


class Comparison(Scalar):
    """A comparison of two numbers."""

    result = BOOL
    discrete = True
    stepwise = True
    parameters = (Parameter("x", NUMBER), Parameter("y", NUMBER))


class ShapeComparison(Scalar):
    """A comparison of two points, or of two boxes."""

    result = BOOL
    discrete = True
    stepwise = True
    parameters = (Parameter("x", SHAPE), Parameter("y", SHAPE))

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        left, right = (type_.element for type_ in types)
        return None if left == right else f"a {left} cannot be compared with a {right}"


def _equal_range(x: Interval, y: Interval) -> Interval:
    if x.high < y.low or y.high < x.low:
        return NO
    return YES if x.low == x.high == y.low == y.high else TRUTH


def _less_range(x: Interval, y: Interval) -> Interval:
    if x.high < y.low:
        return YES
    return NO if x.low >= y.high else TRUTH


def _not_range(x: Interval) -> Interval:
    return YES - x


def _equal_numbers(xp: Xp, x: Array, y: Array) -> Array:
    x, y = alike(xp, x, y)
    return x == y


def _equal_parts(xp: Xp, x: Array, y: Array) -> Array:
    return xp.all(_equal_numbers(xp, x, y), axis=-1)


class Equal(Comparison):
    """Whether x and y are the same number.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: the equality of the reals; 0.0 and -0.0 are equal.
    Example: 1 + 1 == 2
    """

    name = "=="
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return _equal_range(*ranges)

    def one(self, x: float, y: float) -> bool:
        return x == y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return _equal_numbers(xp, x, y)


class EqualShapes(ShapeComparison):
    """Whether two points or two boxes are the same, component by component.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: a point cannot be compared with a box.
    Source: the equality of the reals in every component.
    Example: point(1, 2) == point(1, 2)
    """

    name = "=="
    laws = ("commutative",)

    def one(self, x: tuple[float, ...], y: tuple[float, ...]) -> bool:
        return tuple(x) == tuple(y)

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return _equal_parts(xp, x, y)


class Unequal(Comparison):
    """Whether x and y are different numbers.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: not x == y.
    Example: 1 != 2
    """

    name = "!="
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return _not_range(_equal_range(*ranges))

    def one(self, x: float, y: float) -> bool:
        return x != y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return ~_equal_numbers(xp, x, y)


class UnequalShapes(ShapeComparison):
    """Whether two points or two boxes differ in any component.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: a point cannot be compared with a box.
    Source: not x == y.
    Example: point(1, 2) != point(2, 1)
    """

    name = "!="
    laws = ("commutative",)

    def one(self, x: tuple[float, ...], y: tuple[float, ...]) -> bool:
        return tuple(x) != tuple(y)

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return ~_equal_parts(xp, x, y)


class Less(Comparison):
    """Whether x is smaller than y.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: the order of the reals.
    Example: 1 < 2
    """

    name = "<"

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return _less_range(*ranges)

    def one(self, x: float, y: float) -> bool:
        return x < y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = alike(xp, x, y)
        return x < y


class AtMost(Comparison):
    """Whether x is smaller than y, or equal.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: the order of the reals.
    Example: 2 <= 2
    """

    name = "<="

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, y = ranges
        return _not_range(_less_range(y, x))

    def one(self, x: float, y: float) -> bool:
        return x <= y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = alike(xp, x, y)
        return x <= y


class Greater(Comparison):
    """Whether x is larger than y.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: the order of the reals.
    Example: 2 > 1
    """

    name = ">"

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, y = ranges
        return _less_range(y, x)

    def one(self, x: float, y: float) -> bool:
        return x > y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = alike(xp, x, y)
        return x > y


class AtLeast(Comparison):
    """Whether x is larger than y, or equal.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: the order of the reals.
    Example: 2 >= 2
    """

    name = ">="

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return _not_range(_less_range(*ranges))

    def one(self, x: float, y: float) -> bool:
        return x >= y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = alike(xp, x, y)
        return x >= y


class Close(Comparison):
    """Whether x and y differ by at most 1e-6, or by at most 1e-6 of the larger one: `==` of floats in properties.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none.
    Source: |x - y| <= 1e-6 * max(1, |x|, |y|).
    Example: 0.1 + 0.2 == 0.3
    """

    name = "close"
    internal = True
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, y = ranges
        return YES if x.low == x.high == y.low == y.high else TRUTH

    def one(self, x: float, y: float) -> bool:
        return x == y or abs(x - y) <= TOLERANCE * max(1, abs(x), abs(y))

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = (part * REACH for part in alike(xp, as_float(xp, x), as_float(xp, y)))
        size = xp.maximum(xp.abs(x), xp.abs(y))
        return xp.abs(x - y) <= TOLERANCE * xp.maximum(size, xp.ones_like(size) * REACH)


BUILTINS = (
    Equal(), EqualShapes(), Unequal(), UnequalShapes(), Less(), AtMost(), Greater(), AtLeast(), Close(),
)  # fmt: skip
