"""Models that take a list as a whole and give an entry for each of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rewardlang
from rewardlang import Calling
from rewardlang.models.stub.server import StubServer

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE = "model rate(question: text, answers: text[answer]) -> float?[answer] in 0..9\n"


class Recorded:
    """Marks answers by their lengths, none that is empty; it keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, list[str]]] = []

    def __call__(self, question: Sequence[str], answers: Sequence[list[str]]) -> list[Any]:
        self.requests += zip(question, answers, strict=True)
        return [[len(one) or None for one in each] if "bad" not in each else None for each in answers]


@pytest.fixture
def rate() -> Recorded:
    return Recorded()


def test_a_list_is_one_request_and_each_entry_has_its_answer(rate: Recorded) -> None:
    reward = rewardlang.compile(
        RATE + "reward r(question: text, made: text[made]) -> float?[made] { rate(question, made) }",
        models={"rate": rate},
    )
    lists = [["a", "bb"], ["", "ccc"], ["bad", "d"], [], ["a", "bb"]]
    scores = reward(question=["q"] * 5, made=lists)
    assert scores.tolist() == [[1, 2], [None, 3], None, [], [1, 2]]
    assert rate.requests == [("q", lists[0]), ("q", lists[1]), ("q", lists[2])]
    assert scores.reasons[2] == "the model `rate`: it gave no value"
    assert dict(scores.models["rate"].reasons) == {"it gave no value": 2, "no score for this entry": 1}


def test_a_list_is_asked_about_where_one_of_its_entries_counts(rate: Recorded) -> None:
    reward = rewardlang.compile(
        RATE
        + "param least: float = 1\n"
        + "reward r(question: text, made: text[made], share: float[made]) -> float? {\n"
        + "    sum(if share > least then rate(question, made) else 0, missing: spread)\n}",
        models={"rate": rate},
    )
    columns = {
        "question": ["q"] * 3,
        "made": [["a", "bb"], ["c", ""], ["d", "bad"]],
        "share": [[0, 2], [2, 0], [0, 1]],
    }
    scores = reward(columns)
    # The entry without an answer does not count in the second list, nor any entry in the third.
    assert scores.tolist() == [2, 1, 0]
    assert [answers for _, answers in rate.requests] == [["a", "bb"], ["c", ""]]
    assert reward(columns, params={"least": 0.5}).tolist() == [2, 1, None]


def test_a_call_along_another_list_has_both(rate: Recorded) -> None:
    reward = rewardlang.compile(
        RATE
        + "reward r(questions: text, made: text[made]) -> float? {\n"
        + "    let each = rate(words(questions), made)\n"
        + "    return sum(max(each ?? 0 over made) ?? 0)\n}",
        models={"rate": rate},
    )
    assert reward(questions=["p q p", "p"], made=[["a", "bb"], ["ccc"]]).tolist() == [6, 3]
    assert [question for question, _ in rate.requests] == ["p", "q", "p"]


def test_an_answer_that_is_no_such_list_is_missing() -> None:
    wrong: list[Any] = [[1.0], [1.0, 2.0, 3.0], 1.0, "ab", [1.0, 10.0], [1.0, float("nan")], ["a", "b"]]
    reward = rewardlang.compile(
        RATE + "reward r(question: text, made: text[made]) -> float?[made] { rate(question, made) }",
        models={
            "rate": lambda question, answers: [wrong[int(place)] for place, _ in zip(question, answers, strict=True)]
        },
    )
    scores = reward(question=list(map(str, range(len(wrong)))), made=[["a", "b"]] * len(wrong))
    assert scores.tolist() == [None] * len(wrong)
    assert scores.reasons[0] == "the model `rate`: expected 2 scores for a list, got [1.0]"


def test_a_list_is_judged_by_a_server_in_one_call() -> None:
    backend = 'chat("stub", reply: listwise)'
    text = f"model rate(principle: text, prompt: text, answers: text[answer]) -> float?[answer] in 1..5 = {backend}\n"
    text += 'reward r(prompt: text, made: text[made]) -> float?[made] { rate("be relevant", prompt, made) }'
    with StubServer() as server:
        reward = rewardlang.compile(text, calling=Calling(url=server.url))
        assert reward(prompt=["one two"], made=[["no", "one two", "one"]]).tolist() == [[1, 5, 3]]
        assert server.requests == 1
