"""Calls of the scalar builtins with numbers, points and boxes: one a builtin and choice of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlang.facts import FULL, TRUTH, Interval
from rewardlang.ops.builtin import Role, Scalar
from rewardlang.ops.registry import BUILTINS
from rewardlang.types import BOOL, FLOAT, INT, Element, Type

LARGEST = float(np.finfo(np.float32).max)
AWKWARD = (0.0, -0.0, 1e-45, -1e-45, 1.0, -1.0, 1e-30, 1e30, -1e30, 3e38, -3e38, LARGEST, 1e-38, 2.0, 0.5)


@dataclass(frozen=True)
class ScalarCall:
    builtin: Scalar
    elements: tuple[Element, ...]
    options: dict[str, Any]

    def types(self, intervals: tuple[Interval, ...]) -> list[Type]:
        pairs = zip(self.elements, intervals, strict=True)
        return [Type(element, range=interval if element.numeric else None) for element, interval in pairs]

    def interval(self, intervals: tuple[Interval, ...]) -> Interval:
        return self.builtin.range(*(i if e.numeric else FULL for e, i in zip(self.elements, intervals, strict=True)),
                                  **self.options)  # fmt: skip

    def ones(self, columns: list[np.ndarray]) -> list[Any]:
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [
            self.builtin.one(*(tuple(v) if isinstance(v, list) else v for v in row), **self.options) for row in rows
        ]

    def value(self, xp: Any, *columns: Any) -> Any:
        return self.builtin.value(xp, *columns, **self.options)

    def holds(self, xp: Any, *columns: Any) -> Any:
        return self.builtin.holds(xp, *columns, **self.options) if self.builtin.partial else None


def scalar_calls() -> dict[str, ScalarCall]:
    calls = {}
    for builtin in BUILTINS:
        if not isinstance(builtin, Scalar):
            continue
        operands = [p for p in builtin.parameters if not p.option for _ in range(2 if p.role is Role.RANGE else 1)]
        shapes = [e for e in operands[0].accepts if e.width > 1] or [None]
        words = [p for p in builtin.parameters if p.role is Role.WORD]
        for shape in shapes:
            elements = tuple(_element(p.accepts, shape) for p in operands)
            for word in words[0].words if words else (None,):
                options = {p.name: p.default for p in builtin.parameters if p.role is Role.CONST}
                if word is not None:
                    options[words[0].name] = word
                name = " ".join(str(part) for part in (builtin.name, shape, word) if part is not None)
                calls[name] = ScalarCall(builtin, elements, options)
    return calls


def _element(accepts: tuple[Element, ...], shape: Element | None) -> Element:
    if shape in accepts:
        return shape
    return next(e for e in (FLOAT, INT, BOOL, *accepts) if e in accepts and (e.width == 1 or shape is not None))


def drawn(rng: np.random.Generator, element: Element, low: float, high: float, rows: int) -> np.ndarray:
    """Entries of low..high, its ends among them; components of points and boxes are integers now and then."""
    shape = (rows, element.width) if element.width > 1 else (rows,)
    if element == BOOL:
        return rng.random(shape) < 0.5
    values = low + (high - low) * rng.random(shape)
    values = np.where(rng.random(shape) < 0.2, np.clip(np.round(values), low, high), values)
    values.flat[:2] = low, high
    return np.round(values).astype(int) if element == INT else values


def unit(element: Element) -> Interval:
    return TRUTH if element == BOOL else FULL
