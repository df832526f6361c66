"""Functions of one real number or two: exponentials, trigonometry, `ramp`, `sign`.

Each is finite, with a finite gradient, for every finite argument; where the mathematical gradient is not, the docstring
says what stands in its place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import SMALLEST_NORMAL, TRUTH, Interval, Monotone, monotone_range
from rewardlang.ops.arrays import REACH, alike, as_float, on_host, tiny, unit_scale
from rewardlang.ops.builtin import NUMBER, Array, Parameter, Role, Scalar, Xp
from rewardlang.types import INT, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

UP, DOWN = Monotone.UP, Monotone.DOWN
X = Parameter("x", NUMBER)
SYMMETRIC = Interval(-1, 1)
TURN = Interval(-math.nextafter(math.pi, 4), math.nextafter(math.pi, 4))
TOP = 1e-4
"""So far below the logarithm of the largest number its exponential is finite in spite of rounding."""
EXACT_PHASE = 1e6
"""Beyond it the ranges of `sin` and `cos` claim nothing: the ends of the argument say too little about the phase."""


def _narrow(xp: Xp, x: Array) -> bool:
    """Whether the entries are the device's float32."""
    return bool(not on_host(xp) and x.dtype == "float32")


class Exp(Scalar):
    """The exponential of x.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none; beyond float32 it saturates.
    Source: e**x.
    Example: exp(0) == 1
    """

    name = "exp"
    stepwise = True
    parameters = (X,)
    monotone = (UP,)
    overflows = True

    def one(self, x: float) -> float:
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf

    def value(self, xp: Xp, x: Array) -> Array:
        return saturated_exp(xp, as_float(xp, x))


def saturated_exp(xp: Xp, x: Array) -> Array:
    """The exponential, the largest number with the gradient 0 where that is beyond the floats."""
    most = float(xp.finfo(x.dtype).max)
    if _narrow(xp, x):
        from rewardlang.ops.smooth import bounded_exp

        return bounded_exp(x)
    over = x > math.log(most) - TOP
    return xp.where(over, xp.full_like(x, most), xp.exp(xp.where(over, xp.zeros_like(x), x)))


class Log(Scalar):
    """The natural logarithm of x.

    Shapes: x: any axes.
    Units: none.
    Missing: where x <= 0, unless its range excludes that; where x is missing.
    Errors: none; on the device a subnormal x counts as the smallest normal number.
    Source: ln x.
    Example: log(1) == 0
    """

    name = "log"
    stepwise = True
    parameters = (X,)
    partial = True

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return bool(types[0].interval.low <= 0)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x = ranges[0]
        low = -math.inf if x.low <= 0 else _log(x.low)
        # A subnormal x counts as the smallest normal number, of float32 the larger one.
        return Interval(low, math.inf if x.high <= 0 else _log(max(x.high, SMALLEST_NORMAL)))

    def one(self, x: float) -> float | None:
        return math.log(x) if x > 0 else None

    def value(self, xp: Xp, x: Array) -> Array:
        x = as_float(xp, x)
        return xp.log(xp.where(x > 0, xp.maximum(x, tiny(xp, x)), xp.ones_like(x)))

    def holds(self, xp: Xp, x: Array) -> Array:
        return xp.asarray(x) > 0


def _log(x: Any) -> float:
    # A fraction can be larger than any float.
    return math.inf if x == math.inf else math.log(x.numerator) - math.log(x.denominator)


class Sqrt(Scalar):
    """The square root of x. Its gradient at 0, which is infinite, counts as 0.

    Shapes: x: any axes.
    Units: the square root of those of x.
    Missing: where x < 0, unless its range excludes that; where x is missing.
    Errors: none.
    Source: the non-negative y with y * y == x.
    Example: sqrt(9) == 3
    """

    name = "sqrt"
    stepwise = True
    parameters = (X,)
    partial = True

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        return bool(types[0].interval.low < 0)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x = ranges[0]
        if x.high < 0:
            return Interval(0, math.inf)
        return monotone_range(math.sqrt, (UP,), (Interval(max(x.low, 0), x.high),))

    def one(self, x: float) -> float | None:
        return math.sqrt(x) if x >= 0 else None

    def value(self, xp: Xp, x: Array) -> Array:
        return safe_sqrt(xp, as_float(xp, x))

    def holds(self, xp: Xp, x: Array) -> Array:
        return xp.asarray(x) >= 0


