"""Each form of reply against the stand-in, and what a spec may not ask for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.diagnostics import CallError
from rewardlang.models import listwise
from rewardlang.models.signature import Field, Template
from rewardlang.models.stub.server import StubServer
from tests.models.judges import FIELDS, ask, judge, said, signature

if TYPE_CHECKING:
    from collections.abc import Callable

PAIR = (("prompt", "text", False), ("left", "text", False), ("right", "text", False))
LIST = (("principle", "text", False), ("prompt", "text", False), ("answer", "text", True))
RELEVANT = {"prompt": ["say one two three"], "completion": ["one two three say I"]}
IRRELEVANT = {"prompt": ["say one two three"], "completion": ["no"]}


@pytest.mark.parametrize(
    ("reply", "result", "low", "high", "good", "bad"),
    [
        ("score", "float", 0, 5, 5.0, 0.0), ("score", "int", 1, 5, 5, 1), ("json", "float", 0, 5, 5.0, 0.0),
        ("yes_no", "bool", 0, 1, True, False), ("yes_no", "float", 0, 1, 0.9, 0.1), ("yes_no", "float", -50, 50, 2.1972245, -2.1972245),
    ],
)  # fmt: skip
def test_a_reply_of_each_form(reply: str, result: str, low: float, high: float, good: Any, bad: Any) -> None:
    with StubServer() as server:
        model = judge(server, of=signature(result, low, high), reply=reply)
        assert model(RELEVANT).values == [pytest.approx(good)]
        assert model(IRRELEVANT).values == [pytest.approx(bad)]


def test_text_and_json_as_they_are() -> None:
    with StubServer(reply=said('<think>x</think>\n{"a": 1}')) as server:
        assert ask(judge(server, of=signature("text"), reply="text")).values == ['{"a": 1}']
        assert ask(judge(server, of=signature("json"), reply="json")).values == ['{"a":1}']
        assert server.bodies[-1]["response_format"] == {"type": "json_object"}


def test_no_log_probabilities() -> None:
    with StubServer(log_probabilities=False) as server:
        assert ask(judge(server, of=signature("bool", 0, 1), reply="yes_no")).reasons == ["no log-probabilities"]


def test_verdicts_in_both_orders_are_averaged() -> None:
    of = signature("float", 0, 1, PAIR)
    pairs = {"prompt": ["one two"] * 3, "left": ["one two", "no", "one"], "right": ["no", "one two", "two"]}
    with StubServer() as server:
        assert judge(server, of=of, reply="verdict")(pairs).values == [1.0, 0.0, 0.5]
        assert judge(server, of=of, reply="verdict", swap=True)(pairs).values == [1.0, 0.0, 0.5]
    with StubServer(reply=said("Verdict: A")) as server:  # one that always prefers the first
        assert judge(server, of=of, reply="verdict", swap=True)(pairs).values == [0.5] * 3
        assert server.requests == 4  # the second pair is the first, swapped
    with StubServer(faults=["404"]) as server:  # half a judgement is none
        assert judge(server, of=of, reply="verdict", swap=True)({k: v[:1] for k, v in pairs.items()}).reasons == [
            "http 404"
        ]


def by_seed(*texts: str) -> Callable[[dict[str, Any]], str]:
    return lambda body: texts[body["seed"] % len(texts)]


@pytest.mark.parametrize(
    ("texts", "result", "expected"),
    [
        (("1", "5", "4"), "float", 4.0), (("1", "5", "4", "2"), "float", 3.0), (("1", "5", "4", "2"), "int", 2),
        (("1", "x", "4"), "float", 2.5), (("x", "x", "4"), "float", None), (("x", "x", "4", "4"), "float", None),
    ],
)  # fmt: skip
def test_the_median_of_samples(texts: tuple[str, ...], result: str, expected: object) -> None:
    with StubServer(reply=by_seed(*texts)) as server:
        found = ask(judge(server, of=signature(result), samples=len(texts), attempts=1))
    assert found.values == [expected]
    assert found.reasons == [None if expected is not None else "unreadable reply"]


def test_the_most_frequent_of_samples() -> None:
    with StubServer(reply=by_seed("a", "b", "b")) as server:
        assert ask(judge(server, of=signature("text"), reply="text", samples=3)).values == ["b"]


def test_a_critique_comes_first_and_is_in_the_conversation() -> None:
    with StubServer() as server:
        assert judge(server, critique=True)(RELEVANT).values == [5.0]
        first, second = (body["messages"] for body in server.bodies)
    assert "Give no verdict yet" in first[0]["content"]
    assert second[:2] == first
    assert second[2] == {"role": "assistant", "content": "The text has 5 words."}
    assert "Score: N" in second[3]["content"]


def test_what_a_trained_judge_expects_is_sent_exactly() -> None:
    prompt = Template(("Evaluate: ", Field("completion"), ". Only answer Yes or No."))
    with StubServer() as server:
        judge(server, of=signature("bool", 0, 1), reply="yes_no", prompt=prompt, frame="none")(RELEVANT)
        assert server.bodies[0]["messages"] == [
            {"role": "user", "content": "Evaluate: one two three say I. Only answer Yes or No."}
        ]
        assert server.bodies[0]["top_logprobs"] == 20


# --- listwise ---


def test_a_list_is_judged_in_one_call() -> None:
    groups = {
        "principle": ["be relevant"] * 2,
        "prompt": ["one two"] * 2,
        "answer": [["no", "one two", "one"], ["two"]],
    }
    with StubServer() as server:
        found = judge(server, of=signature("float", 1, 5, LIST), reply="listwise")(groups)
        assert found.values == [[1.0, 5.0, 3.0], [3.0]]
        assert server.requests == 2
        sent = json.loads(server.bodies[0]["messages"][-1]["content"])
    assert list(sent) == ["principle", "prompt", "responses"]
    assert sorted(sent["responses"].values()) == ["no", "one", "one two"]


@pytest.mark.parametrize(
    ("reply", "value", "reason"),
    [
        ('{"scores": {"model-1": 2, "model-2": 9}, "best-to-worst": []}', [None, 2.0], None),
        ('```json\n{"scores": {"model-1": 2, "model-2": "3"}}\n```', [None, 2.0], None),
        ('{"scores": {"model-1": 9, "model-2": 9}}', None, "out of scale"),
        ('{"scores": {}}', None, "unreadable reply"), ('{"scores": [1, 2]}', None, "unreadable reply"),
        ("[]", None, "unreadable reply"), ("", None, "empty reply"),
    ],
)  # fmt: skip
def test_what_a_list_of_scores_may_be(reply: str, value: Any, reason: str | None) -> None:
    group = {"principle": ["x"], "prompt": ["y"], "answer": [["a", "b"]]}
    assert listwise.order(2, 42) == [1, 0]
    with StubServer(reply=said(reply)) as server:
        found = judge(server, of=signature("float", 1, 5, LIST), reply="listwise")(group)
    assert (found.values, found.reasons) == ([value], [reason])


@given(st.lists(st.text(), max_size=8), st.text(), st.integers(0, 9))
def test_no_text_closes_its_string(responses: list[str], prompt: str, seed: int) -> None:
    sent = json.loads(listwise.message({"prompt": prompt, "answer": responses}, "answer", seed))
    assert sent["prompt"] == prompt
    assert sorted(sent["responses"].values()) == sorted(responses)
    order = listwise.order(len(responses), seed)
    assert [sent["responses"][f"model-{at + 1}"] for at in range(len(order))] == [responses[at] for at in order]


@pytest.mark.parametrize(("count", "order"), [(2, [1, 0]), (3, [1, 0, 2]), (4, [2, 1, 3, 0]), (5, [3, 1, 2, 4, 0])])
def test_the_order_of_masked_names_is_the_originals(count: int, order: list[int]) -> None:
    assert listwise.order(count, listwise.SEED) == order


# --- what a spec may not ask for ---


@pytest.mark.parametrize(
    ("options", "result", "message"),
    [
        ({"reply": "stars"}, "float", "there is no reply `stars`"), ({"replay": 1}, "float", "did you mean `reply`"),
        ({"reply": "score"}, "text", "gives float or int, not text"), ({"reply": "listwise"}, "float", "goes with `reply: listwise`"),
        ({"samples": 0}, "float", "`samples`"), ({"attempts": 1.5}, "float", "`attempts`"), ({"temperature": -1}, "float", "`temperature`"),
        ({"frame": "box"}, "float", "`frame` is `tags` or `none`"), ({"swap": True}, "float", "`swap` belongs to"),
        ({"prompt": Template((Field("x"),))}, "float", "names `x`, which is no field"), ({"reply": 3}, "float", "`reply` is"),
        ({"model": None}, "float", "`model` is the name"),
    ],
)  # fmt: skip
def test_what_a_spec_may_not_ask_for_is_named(options: dict[str, Any], result: str, message: str) -> None:
    with StubServer() as server, pytest.raises(CallError, match=message):
        judge(server, of=signature(result), **options)


def test_a_verdict_needs_a_pair() -> None:
    with StubServer() as server, pytest.raises(CallError, match="needs two fields of text"):
        judge(server, of=signature("float", 0, 1, FIELDS[:1]), reply="verdict")
