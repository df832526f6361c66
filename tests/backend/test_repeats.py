"""Rows that repeat are evaluated once, and give what they give apart from each other."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import numpy as np

import rewardlang
from rewardlang.backend import repeats

if TYPE_CHECKING:
    import pytest

    from rewardlang.backend.host import HostRun

SPEC = """
reward total(reply: text, truth: text?, scale: float) -> float {
    let gold: json[gold]? = json_lines(truth ?? "")
    let made: json[made]? = json_lines(reply)
    let named = sum(count(keys(gold) == "a") over gold) ?? -5
    let alike = sum(jaccard(keys(gold), keys(made)) over (gold, made)) ?? -7
    let same = count(equals(gold, made) over (gold, made)) ?? -11
    let unset = if present(truth) then 0 else 100
    return (named + 3 * alike + same + unset) * scale
}
"""


def _lines(draw: random.Random) -> str:
    values = [{key: draw.randrange(2) for key in draw.sample("abcd", draw.randrange(1, 4))} for _ in range(3)]
    return "\n".join(json.dumps(value) for value in values[: draw.randrange(1, 4)])


def test_groups_score_as_their_rows_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(0)
    golds = [_lines(draw) if draw.random() < 0.8 else draw.choice([None, "", "{"]) for _ in range(40)]
    truths = [gold for gold in golds for _ in range(draw.randrange(2, 8))]
    rows = len(truths)
    fields = {
        "reply": [_lines(draw) for _ in range(rows)],
        "truth": truths,
        "scale": [1.0] * (rows // 2) + [2.0] * (rows - rows // 2),
    }
    reward = rewardlang.compile(SPEC)
    known: list[int] = []
    run_once = repeats.run_once

    def counted(run: HostRun) -> None:
        run_once(run)
        known.append(sum(not value.uniform for value in run.values.values()))

    monkeypatch.setattr("rewardlang.backend.chunks.run_once", counted)
    together = reward(fields).total
    order = np.array(draw.sample(range(rows), rows))
    # In this order hardly any row repeats the one before.
    shuffled = reward({name: [column[row] for row in order] for name, column in fields.items()}).total
    assert np.array_equal(together[order], shuffled)
    assert known[0] > known[1] == 0
    single = [reward({name: [column[row]] for name, column in fields.items()}).total[0] for row in range(20)]
    assert np.array_equal(together[:20], single)
