"""Verdicts that need no computer algebra: what math-verify says about numbers, equal texts, and no mathematics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.math_numbers import DECIMAL, INTEGER, OTHER, Numbers, read_numbers, stays
from rewardlang.kernels.math_places import LATEX, NOTHING, Places, find_places
from rewardlang.kernels.text import equal

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts
    from rewardlang.kernels.memory import Flags
    from rewardlang.workers.readings import Reading

Verdicts = npt.NDArray[np.int8]

OPEN, DIFFERENT, EQUAL, NO_GOLD = -1, 0, 1, 2

_SCALE = 10**6
"""math-verify rounds to six places where a decimal is compared."""
_NEAR, _FAR = 0.4, 0.6
"""Millionths: closer than half of one is equal. Between these two, rounding decides, which is left to it."""


def decide(golds: Texts, gold_as: Reading, answers: Texts, answer_as: Reading) -> Verdicts:
    """Give a verdict on each pair of rows; `OPEN` where only math-verify knows."""
    gold, answer = find_places(golds, gold_as), find_places(answers, answer_as)
    verdicts = np.full(len(golds), OPEN, dtype=np.int8)
    seen = (gold.notations > NOTHING) & (answer.notations > NOTHING)
    rows = np.flatnonzero(seen)
    if rows.size:
        verdicts[rows] = _compare(*(Places(p.notations[rows], p.spans.take(rows)) for p in (gold, answer)))
    verdicts[(gold.notations > NOTHING) & (answer.notations == NOTHING)] = DIFFERENT
    verdicts[gold.notations == NOTHING] = NO_GOLD
    return verdicts


def find_text(texts: Texts, reading: Reading) -> tuple[Texts, Flags, Flags]:
    """Give the mathematics of each row as normalised text, where it is present, and where that is known at all."""
    found = find_places(texts, reading)
    same = (found.notations == LATEX) & stays(found.spans)
    return found.spans, same, same | (found.notations == NOTHING)


def _compare(gold: Places, answer: Places) -> Verdicts:
    left, right = (read_numbers(side.spans, side.notations == LATEX) for side in (gold, answer))
    numbers = (left.kinds != OTHER) & (right.kinds != OTHER)
    verdicts = np.where(numbers, _of_numbers(left, right), OPEN).astype(np.int8)
    latex = (gold.notations == LATEX) & (answer.notations == LATEX)
    verdicts[latex & stays(gold.spans) & equal(gold.spans, answer.spans)] = EQUAL
    return verdicts


def _of_numbers(left: Numbers, right: Numbers) -> Verdicts:
    same = (left.tops == right.tops) & (left.bottoms == right.bottoms)
    # Of two integers math-verify forgets whether they are percentages: 9 is 9 %.
    integers = (left.kinds == INTEGER) & (right.kinds == INTEGER)
    same |= integers & (left.written == right.written)
    verdicts = same.astype(np.int8)
    rounded = (left.kinds == DECIMAL) | (right.kinds == DECIMAL)
    # A decimal of at most six places is what rounding makes of it; other numbers are rounded first.
    fine = (_SCALE % left.bottoms != 0) | (_SCALE % right.bottoms != 0)
    gap = np.abs(left.tops / left.bottoms - right.tops / right.bottoms) * _SCALE
    large = np.maximum(np.abs(left.tops / left.bottoms), np.abs(right.tops / right.bottoms)) > _SCALE
    by_gap = np.where(gap < _NEAR, EQUAL, np.where((gap > _FAR) & ~large, DIFFERENT, OPEN))
    verdicts = np.where(rounded & fine, np.where(large, OPEN, by_gap), verdicts)
    # Decimals with a percentage: integers among them differ in type; as text, plain ones have lost their signs.
    percents = rounded & (left.percents | right.percents)
    integral = (left.bottoms == 1) | (right.bottoms == 1)
    parts = (left.percents & (left.kinds == DECIMAL)) | (right.percents & (right.kinds == DECIMAL))
    mixed = (left.kinds != right.kinds) & (integral | parts)
    doubtful = percents & (mixed | (left.written == right.written))
    return np.where(doubtful, OPEN, verdicts).astype(np.int8)
