"""DeepMind Control's tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.parity.cases import NOT_FINITE
from tests.parity.claim import DEVICE, Claim, Inputs, same

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES: dict[str, Callable[[float, float], float]] = {
    "gaussian": lambda x, v: math.exp(math.log(v) * x * x),
    "hyperbolic": lambda x, v: _sech(x * math.acosh(1 / v)),
    "long_tail": lambda x, v: 1 / ((x * math.sqrt(1 / v - 1)) ** 2 + 1),
    "reciprocal": lambda x, v: 1 / (abs(x) * (1 / v - 1) + 1),
    "cosine": lambda x, v: _where(x * math.acos(2 * v - 1) / math.pi, lambda s: (1 + math.cos(math.pi * s)) / 2),
    "linear": lambda x, v: _where(x * (1 - v), lambda s: 1 - s),
    "quadratic": lambda x, v: _where(x * math.sqrt(1 - v), lambda s: 1 - s * s),
    "tanh_squared": lambda x, v: 1 - math.tanh(x * math.atanh(math.sqrt(1 - v))) ** 2,
}


def _where(scaled: float, shape: Callable[[float], float]) -> float:
    return shape(scaled) if abs(scaled) < 1 else 0.0


def _sech(x: float) -> float:
    return 1 / math.cosh(x) if abs(x) < 700 else 0.0


def bound(value: Any) -> float:
    return float(NOT_FINITE.get(value, value) if isinstance(value, str) else value)


def sigmoids(x: float, value_at_1: float, sigmoid: str) -> float:
    least = sigmoid in ("cosine", "linear", "quadratic")
    if not (0 < value_at_1 < 1 or (least and value_at_1 == 0)):
        raise ValueError(value_at_1)
    return SHAPES[sigmoid](x, value_at_1)


def tolerance(
    x: float, bounds: list[Any], margin: float, value_at_margin: float = 0.1, sigmoid: str = "gaussian"
) -> float:
    low, high = map(bound, bounds)
    if low > high or margin < 0:
        raise ValueError(bounds, margin)
    inside = low <= x <= high
    if margin == 0:
        return float(inside)
    falling = sigmoids(max(low - x, x - high) / margin, value_at_margin, sigmoid)
    return 1.0 if inside else falling


def tolerance_array(x: list[float], **options: Any) -> list[float]:
    return [tolerance(entry, **options) for entry in x]


def limited(inputs: Inputs) -> Inputs:
    low, high = map(bound, inputs["bounds"])
    options = {name: inputs[name] for name in ("x", "margin", "value_at_margin", "sigmoid")}
    return {**options, "low": low if math.isfinite(low) else None, "high": high if math.isfinite(high) else None}


def _limited_each(inputs: Inputs) -> list[Inputs]:
    return [limited({**inputs, "x": x}) for x in inputs["x"]]


CLAIMS = (
    Claim("_sigmoids", "sigmoids", same("x", "value_at_1", "sigmoid"), tolerance=DEVICE),
    Claim("tolerance", "tolerance", limited, tolerance=DEVICE),
    Claim("tolerance_array", "tolerance", _limited_each, tolerance=DEVICE),
)
ORIGINALS = {"_sigmoids": sigmoids, "tolerance": tolerance, "tolerance_array": tolerance_array}
