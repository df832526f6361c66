"""Powers: `**`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import FULL, Interval, point
from rewardlang.ops.arithmetic import Arithmetic, X, Y
from rewardlang.ops.arrays import frozen
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.ops.builtin import Array, Xp
    from rewardlang.types import Type

WHOLE = 64
"""Largest constant exponent whose power is bounded by repeated multiplication."""


class Power(Arithmetic):
    """The power `x ** y`.

    Shapes: x, y: any axes, broadcast by name.
    Units: none.
    Missing: where x is negative and y no integer, or x is 0 and y negative, unless the ranges exclude it.
    Errors: none; a power beyond float32 saturates.
    Source: the real power, rounded; 0 ** 0 is 1.
    Example: 2 ** 3 == 8
    """

    name = "**"
    parameters = (X, Y)
    partial = True
    integral = False

    def may_miss(self, types: Sequence[Type], options: Mapping[str, Any]) -> bool:
        x, y = types[0].interval, types[1].interval
        whole = types[1].element != FLOAT or (y.low == y.high and y.bounded and y.low == math.floor(y.low))
        return (x.low < 0 and not whole) or (0 in x and y.low < 0)

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        x, y = ranges
        if y.low == y.high and y.bounded and y.low == math.floor(y.low) and 0 <= y.low <= WHOLE:
            return _whole_power(x, int(y.low))
        if x.low < 0:
            return FULL
        if y.low < 0:
            # Above 1 the power grows with y; whether it grows or falls with x is the sign of y.
            top = math.inf if x.low <= 1 else max(_float_power(x.low, y.high), _float_power(x.high, y.high))
            return Interval(0, top)
        corners = [_float_power(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
        return Interval(min(corners), max(corners))

    def one(self, x: float, y: float) -> float | None:
        if (x < 0 and y != math.floor(y)) or (x == 0 and y < 0):
            return None
        try:
            return float(float(x) ** y)
        except OverflowError:
            return -math.inf if x < 0 and y % 2 else math.inf

    def value(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = xp.broadcast_arrays(xp.asarray(x), xp.asarray(y))
        held = self.holds(xp, x, y)
        negative = (x < 0) & held
        # The magnitude and the sign apart: a power of a negative float is NaN in float arithmetic.
        size = _saturating_power(xp, xp.where(held & (x != 0), xp.abs(x), xp.ones_like(x)), y)
        odd = xp.mod(y, 2 * xp.ones_like(y)) == 1
        size = xp.where(negative & odd, -size, size)
        at_zero = xp.where(y == 0, xp.ones_like(size), xp.zeros_like(size))
        return xp.where(x == 0, at_zero, xp.where(held, size, xp.zeros_like(size)))

    def holds(self, xp: Xp, x: Array, y: Array) -> Array:
        x, y = xp.broadcast_arrays(xp.asarray(x), xp.asarray(y))
        return ~(((x < 0) & (y != xp.floor(y))) | ((x == 0) & (y < 0)))


def _saturating_power(xp: Xp, size: Array, y: Array) -> Array:
    """A power of a positive number, infinite where it overflows, without a gradient there: that would be NaN."""
    over = xp.isinf(frozen(xp, size) ** frozen(xp, y))
    power = xp.where(over, xp.ones_like(size), size) ** y
    return xp.where(over, xp.full_like(power, xp.inf), power)


def _whole_power(x: Interval, power: int) -> Interval:
    if power == 0:
        return point(1)
    product = x
    for _ in range(power - 1):
        product = product * x
    if power % 2:
        return product
    size = max(abs(x.low), abs(x.high))
    least = 0 if 0 in x else min(abs(x.low), abs(x.high))
    return Interval(least**power, size**power)


def _float_power(x: Any, y: Any) -> float:
    try:
        return float(float(x) ** float(y))
    except (OverflowError, ZeroDivisionError):
        return math.inf


POWER = Power()
BUILTINS = (POWER,)
