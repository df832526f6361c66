"""Large batches in which JSON texts come again give what small ones give, where none is looked for."""

from __future__ import annotations

import random

import numpy as np
import pytest

import rewardlang
from rewardlang.columns.texts import Texts
from rewardlang.kernels.hashing import repeats
from tests.benchmarks import outputs

SPECS = {
    "values": """reward r(x: text, y: text) -> float {
        let a = json(x, dialect: python)
        let b = json(y, dialect: python)
        let equal = if equals(a, b, dialect: python) ?? false then 8 else 0
        let one = if present(a["a"]) then 4 else 0
        let more = count(agreeing(a, b, dialect: python)) ?? -1
        return equal + one + more + (number(a["a"]) ?? 0.5) + (jaccard(keys(a), keys(b)) ?? -1)
    }""",
    "lines": """reward r(x: text, y: text) -> float {
        let of_x = json_lines(x, dialect: python) ?? []
        let of_y = json_lines(y, dialect: python) ?? []
        let named = count(any(keys(of_x) == "a"))
        return count(of_x) + 10 * count(of_y) + 100 * named + sum(number(of_x["a"]) ?? 0.25)
    }""",
    "lists": "reward r(x: text, y: text) -> float { sum(number(json_list(x)) ?? 0.5) + count(json_list(y)) ?? -1 }",
}
PIECES = [
    '{"a": 1, "b": [1, 2]}', '{"b": [1, 2.0], "a": true}', '{"a": null}', '{"a": 1, "a": 2}', "[1, null, 3]", "[]", "{}",
    '{"\\u0061": 1e400}', '{"a": NaN}', "nul", "", "[", "\x00", '"a"', "0", '{"a": {"a": {"a": 1}}}', "é", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_repeats_change_no_score(name: str) -> None:
    chance = random.Random(name)
    rows = [
        ["\n".join(chance.choices(PIECES, k=chance.choice([1, 1, 1, 2, 3]))) for _ in range(1200)] for _ in range(2)
    ]
    texts = Texts.of(rows[0])
    assert repeats(texts.buffer, texts.starts, texts.ends) is not None
    reward = rewardlang.compile(SPECS[name])
    whole = reward(x=rows[0], y=rows[1]).total
    parts = [reward(x=rows[0][at : at + 60], y=rows[1][at : at + 60]).total for at in range(0, 1200, 60)]
    assert np.ma.allequal(whole, np.ma.concatenate(parts))


def test_calls_of_a_group_are_scored_as_alone() -> None:
    columns = outputs.tool_calls(1024, group=16)
    reward = rewardlang.load("systems.toolrl:total")
    whole = reward(columns).total
    few = [reward({name: column[at : at + 16] for name, column in columns.items()}).total for at in range(0, 1024, 64)]
    expected = np.ma.concatenate(few)
    assert np.ma.allclose(np.ma.concatenate([whole[at : at + 16] for at in range(0, 1024, 64)]), expected, rtol=1e-6)
