"""Arithmetic: `+ - * / %`, negation, absolute value, `min`, `max`, `clip`, rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rewardlang.facts import Interval, Monotone
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Role, Scalar, Xp
from rewardlang.types import FLOAT, INT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INT32 = Interval(-(2**31) + 1, 2**31 - 1)
UP = Monotone.UP
X = Parameter("x", NUMBER)
Y = Parameter("y", NUMBER)


class Arithmetic(Scalar):
    """Keeps `int` for ints whose result is proved to fit into 32 bits; everything else is `float`."""

    overflows = True
    integral: ClassVar[bool] = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        if not self.integral or any(type_.element == FLOAT for type_ in types):
            return FLOAT
        return INT if self.range(*(type_.interval for type_ in types), **options).within(INT32) else FLOAT


class Add(Arithmetic):
    """The sum `x + y`.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none; a sum beyond float32 saturates.
    Source: the real sum, rounded to float32 (float64 on the host).
    Example: 1 + 2 == 3
    """

    name = "+"
    rounds_once = True
    stepwise = True
    parameters = (X, Y)
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0] + ranges[1]

    def one(self, x: float, y: float) -> float:
        return x + y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.add(x, y)


class Subtract(Arithmetic):
    """The difference `x - y`.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where x or y is.
    Errors: none; a difference beyond float32 saturates.
    Source: the real difference, rounded.
    Example: 3 - 5 == -2
    """

    name = "-"
    rounds_once = True
    stepwise = True
    parameters = (X, Y)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0] - ranges[1]

    def one(self, x: float, y: float) -> float:
        return x - y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.subtract(x, y)


class Multiply(Arithmetic):
    """The product `x * y`.

    Shapes: x, y: any axes, broadcast by name.
    Units: the product of the units.
    Missing: where x or y is.
    Errors: none; a product beyond float32 saturates.
    Source: the real product, rounded.
    Example: 3 * 4 == 12
    """

    name = "*"
    rounds_once = True
    stepwise = True
    parameters = (X, Y)
    laws = ("commutative",)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0] * ranges[1]

    def one(self, x: float, y: float) -> float:
        return x * y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.multiply(x, y)


class Divide(Arithmetic):
    """The quotient `x / y`.

    Shapes: x, y: any axes, broadcast by name.
    Units: the quotient of the units.
    Missing: where y is 0, unless its range excludes 0; where x or y is missing.
    Errors: none; a quotient beyond float32 saturates.
    Source: the real quotient, rounded.
    Example: 1 / 4 == 0.25
    """

    name = "/"
    rounds_once = True
    stepwise = True
    parameters = (X, Y)
    partial = True
    integral = False

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return 0 in types[1].interval

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return ranges[0] * ranges[1].reciprocal()

    def one(self, x: float, y: float) -> float | None:
        return None if y == 0 else x / y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        # The inner where keeps the gradient finite in the lanes that the outer mask throws away.
        return xp.divide(x, xp.where(y == 0, xp.ones_like(y), y))

    def holds(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.broadcast_arrays(x, y)[1] != 0


class Modulo(Arithmetic):
    """The remainder `x % y`, with the sign of y, as in Python.

    Shapes: x, y: any axes, broadcast by name.
    Units: those of x and y, which must agree.
    Missing: where y is 0, unless its range excludes 0; where x or y is missing.
    Errors: none.
    Source: x - y * floor(x / y).
    Example: -7 % 3 == 2
    """

    name = "%"
    parameters = (X, Y)
    partial = True
    discrete = True

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return 0 in types[1].interval

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        y = ranges[1]
        return Interval(min(y.low, 0), max(y.high, 0))

    def one(self, x: float, y: float) -> float | None:
        return None if y == 0 else x % y

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.mod(x, xp.where(y == 0, xp.ones_like(y), y))

    def holds(self, xp: Xp, x: Array, y: Array) -> Array:
        return xp.broadcast_arrays(x, y)[1] != 0


class Negate(Arithmetic):
    """The negative `-x`.

    Shapes: x: any axes.
    Units: those of x.
    Missing: where x is.
    Errors: none.
    Source: 0 - x.
    Example: -(2) == 0 - 2
    """

    name = "negate"
    rounds_once = True
    stepwise = True
    parameters = (X,)
    laws = ("involutive",)
    overflows = False

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return -ranges[0]

    def one(self, x: float) -> float:
        return -x

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.negative(x)


class Abs(Arithmetic):
    """The absolute value of x.

    Shapes: x: any axes.
    Units: those of x.
    Missing: where x is.
    Errors: none.
    Source: max(x, -x).
    Example: abs(-3) == 3
    """

    name = "abs"
    rounds_once = True
    stepwise = True
    parameters = (X,)
    laws = ("idempotent",)
    overflows = False

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x = ranges[0]
        size = max(abs(x.low), abs(x.high))
        return Interval(0 if 0 in x else min(abs(x.low), abs(x.high)), size)

    def one(self, x: float) -> float:
        return abs(x)

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.abs(x)


class Least(Arithmetic):
    """The smallest of two or more numbers; `min(list)` with one argument is the reduction.

    Shapes: any axes, broadcast by name.
    Units: those of the arguments, which must agree.
    Missing: where any argument is.
    Errors: none.
    Source: the order of the reals.
    Example: min(3, 1, 2) == 1
    """

    name = "min"
    rounds_once = True
    stepwise = True
    parameters = (X, Parameter("y", NUMBER, variadic=True))
    overflows = False
    laws = ("commutative", "idempotent")

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return Interval(min(r.low for r in ranges), min(r.high for r in ranges))

    def one(self, *values: float) -> float:
        return min(values)

    def value(self, xp: Xp, *arrays: Array) -> Array:
        result = arrays[0]
        for array in arrays[1:]:
            result = xp.minimum(result, array)
        return result


class Greatest(Arithmetic):
    """The largest of two or more numbers; `max(list)` with one argument is the reduction.

    Shapes: any axes, broadcast by name.
    Units: those of the arguments, which must agree.
    Missing: where any argument is.
    Errors: none.
    Source: the order of the reals.
    Example: max(3, 1, 2) == 3
    """

    name = "max"
    rounds_once = True
    stepwise = True
    parameters = (X, Parameter("y", NUMBER, variadic=True))
    overflows = False
    laws = ("commutative", "idempotent")

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return Interval(max(r.low for r in ranges), max(r.high for r in ranges))

    def one(self, *values: float) -> float:
        return max(values)

    def value(self, xp: Xp, *arrays: Array) -> Array:
        result = arrays[0]
        for array in arrays[1:]:
            result = xp.maximum(result, array)
        return result


class Clip(Arithmetic):
    """x, kept between the ends of a range: `clip(x, 0..1)`. Where the ends cross, the upper one wins.

    Shapes: x: any axes; the ends: numbers, broadcast by name.
    Units: those of x.
    Missing: where x or an end is.
    Errors: none.
    Source: min(max(x, low), high).
    Example: clip(7, 0..1) == 1
    """

    name = "clip"
    rounds_once = True
    stepwise = True
    parameters = (X, Parameter("bounds", NUMBER, role=Role.RANGE))
    overflows = False

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, low, high = ranges
        return Interval(min(max(x.low, low.low), high.low), min(max(x.high, low.high), high.high))

    def one(self, x: float, low: float, high: float) -> float:
        return min(max(x, low), high)

    def value(self, xp: Xp, x: Array, low: Array, high: Array) -> Array:
        return xp.minimum(xp.maximum(x, low), high)


TIMES = Multiply()
BUILTINS = (Add(), Subtract(), TIMES, Divide(), Modulo(), Negate(), Abs(), Least(), Greatest(), Clip())
