"""Rounding to integers and to decimals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.facts import Interval
from rewardlang.ops.arithmetic import INT32, UP, Arithmetic, X
from rewardlang.ops.builtin import Array, Parameter, Role, Xp
from rewardlang.types import FLOAT, INT, Element, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_EXACT = 2.0**32
_NEAR = 1e-6
"""Products below `_EXACT` err by less than this: at that distance from a half they round to the right side."""


class Floor(Arithmetic):
    """The largest integer that is at most x.

    Shapes: x: any axes.
    Units: those of x.
    Missing: where x is.
    Errors: none.
    Source: the floor of the reals; in float64 on the host where x comes from text.
    Example: floor(2.7) == 2
    """

    name = "floor"
    parameters = (X,)
    laws = ("idempotent",)
    overflows = False
    discrete = True
    monotone = (UP,)

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return INT if self.range(*(type_.interval for type_ in types), **options).within(INT32) else FLOAT

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return super().range(ranges[0].flushed(), **options)

    def one(self, x: float) -> float:
        return x if math.isinf(x) else float(math.floor(x))

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.floor(x)


class Ceil(Arithmetic):
    """The smallest integer that is at least x.

    Shapes: x: any axes.
    Units: those of x.
    Missing: where x is.
    Errors: none.
    Source: -floor(-x).
    Example: ceil(2.1) == 3
    """

    name = "ceil"
    parameters = (X,)
    laws = ("idempotent",)
    overflows = False
    discrete = True
    monotone = (UP,)

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return INT if self.range(*(type_.interval for type_ in types), **options).within(INT32) else FLOAT

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return super().range(ranges[0].flushed(), **options)

    def one(self, x: float) -> float:
        return x if math.isinf(x) else float(math.ceil(x))

    def value(self, xp: Xp, x: Array) -> Array:
        return xp.ceil(x)


class Round(Arithmetic):
    """x, rounded to `digits` decimals, halves to the even neighbour.

    Shapes: x: any axes.
    Units: those of x.
    Missing: where x is.
    Errors: `digits` must be an integer constant in 0..9.
    Source: IEEE 754 roundTiesToEven of x * 10**digits, scaled back; on the host the correctly rounded decimal, as
        Python's `round`.
    Example: round(2.5) == 2
    """

    name = "round"
    parameters = (X, Parameter("digits", (INT,), role=Role.CONST, default=0))
    overflows = False
    discrete = True
    laws = ("idempotent",)

    def refuse(self, types: Sequence[Type], options: Mapping[str, Any]) -> str | None:
        return None if 0 <= options.get("digits", 0) <= 9 else "`digits` must lie in 0..9"

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        x = ranges[0]
        low = x.low if math.isinf(x.low) else self.one(float(x.low), **options)
        high = x.high if math.isinf(x.high) else self.one(float(x.high), **options)
        return Interval(low, high)

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        whole = options.get("digits", 0) == 0 and self.range(types[0].interval).within(INT32)
        return INT if whole else FLOAT

    def one(self, x: float, digits: int = 0) -> float:
        return x if math.isinf(x) else float(round(float(x), digits))

    def value(self, xp: Xp, x: Array, digits: int = 0) -> Array:
        x = xp.asarray(x)
        if xp.__name__ == "numpy" and digits:
            return _rounded(xp, x, digits)
        scaled = xp.round(x * 10.0**digits) / 10.0**digits
        return xp.where(xp.abs(x) < 2.0**52 / 10.0**digits, scaled, x)


def _rounded(xp: Xp, x: Array, digits: int) -> Array:
    """The correctly rounded decimals, as Python's `round` gives them, in float64."""
    shape, x = x.shape, xp.asarray(x, dtype=xp.float64).ravel()
    with xp.errstate(all="ignore"):
        scaled = x * 10.0**digits
        whole = xp.round(scaled)
        # A quotient of two exact integers is the double nearest to the decimal.
        rounded = whole / 10.0**digits
        open_ = ~((xp.abs(scaled) < _EXACT) & (xp.abs(xp.abs(scaled - whole) - 0.5) > _NEAR))
    if open_.any():
        rounded[open_] = [round(v, digits) for v in x[open_].tolist()]
    return rounded.reshape(shape)


BUILTINS = (Floor(), Ceil(), Round())
