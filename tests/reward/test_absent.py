"""Columns that are absent: what stands for them is one row for all samples, and is kept for other calls."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import rewardlang
from tests.reward.hostile import batch
from tests.reward.systems import SOME, each, reward, scored

SPEC = """
reward total(reply: text, truth: text = "a b", scale: float = 2, also: text?, bonus: int = 0) -> float {
    let first = words(truth)[0] ?? ""
    let other = also ?? truth
    let part = if contains(truth, "a") then rouge_l(reply, other) ?? 0 else 0
    return sum {
        same: if reply == truth then scale else 0
        part: part * scale
        found: count(words(reply) == first over word) + bonus
        known: if present(also) then 1 else length(other) / 10
    }
}
"""
REPLIES = ["a b", "", "a", "b a b", "é"]


@each(SOME)
def test_absent_columns_score_as_columns_of_their_defaults(name: str) -> None:
    run, rng = reward(name), random.Random(6)
    # An absent list is more than a list that is missing in each sample: its entries may be missing too.
    scalars = [field for field in run.graph.inputs if not field.type.axes]
    absent = {field.name: field.default for field in scalars if not field.required}
    for samples in (3, 24, 1):
        columns = batch(rng, run, samples)
        given = {field: values for field, values in columns.items() if field not in absent}
        if not absent or not given:
            # Nothing is to be compared, or nothing says how many samples there are.
            return
        written = {**given, **{field: [value] * samples for field, value in absent.items()}}
        assert scored(run, given, group=1).tolist() == scored(run, written, group=1).tolist()


@pytest.mark.parametrize("absent", [(), ("truth",), ("also",), ("truth", "also"), ("truth", "scale", "also", "bonus")])
def test_any_of_the_columns_may_be_absent(absent: tuple[str, ...]) -> None:
    run = rewardlang.compile(SPEC)
    for size in (20, 1, 3, 700):
        replies = [REPLIES[place % 5] for place in range(size)]
        columns = {
            "reply": replies, "truth": ["a b"] * size, "scale": [2.0] * size, "also": [None] * size,
            "bonus": [0] * size,
        }  # fmt: skip
        left = {name: column for name, column in columns.items() if name not in absent}
        assert run(left).tolist() == run(columns).tolist()


def test_calls_in_threads_keep_the_same() -> None:
    run = rewardlang.compile(SPEC)
    single = {reply: rewardlang.compile(SPEC)(reply=[reply]).tolist()[0] for reply in REPLIES}

    def right(size: int) -> bool:
        replies = [REPLIES[place % 5] for place in range(size)]
        return np.array_equal(run(reply=replies).total, [single[reply] for reply in replies])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, [1, 7, 40, 3] * 6))