def safe_sqrt(xp: Xp, x: Array) -> Array:
    """The square root, 0 with the gradient 0 where x <= 0."""
    positive = x >= tiny(xp, x)
    return xp.where(positive, xp.sqrt(xp.where(positive, x, xp.ones_like(x))), xp.zeros_like(x))


class Tanh(Scalar):
    """The hyperbolic tangent of x.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: (e**x - e**-x) / (e**x + e**-x).
    Example: tanh(0) == 0
    """

    name = "tanh"
    stepwise = True
    parameters = (X,)
    monotone = (UP,)

    def one(self, x: float) -> float:
        return math.tanh(x)

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.tanh(as_float(xp, x))


class Sigmoid(Scalar):
    """The logistic function of x.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: 1 / (1 + e**-x).
    Example: sigmoid(0) == 0.5
    """

    name = "sigmoid"
    stepwise = True
    parameters = (X,)
    monotone = (UP,)

    def one(self, x: float) -> float:
        return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

    def value(self, xp: Xp, x: Array) -> Array:
        x = as_float(xp, x)
        if _narrow(xp, x):
            from jax.lax import logistic

            return logistic(x)
        zero = xp.zeros_like(x)
        # e**min(x, 0) / (e**min(x, 0) + e**-max(x, 0)): no exponent is positive, and the gradient at 0 is 1/4.
        above, below = xp.exp(xp.minimum(x, zero)), xp.exp(-xp.maximum(x, zero))
        return above / (above + below)


def _wave_range(wave: Callable[[float], float], peak: float, x: Interval) -> Interval:
    """The range of a sine of period 2 pi that is 1 at `peak` and -1 half a period later."""
    if not x.bounded or x.high - x.low >= 2 * math.pi or max(abs(x.low), abs(x.high)) > EXACT_PHASE:
        return SYMMETRIC
    low, high = float(x.low), float(x.high)
    ends = (wave(low), wave(high))
    return Interval(-1 if _meets(low, high, peak + math.pi) else min(ends), 1 if _meets(low, high, peak) else max(ends))


def _meets(low: float, high: float, phase: float) -> bool:
    """Whether low..high holds a number that is `phase` up to whole turns, rounding allowed for."""
    slack = 1e-9 if low < high else 0
    turns = math.floor((high + slack - phase) / (2 * math.pi))
    return phase + turns * 2 * math.pi >= low - slack


class Cos(Scalar):
    """The cosine of x.

    Shapes: x: any axes.
    Units: x in radians.
    Missing: where x is.
    Errors: none; float32 holds the phase of a large x only to within its rounding.
    Source: the cosine of the reals.
    Example: cos(0) == 1
    """

    name = "cos"
    stepwise = True
    parameters = (X,)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return _wave_range(math.cos, 0, ranges[0])

    def one(self, x: float) -> float:
        return math.cos(x)

    def value(self, xp: Xp, x: Array) -> Array:
        x = as_float(xp, x)
        if not _narrow(xp, x):
            return xp.cos(x)
        from rewardlang.ops.waves import cosine

        return cosine(x)


class Sin(Scalar):
    """The sine of x.

    Shapes: x: any axes.
    Units: x in radians.
    Missing: where x is.
    Errors: none; float32 holds the phase of a large x only to within its rounding.
    Source: the sine of the reals.
    Example: sin(0) == 0
    """

    name = "sin"
    stepwise = True
    parameters = (X,)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return _wave_range(math.sin, math.pi / 2, ranges[0])

    def one(self, x: float) -> float:
        return math.sin(x)

    def value(self, xp: Xp, x: Array) -> Array:
        x = as_float(xp, x)
        if not _narrow(xp, x):
            return xp.sin(x)
        from rewardlang.ops.waves import sine

        return sine(x)


