"""Each protocol: what it takes and gives, equal to the reward itself."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import rewardlang
from rewardlang.diagnostics import CallError
from rewardlang.serving import app
from rewardlang.serving.trainers import Naming
from tests.serving.conftest import BATCHED, COLUMNS, GROUPED, running

if TYPE_CHECKING:
    from rewardlang import Reward
    from tests.serving.conftest import Running

ROWS = [dict(zip(COLUMNS, values, strict=True)) for values in zip(*COLUMNS.values(), strict=True)]
PROMPT = "<|im_start|>ask<|im_end|>"


def queries(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    labels = [json.dumps({"word": row["word"], "bonus": row["bonus"]}) for row in rows]
    return {"query": [PROMPT + row["completion"] for row in rows], "prompts": [PROMPT] * len(rows), "labels": labels}


@pytest.mark.parametrize("body", [{"columns": COLUMNS}, {"rows": ROWS}])
def test_plain_scores_are_those_of_the_reward(server: Running, reward: Reward, body: dict[str, Any]) -> None:
    expected = reward(COLUMNS, on_invalid="missing")
    told = server.post("/score", {**body, "terms": True}).json()
    assert told["totals"] == expected.tolist()
    assert told["reasons"] == list(expected.reasons)
    assert told["reasons"][-1] is not None
    assert told["fingerprint"] == reward.fingerprint
    table = expected.to_arrow().to_pydict()
    assert told["terms"] == {name: values for name, values in table.items() if "/" in name}
    assert "terms" not in server.post("/score", body).json()


def test_columns_with_a_default_may_be_left_out(server: Running) -> None:
    told = server.post("/score", {"columns": {"completion": ["cat"], "word": ["cat"]}})
    assert told.json()["totals"] == [1.5]


def test_a_missing_value_of_a_required_column_is_a_missing_score(server: Running) -> None:
    told = server.post("/score", {"rows": [{"completion": "cat", "word": "cat"}, {"completion": "cat"}]}).json()
    assert told["totals"] == [1.5, None]
    assert told["reasons"] == [None, "invalid input: `word` is missing"]


@pytest.mark.parametrize("body", [{"columns": {}}, {"rows": []}, {"columns": {"completion": [], "word": []}}])
def test_no_samples_have_no_scores(server: Running, body: dict[str, Any]) -> None:
    assert server.post("/score", body).json()["totals"] == []


def test_a_large_request_is_scored_as_a_small_one(server: Running, reward: Reward) -> None:
    columns = {name: values * 2500 for name, values in COLUMNS.items()}
    assert len(json.dumps(columns)) > app.LARGE
    assert (
        server.post("/score", {"columns": columns}).json()["totals"]
        == reward(COLUMNS, on_invalid="missing").tolist() * 2500
    )


def test_openrlhf_gets_lists(server: Running, reward: Reward) -> None:
    told = server.post("/openrlhf", queries(ROWS)).json()
    expected = [0.0 if total is None else total for total in reward(COLUMNS, on_invalid="missing").tolist()]
    assert told["rewards"] == expected
    assert told["scores"] == [reward / 3 for reward in expected]
    assert told["extra_logs"]["missing"] == [0, 0, 0, 0, 1]
    assert told["extra_logs"]["right/contribution"] == [1, 0, 0, 1, 0]


def test_openrlhf_may_ask_for_no_sample(server: Running) -> None:
    assert server.post("/openrlhf", queries([])).json() == {"rewards": [], "scores": [], "extra_logs": {}}


def test_slime_gets_a_number(server: Running, reward: Reward) -> None:
    totals = reward(COLUMNS, on_invalid="missing").tolist()
    for row, total in zip(ROWS, totals, strict=True):
        metadata = {"bonus": row["bonus"]}
        sample = {"prompt": "ask", "response": row["completion"], "label": {"word": row["word"]}, "metadata": metadata}
        assert server.post("/slime", sample).json() == (0 if total is None else total)


def test_what_trainers_call_otherwise_is_named(reward: Reward) -> None:
    with running(reward, naming=Naming({"word": "label"}, missing="2.5")) as named:
        assert named.post("/slime", {"response": "cat", "label": "cat"}).json() == 1.5
        assert named.post("/slime", {"response": "cat", "label": None}).json() == 2.5


def test_a_missing_score_may_be_an_error(reward: Reward) -> None:
    with running(reward, naming=Naming(missing="error")) as strict:
        told = strict.post("/openrlhf", queries(ROWS))
    assert told.status_code == 422
    assert told.json()["error"].startswith("sample 4 has no score: ")


def test_params_are_those_of_the_server(reward: Reward) -> None:
    with running(reward, params={"brevity": 0.25}) as started:
        assert started.post("/score", {"columns": COLUMNS}).json()["totals"][0] == 1.25


def test_requests_that_wait_are_scored_together_and_apart_in_what_they_get(server: Running, reward: Reward) -> None:
    rows = [ROWS[number % len(ROWS)] | {"completion": "cat" * (number % 9)} for number in range(120)]
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    expected = reward(columns, on_invalid="missing").tolist()
    before = calls(server)
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda row: server.post("/score", {"rows": [row]}).json(), rows))
    assert [total for one in told for total in one["totals"]] == expected
    assert calls(server) - before < len(rows)


def calls(server: Running) -> float:
    text = server.get("/metrics").text
    return float(text.partition("rewardlang_batch_samples_count ")[2].split()[0])


def test_groups_are_told_by_a_column_and_stay_apart() -> None:
    reward = rewardlang.compile(GROUPED)
    with pytest.raises(CallError, match="name their column, `--group COLUMN`"), running(reward):
        pass
    texts = ["a", "aaa", "aa", "a"]
    with running(reward, group="prompt") as grouped:
        body = {"columns": {"completion": texts, "prompt": ["p", "p", "q", "q"]}}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: grouped.post("/score", body).json()["totals"], range(24)))
        assert answers == [[0, 1, 1, 0]] * 24
        mixed = grouped.post("/score", {"columns": {"completion": texts, "prompt": ["p", "q", "p", "q"]}})
        absent = grouped.post("/score", {"columns": {"completion": texts, "promt": texts}})
        refused = grouped.post("/openrlhf", queries(ROWS))
    assert (mixed.status_code, absent.status_code, refused.status_code) == (422, 422, 404)
    assert mixed.json()["error"] == "`group`, sample 2: the samples of group 'p' do not stand together"
    assert absent.json()["error"] == "the column `prompt`, which tells the groups, is missing; is `promt` meant?"
    assert "compares the samples of a group (`over group`), and OpenRLHF asks" in refused.json()["error"]


def test_a_reward_that_compares_all_samples_has_each_request_alone() -> None:
    with running(rewardlang.compile(BATCHED)) as started, ThreadPoolExecutor(8) as pool:
        bodies = [{"columns": {"completion": ["a" * number, "a" * (number + 1)]}} for number in range(16)]
        answers = list(pool.map(lambda body: started.post("/score", body).json()["totals"], bodies))
    assert answers == [[0, 1]] * 16


REMEMBERS = """\
memory before: float = 0 per sample reset done
reward r(x: float, done: bool) -> float {
    remember before = x
    return x - before
}
"""


def test_a_reward_that_remembers_is_refused() -> None:
    with pytest.raises(CallError, match="`r` remembers `before`"), running(rewardlang.compile(REMEMBERS)):
        pass
