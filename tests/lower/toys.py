"""Small builtins, one of each form, so that tests depend on no family."""

# ruff: noqa: ARG002 - one signature for all builtins

from __future__ import annotations

from typing import Any

import numpy as np

from rewardlang.columns.column import Ragged, take
from rewardlang.columns.texts import Texts
from rewardlang.facts import FULL, Interval
from rewardlang.ops.builtin import NUMBER, Gather, Lists, Made, Matrix, Parameter, Reduction, Rows, Scalar
from rewardlang.types import BOOL, INT, TEXT

X = Parameter("x", NUMBER, axes=("a",))


class Total(Reduction):
    name, parameters, overflows = "total", (X,), True

    def one(self, x: Any) -> float:
        return float(sum(x))

    def range(self, *ranges: Any, **_: Any) -> Interval:
        return FULL

    def reduce(self, xp: Any, x: Any, where: Any, axis: Any) -> Any:
        return xp.sum(xp.where(where, x, xp.zeros_like(x)), axis=axis)


class Average(Reduction):
    name, parameters, partial = "average", (X,), True

    def one(self, x: Any) -> Any:
        return sum(x) / len(x) if x else None

    def reduce(self, xp: Any, x: Any, where: Any, axis: Any) -> Any:
        count = xp.sum(xp.where(where, xp.ones_like(x), xp.zeros_like(x)), axis=axis)
        total = xp.sum(xp.where(where, x, xp.zeros_like(x)), axis=axis)
        return total / xp.maximum(count, xp.ones_like(count))


class Below(Scalar):
    name, parameters, result, discrete = "<", (Parameter("x", NUMBER), Parameter("y", NUMBER)), BOOL, True

    def one(self, x: Any, y: Any) -> bool:
        return x < y

    def value(self, xp: Any, x: Any, y: Any) -> Any:
        return xp.less(x, y)


class Words(Lists):
    """The words of a text, split at spaces."""

    name, parameters, result = "words", (Parameter("x", (TEXT,)),), TEXT
    makes = Made("word")

    def one(self, x: str) -> list[str]:
        return x.split()

    def lists(self, x: Texts) -> Ragged:
        parts = [text.split() for text in x.to_list()]
        offsets = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
        return Ragged(offsets, Texts.of([word for part in parts for word in part]))


class Number(Rows):
    name, parameters, partial = "number", (Parameter("x", (TEXT,)),), True

    def one(self, x: str) -> Any:
        return float(x) if _numeric(x) else None

    def range(self, *ranges: Any, **_: Any) -> Interval:
        return FULL

    def rows(self, x: Texts) -> Any:
        texts = x.to_list()
        present = np.array([_numeric(text) for text in texts], bool)
        return np.array([float(text) if _numeric(text) else 0.0 for text in texts]), present


def _numeric(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


class Size(Rows):
    name, parameters, result = "size", (Parameter("x", (TEXT,)),), INT

    def one(self, x: str) -> int:
        return len(x)

    def range(self, *ranges: Any, **_: Any) -> Interval:
        return Interval(0, 1000)

    def rows(self, x: Texts) -> Any:
        return np.array([len(text) for text in x.to_list()], np.int64)


class First(Gather):
    name, parameters, result, partial = "first", (Parameter("x", axes=("a",)),), None, True

    def one(self, x: Any) -> Any:
        return x[0] if x else None

    def positions(self, xp: Any, length: Any, position: Any, where: Any, *arrays: Any, **_: Any) -> Any:
        place = xp.argmax(where, axis=-1)
        return place, xp.any(where, axis=-1)


class Before(Gather):
    name, parameters, result, partial, keeps = "before", (Parameter("x", axes=("a",)),), None, True, ("a",)

    def one(self, x: Any) -> Any:
        return [None, *x[:-1]][: len(x)]

    def positions(self, xp: Any, length: Any, position: Any, where: Any, *arrays: Any, **_: Any) -> Any:
        return position - 1, (position > 0) & where


class Ordered(Gather):
    name, parameters, result, keeps, keyed = "ordered", (Parameter("x", axes=("a",)),), None, ("a",), True

    def one(self, x: Any) -> Any:
        return sorted(x)

    def positions(self, xp: Any, length: Any, position: Any, where: Any, *arrays: Any, **_: Any) -> Any:
        key = xp.where(where, arrays[-1], xp.full_like(arrays[-1], 1e30))
        return xp.argsort(key, axis=-1, stable=True), where


class Keep(Lists):
    name, result = "keep", None
    parameters = (Parameter("x", axes=("a",)), Parameter("where", (BOOL,), axes=("a",)))
    makes = Made("kept")

    def one(self, x: Any, where: Any) -> Any:
        return [a for a, b in zip(x, where, strict=True) if b]

    def lists(self, x: Ragged, where: Ragged) -> Ragged:
        held = where.column
        before = np.concatenate(([0], np.cumsum(held)))
        return Ragged(before[x.offsets], take(x.column, np.flatnonzero(held)))


class Dot(Matrix):
    """Σ x y over the axis, entries that are padding left out."""

    name = "dot"
    parameters = (X, Parameter("y", NUMBER, axes=("a",)))

    def one(self, x: Any, y: Any) -> float:
        return float(sum(a * b for a, b in zip(x, y, strict=True)))

    def range(self, *ranges: Any, **_: Any) -> Interval:
        return FULL

    def instance(self, xp: Any, x: Any, mask: Any, y: Any, *_: Any, **__: Any) -> Any:
        return xp.sum(xp.where(mask, x * y, xp.zeros_like(x)))


TOTAL, AVERAGE, BELOW, WORDS, NUMBER_OF, SIZE = Total(), Average(), Below(), Words(), Number(), Size()
FIRST, BEFORE, ORDERED, KEEP, DOT = First(), Before(), Ordered(), Keep(), Dot()