class Atan2(Scalar):
    """The angle of the point (x, y), from -pi to pi; 0, with the gradient 0, at the origin.

    Shapes: y, x: any axes, broadcast by name.
    Units: those of y and x, which must agree; the result in radians.
    Missing: where y or x is.
    Errors: none; on the device subnormal coordinates count as 0.
    Source: the argument of x + iy.
    Example: atan2(0, 1) == 0
    """

    name = "atan2"
    stepwise = True
    parameters = (Parameter("y", NUMBER), X)
    discrete = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        y, x = ranges
        return Interval(0 if y.low >= 0 else TURN.low, 0 if y.high <= 0 and x.low >= 0 else TURN.high)

    def one(self, y: float, x: float) -> float:
        return math.atan2(y + 0.0, x + 0.0) if (x, y) != (0, 0) else 0.0

    def value(self, xp: Xp, y: Array, x: Array) -> Array:
        # Adding 0 turns -0.0 into 0.0, whose angle to the left is pi, not -pi.
        y, x = (part + xp.zeros_like(part) for part in alike(xp, as_float(xp, y), as_float(xp, x)))
        x, y = x * REACH, y * REACH
        size = xp.maximum(xp.abs(x), xp.abs(y))
        origin = size < tiny(xp, x)
        scale = unit_scale(xp, size)
        angle = xp.arctan2(y * scale, xp.where(origin, xp.ones_like(x), x * scale))
        return xp.where(origin, xp.zeros_like(angle), angle)


class Ramp(Scalar):
    """How far x has come from one end of a range to the other, from 0 to 1: `ramp(step, 0..1000)`.

    Where the ends are equal it is a step: 0 below them, 1 from there on. Where they cross, it falls.

    Shapes: x: any axes; the ends: numbers, broadcast by name.
    Units: x and the ends agree; the result has none.
    Missing: where x or an end is.
    Errors: none.
    Source: clip((x - low) / (high - low), 0..1).
    Example: ramp(25, 0..100) == 0.25
    """

    name = "ramp"
    stepwise = True
    parameters = (X, Parameter("bounds", NUMBER, role=Role.RANGE))

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        low, high = ranges[1:]
        rises = low.high < high.low or low.low == low.high == high.low == high.high
        return monotone_range(self.one, (UP, DOWN, DOWN), ranges).meet(TRUTH) if rises else TRUTH

    def one(self, x: float, low: float, high: float) -> float:
        if low == high:
            return 1.0 if x >= low else 0.0
        # Scaled, since the difference of two extremes is beyond the floats.
        return min(max((x * REACH - low * REACH) / (high * REACH - low * REACH), 0.0), 1.0)

    def value(self, xp: Xp, x: Array, low: Array, high: Array) -> Array:
        x, low, high = xp.broadcast_arrays(*alike(xp, *(as_float(xp, part) for part in (x, low, high))))
        width = high * REACH - low * REACH
        flat = xp.abs(width) < tiny(xp, x)
        scale = unit_scale(xp, xp.abs(width))
        # Clipped before the division by 8..16, so that no gradient divides by the square of a small width.
        part = xp.clip((x * REACH - low * REACH) * scale, -16, 16)
        along = xp.clip(part / xp.where(flat, xp.ones_like(width), width * scale), 0, 1)
        return xp.where(flat, xp.where(x >= low, xp.ones_like(x), xp.zeros_like(x)), along)


class Sign(Scalar):
    """-1, 0 or 1, as x is negative, zero or positive.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is.
    Errors: none.
    Source: the sign of the reals; its gradient is 0.
    Example: sign(-3) == -1
    """

    name = "sign"
    parameters = (X,)
    result = INT
    discrete = True
    monotone = (UP,)
    laws = ("idempotent",)

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return super().range(ranges[0].flushed(), **options)

    def one(self, x: float) -> int:
        return (x > 0) - (x < 0)

    def value(self, xp: Xp, x: Array) -> Array:
        x = xp.asarray(x)
        zero = xp.zeros_like(x)
        whole = xp.arange(0).dtype
        return xp.where(x == zero, 0, xp.where(x > zero, 1, -1)).astype(whole)


BUILTINS = (
    Exp(), Log(), Sqrt(), Tanh(), Sigmoid(), Cos(), Sin(), Atan2(), Ramp(), Sign(),
)  # fmt: skip
