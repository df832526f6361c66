"""Exact comparison of a float64 from the host with a device value, both as pairs of float32."""

from __future__ import annotations

from typing import Any

import numpy as np

_SMALLEST = 1.1754943508222875e-38
_LARGEST = 3.4028234663852886e38


def split(values: Any) -> tuple[Any, Any]:
    """(high, low) as float32: the nearest float32, and what it leaves; a rest too small for float32 keeps its sign."""
    high = np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)
    rest = values - high.astype(np.float64)
    # XLA flushes subnormals to zero, which would make a difference vanish.
    tiny = (rest != 0) & (np.abs(rest) < _SMALLEST)
    low = np.clip(np.where(tiny, np.copysign(_SMALLEST, rest), rest), -_LARGEST, _LARGEST)
    return high, low.astype(np.float32)


def compare_pairs(xp: Any, name: str, highs: list[Any], lows: list[Any]) -> Any:
    """`name` of two numbers given by high and low parts."""
    (x, y), (p, q) = highs, lows
    same = xp.logical_and(x == y, p == q)
    less = xp.logical_or(x < y, xp.logical_and(x == y, p < q))
    match name:
        case "==":
            return same
        case "!=":
            return xp.logical_not(same)
        case "<":
            return less
        case "<=":
            return xp.logical_or(less, same)
        case ">":
            return xp.logical_not(xp.logical_or(less, same))
    return xp.logical_not(less)
