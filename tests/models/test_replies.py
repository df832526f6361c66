"""What replies say, and what is not plainly said is missing."""

from __future__ import annotations

from math import exp, isfinite
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.models import completions
from rewardlang.models.failure import Failure
from rewardlang.models.replies import FLOOR, log_odds, reader, visible
from rewardlang.models.request import Reply
from tests.models.judges import signature

UNREADABLE, OUT, EMPTY = "unreadable reply", "out of scale", "empty reply"


def read(kind: str, text: str, result: str = "float", low: float = 0, high: float = 5) -> Any:
    try:
        return reader(kind, signature(result, low, high))(Reply(text=text))
    except Failure as error:
        return error.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Score: 4", 4.0), ("4", 4.0), (" 4.5 ", 4.5), ("4/5", 4.0), ("Score: 4/5", 4.0), ("**Score:** 3", 3.0),
        ("Good.\n\nScore: 2\n", 2.0), ("Final score = 3.", 3.0), ('{"score": 3}', 3.0), ("SCORE: +1", 1.0),
        ("They wrote `Score: 5`.\nScore: 1", 1.0), ("Score: 4, because it is good", 4.0), ("-0", 0.0), (".5", 0.5),
        ("<think>Score: 5</think>Score: 1", 1.0), ("thinking Score: 5</think>\nScore: 0", 0.0),
        ("Score: 6", OUT), ("-1", OUT), ("Score: -0.001", OUT), ("7", OUT),
        ("Score: 4/10", UNREADABLE), ("4/10", UNREADABLE), ("Score: 80%", UNREADABLE), ("Score: 4,5", UNREADABLE),
        ("Score: 4-5", UNREADABLE), ("Score: four", UNREADABLE), ("nan", UNREADABLE), ("Score: inf", UNREADABLE),
        ("I like 3 things and 4 others", UNREADABLE), ("Score: 1e0", UNREADABLE), ("9" * 10**5, UNREADABLE),
        ("Score: " + "1" * 10**5, UNREADABLE), ("underscore: 3", UNREADABLE), ("٣", UNREADABLE),
        ("", EMPTY), ("  \n", EMPTY), ("<think>Score: 3</think>", EMPTY), ("<think>Score: 3", EMPTY),
    ],
)  # fmt: skip
def test_scores(text: str, expected: object) -> None:
    assert read("score", text) == expected


def test_a_whole_number_is_not_rounded() -> None:
    assert read("score", "Score: 4.0", "int") == 4
    assert read("score", "Score: 4.5", "int") == UNREADABLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Verdict: A", 1.0), ("verdict: b", 0.0), ("**Verdict:** tie", 0.5), ("A", 1.0), ("[[B]]", 0.0), ("[[C]]", 0.5),
        ("Verdict: [[A]]", 1.0), ("Verdict: A\nno:\nVerdict: B", 0.0), ("tie.", 0.5), ("A is better", UNREADABLE),
        ("Verdict: Apple", UNREADABLE), ("Verdict: neither", UNREADABLE), ("", EMPTY),
    ],
)  # fmt: skip
def test_verdicts(text: str, expected: object) -> None:
    assert read("verdict", text, "float", 0, 1) == expected


@pytest.mark.parametrize(
    ("text", "result", "expected"),
    [
        ('{"a": [1]}', "json", '{"a":[1]}'), ('```json\n{"a": 1}\n```', "json", '{"a":1}'), ("null", "json", "null"),
        ('{"score": 3}', "float", 3.0), ('{"score": 3}', "int", 3), ('{"score": true}', "bool", True),
        ('{"score": "x"}', "text", "x"), ('{"score": 9}', "float", OUT), ('{"score": 1e400}', "float", UNREADABLE),
        ('{"score": true}', "float", UNREADABLE), ('{"score": "3"}', "float", UNREADABLE), ("3", "float", UNREADABLE),
        ('{"scores": 3}', "float", UNREADABLE), ('{"a": 1} and more', "json", UNREADABLE), ("{'a': 1}", "json", UNREADABLE),
        ('{"a": NaN}', "json", UNREADABLE), ("[" * 10**5, "json", UNREADABLE), ("```", "json", UNREADABLE),
    ],
)  # fmt: skip
def test_json(text: str, result: str, expected: object) -> None:
    assert read("json", text, result) == expected


@given(st.sampled_from(["score", "verdict", "json", "text"]), st.text())
def test_every_text_is_read_or_missing(kind: str, text: str) -> None:
    result = "text" if kind == "text" else "float"
    found = read(kind, text, result)
    assert isinstance(found, str) or (isfinite(found) and 0 <= found <= 5)


@pytest.mark.parametrize(
    "text", ["score:1,1 " * 10**5, "```" + "\n" * 10**6, "verdict: " * 10**5, "<think>" * 10**5, "1" * 10**6]
)
@pytest.mark.parametrize("kind", ["score", "verdict", "json"])
def test_long_replies_are_read_too(kind: str, text: str) -> None:
    assert read(kind, text) in {UNREADABLE, EMPTY}


