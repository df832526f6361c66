"""A control reward of 30 terms: as a spec, in NumPy, and per sample in Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

INPUTS = ("height", "speed", "tilt", "effort", "goal", "slip")
TERMS = 30


def _term(place: int) -> str:
    x, y = INPUTS[place % 6], INPUTS[(place + 1 + place // 6) % 6]
    forms = (
        f"exp(-{x} * {x} / {1 + place / 10})",
        f"tanh({x} - {place / 20} * {y})",
        f"clip(1 - abs({x} - {y}) / {2 + place / 10}, 0..1)",
        f"sigmoid({x} * {0.5 + place / 30} + {y})",
        f"cos({x}) * exp(-abs({y}))",
    )
    return forms[place % 5]


SPEC = (
    "".join(f"param w{place}: float in 0..2 = {1 + place / 30:.6f}\n" for place in range(TERMS))
    + f"reward control({', '.join(f'{name}: float' for name in INPUTS)}) -> float {{\n    sum {{\n"
    + "".join(f"        t{place}: {_term(place)} weight w{place}\n" for place in range(TERMS))
    + "    }\n}\n"
)


def weights() -> list[float]:
    """The default weights."""
    return [float(f"{1 + place / 30:.6f}") for place in range(TERMS)]


def columns(count: int, seed: int = 0) -> dict[str, Any]:
    """Random states."""
    generator = np.random.default_rng(seed)
    return {name: generator.normal(size=count).astype(np.float32) for name in INPUTS}


def in_numpy(batch: dict[str, Any]) -> tuple[Any, Any]:
    """Total `[batch]` and raw values `[terms, batch]`, as a careful user writes them."""
    raw = np.empty((TERMS, len(batch["height"])), np.float32)
    for place in range(TERMS):
        x, y = batch[INPUTS[place % 6]], batch[INPUTS[(place + 1 + place // 6) % 6]]
        match place % 5:
            case 0:
                raw[place] = np.exp(-x * x / np.float32(1 + place / 10))
            case 1:
                raw[place] = np.tanh(x - np.float32(place / 20) * y)
            case 2:
                raw[place] = np.clip(1 - np.abs(x - y) / np.float32(2 + place / 10), 0, 1)
            case 3:
                raw[place] = 1 / (1 + np.exp(-(x * np.float32(0.5 + place / 30) + y)))
            case _:
                raw[place] = np.cos(x) * np.exp(-np.abs(y))
    return np.asarray(weights(), np.float32) @ raw, raw


def in_python(sample: dict[str, float]) -> float:
    """The total of one sample."""
    total = 0.0
    for place, weight in enumerate(weights()):
        x, y = sample[INPUTS[place % 6]], sample[INPUTS[(place + 1 + place // 6) % 6]]
        match place % 5:
            case 0:
                value = math.exp(-x * x / (1 + place / 10))
            case 1:
                value = math.tanh(x - place / 20 * y)
            case 2:
                value = min(max(1 - abs(x - y) / (2 + place / 10), 0), 1)
            case 3:
                value = 1 / (1 + math.exp(-(x * (0.5 + place / 30) + y)))
            case _:
                value = math.cos(x) * math.exp(-abs(y))
        total += weight * value
    return total
