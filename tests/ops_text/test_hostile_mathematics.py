"""What a reply may hold to hurt: it is decided, or missing at the limit; nothing fails, nothing hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import rewardlang
from rewardlang.columns.texts import Texts
from rewardlang.ops.mathematics import MathEqual, MathText
from tests.reward.profile import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = (
    "9",
    "x",
    "{",
    "}",
    "\\boxed{",
    "$",
    "\\frac{1}{",
    "answer ",
    "(",
    "-",
    "1,",
    " ",
    "\n",
    "\0",
    "é",
    "\\",
    "=1",
    "%",
    "9^",
)


@pytest.fixture(autouse=True, scope="module")
def _hurried() -> Iterator[None]:
    before = rewardlang.configure_workers()
    rewardlang.configure_workers(seconds=0.3)
    yield
    rewardlang.configure_workers(seconds=before.seconds)


@pytest.mark.parametrize("size", [300, 10**5, 10**7])
@pytest.mark.parametrize("unit", UNITS[:: scaled(3, 1, 1)])
def test_hostile_texts_are_decided_or_missing(unit: str, size: int) -> None:
    hostile = unit * (size // len(unit))
    texts = Texts.of([hostile, f"\\boxed{{{hostile}}}", "$7$"])
    golds = Texts.of(["$7$"] * 3)
    for gold, answer in ((texts, texts), (golds, texts)):
        values, present = MathEqual().rows(gold, answer, "any", "boxed")
        assert values.dtype == present.dtype == np.bool_
        assert not (values & ~present).any()
    found, present = MathText().rows(texts, **{"as": "latex"})
    assert found[2] == "7"
    assert present[2]