def test_thinking_is_not_seen() -> None:
    assert visible("<think>a</think> b <think>c</think> d") == "d"
    assert visible("b <think>c") == "b"


# --- yes or no ---


def yes_no(
    token: str, tops: list[tuple[str, float]] | None, result: str = "float", low: float = -50, high: float = 50
) -> Any:
    try:
        return reader("yes_no", signature(result, low, high))(Reply(text=token, token=token, tops=tops))
    except Failure as error:
        return error.reason


@pytest.mark.parametrize(
    ("tops", "expected"),
    [
        ([(" Yes", -0.1), (" No", -2.3)], 2.2),
        ([(" No", -0.1), (" Yes", -2.3), ("Yes", -0.2)], -2.2),  # another form is another token
        ([(" Yes", 0.0)], 50.0),  # what is not listed counts as -50
        ([(" Yes", 0.0), (" No", -99.0)], 50.0),
        ([(" Maybe", 0.0), (" Yes", -60.0), (" No", -1.0)], -49.0),
        ([(" Yes", -3.0), (" Maybe", -0.1), (" No", -3.0)], 0.0),
    ],
)
def test_log_odds_are_those_of_rlbff(tops: list[tuple[str, float]], expected: float) -> None:
    assert yes_no(tops[0][0], tops) == pytest.approx(expected, abs=1e-9)


def test_a_form_without_a_chosen_word_is_that_of_the_likelier() -> None:
    assert log_odds("Well", [("Well", -0.1), ("no", -2.0), ("Yes", -3.0), ("yes", -4.0)]) == pytest.approx(-2.0)
    assert log_odds("Well", [("Well", -0.1)]) is None


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(-80, 80))
def test_log_odds_from_logits_as_the_card_computes_them(yes: float, no: float, other: float) -> None:
    most = max(yes, no, other)
    expected = max(yes - most, FLOOR) - max(no - most, FLOOR)
    assert log_odds(" Yes", [(" Yes", yes), ("x", other), (" No", no)]) == pytest.approx(expected, abs=1e-9)


def test_a_result_in_0_to_1_is_the_probability_and_a_bool_the_likelier() -> None:
    tops = [("Yes", -0.1), ("No", -2.3)]
    assert yes_no("Yes", tops, "float", 0, 1) == pytest.approx(1 / (1 + exp(-2.2)))
    assert yes_no("Yes", tops, "bool", 0, 1) is True
    assert yes_no("No", [("No", -0.1), ("Yes", -2.3)], "bool", 0, 1) is False


def test_a_server_that_gives_no_log_probabilities_is_missing() -> None:
    assert yes_no("Yes", None) == "no log-probabilities"
    assert yes_no("", None) == EMPTY
    assert yes_no("Well", [("Well", -0.1)]) == UNREADABLE


# --- responses of completions ---


def response(content: Any, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}, **choice}]}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a", "a"), (None, ""), ([], ""),
        ([{"type": "text", "text": ""}, {"type": "text", "text": "Score: 3"}], "Score: 3"),
        ([{"type": "thinking", "thinking": "Score: 5"}, {"type": "text", "text": "Score: 3"}], "Score: 3"),
        ([{"type": "reasoning", "text": "Score: 5"}, {"type": "output_text", "text": "4"}], "4"),
    ],
)  # fmt: skip
def test_blocks_of_content(content: Any, text: str) -> None:
    assert completions.read(response(content)).text == text


def place(token: str, *tops: tuple[str, float]) -> dict[str, Any]:
    return {
        "token": token,
        "logprob": -0.1,
        "top_logprobs": [{"token": name, "logprob": chance} for name, chance in tops],
    }


def test_the_last_place_where_a_word_was_chosen_counts() -> None:
    places = [
        place("No", ("No", -0.1)),
        place("</think>", ("Yes", -0.1)),
        place(" Yes", (" Yes", -0.5)),
        place("<eos>", ("<eos>", 0)),
    ]
    found = completions.read(response("x", logprobs={"content": places}))
    assert (found.token, found.tops) == (" Yes", [(" Yes", -0.5)])


@pytest.mark.parametrize(
    "refusal", [response(None, finish_reason="content_filter"), {"choices": [{"message": {"refusal": "no"}}]}]
)
def test_a_refusal_is_a_reason(refusal: Any) -> None:
    with pytest.raises(Failure, match="refused"):
        completions.read(refusal)


JSON = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["choices", "message", "content", "logprobs", "token", "logprob", "top_logprobs", "usage", "type", "text", "prompt_tokens"]), inner, max_size=4))  # fmt: skip


@given(JSON | JSON.map(lambda value: {"choices": [{"message": {"content": value}, "logprobs": value}], "usage": value}))
def test_every_response_is_a_reply_or_a_failure(value: Any) -> None:
    found: Any
    try:
        found = completions.read(value)
    except Failure as error:
        found = error
    if isinstance(found, Failure):
        assert found.reason in {"invalid response", "refused"}
    else:
        assert msgspec.json.decode(msgspec.json.encode(found), type=Reply) == found
