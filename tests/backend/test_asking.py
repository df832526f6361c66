"""Models that the host asks: which samples do, what they ask, and what becomes of the answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Sequence

JUDGE = "model judge(prompt: text, completion: text) -> score?\n"


class Recorded:
    """A model that keeps what it was asked; it marks by the length of the last field."""

    def __init__(self) -> None:
        self.requests: list[tuple[Any, ...]] = []
        self.calls = 0

    def __call__(self, **fields: Sequence[Any]) -> list[float | None]:
        self.calls += 1
        asked = list(zip(*fields.values(), strict=True))
        self.requests += asked
        return [None if "bad" in request[-1] else min(len(request[-1]) / 10, 1) for request in asked]


def compiled(text: str, **models: Any) -> rewardlang.Reward:
    return rewardlang.compile(text, models=models)


def test_the_answers_are_the_values_and_a_failure_is_missing_with_its_reason() -> None:
    judge = Recorded()
    reward = compiled(
        JUDGE + "reward r(prompt: text, completion: text) -> float? { judge(prompt, completion) }", judge=judge
    )
    scores = reward(prompt=["p"] * 3, completion=["abc", "bad", "abcde"])
    assert scores.tolist() == pytest.approx([0.3, None, 0.5])
    assert scores.reasons == (None, "the model `judge`: it gave no value", None)
    assert scores.models["judge"].asked == 3
    assert scores.models["judge"].answered == 2
    assert scores.models["judge"].reasons == {"it gave no value": 1}
    assert scores.models["judge"].missing_rate == pytest.approx(1 / 3)


def test_equal_requests_are_made_once() -> None:
    judge = Recorded()
    text = (
        JUDGE
        + """
    reward r(prompt: text, completion: text) -> float? {
        mean { a: judge(prompt, completion)  b: judge(prompt, strip(completion)) }
    }"""
    )
    compiled(text, judge=judge)(prompt=["p", "q", "p", "p"], completion=["x", "x", "x", "y"])
    assert sorted(judge.requests) == sorted([("p", "x"), ("q", "x"), ("p", "y")] * 2)


GATES = {
    "a gate": "sum { gate length(completion) > least { a: judge(prompt, completion) } }",
    "an if": "if length(completion) > least then judge(prompt, completion) else 0",
    "a choice": "sum { b: choose (if length(completion) > least then 1 else 0) { 1: judge(prompt, completion) else: 0 } }",
    "the other side": "if length(completion) <= least then 0.5 else judge(prompt, completion)",
    "a default": "(if length(completion) > least then judge(prompt, completion) else 0) ?? 0.25",
    "and": "sum { a: (length(completion) > least and (judge(prompt, completion) ?? 0) > 0.2) }",
    "or": "sum { a: (length(completion) <= least or (judge(prompt, completion) ?? 0) > 0.2) }",
}
COMPLETIONS = ["x" * n for n in range(10)]


@pytest.mark.parametrize("bound", ["const least = 6", "param least: float in 0..20 = 6"], ids=("host", "device"))
@pytest.mark.parametrize("body", GATES.values(), ids=GATES)
def test_only_samples_whose_result_depends_on_it_ask(body: str, bound: str) -> None:
    if "choose" in body:
        body = body.replace(
            "choose (if length(completion) > least then 1 else 0) { 1:", "gate length(completion) > least { c:"
        )
        body = body.replace(" else: 0 }", " }")
    judge = Recorded()
    text = f"{bound}\n{JUDGE}reward r(prompt: text, completion: text) -> float? {{ {body} }}"
    reward = compiled(text, judge=judge)
    scores = reward(prompt=["p"] * 10, completion=COMPLETIONS)
    assert {request[1] for request in judge.requests} == set(COMPLETIONS[7:])
    assert not scores.missing.any()


def test_a_gate_on_a_device_value_asks_with_the_params_of_the_call() -> None:
    judge = Recorded()
    text = (
        JUDGE + "param least: float in 0..20 = 6\n"
        "reward r(prompt: text, completion: text) -> float? { gate length(completion) > least { a: judge(prompt, completion) } }"
    )
    reward = compiled(text, judge=judge)
    reward(prompt=["p"] * 10, completion=COMPLETIONS, params={"least": 8.0})
    assert [request[1] for request in judge.requests] == COMPLETIONS[9:]
    judge.requests.clear()
    # For a sweep nobody knows the params: every sample that some of them could ask for.
    reward.prepare(prompt=["p"] * 10, completion=COMPLETIONS)
    assert {request[1] for request in judge.requests} == set(COMPLETIONS)


def test_a_gate_over_a_group_asks_by_the_group() -> None:
    judge = Recorded()
    text = (
        JUDGE
        + """
    reward r(prompt: text, completion: text, right: float) -> float? {
        gate mean(right over group) < 0.75 { a: judge(prompt, completion) }
    }"""
    )
    reward = compiled(text, judge=judge)
    scores = reward(prompt=["p"] * 4, completion=["a", "bb", "c", "dd"], right=[1, 1, 0, 1], group=2)
    assert {request[1] for request in judge.requests} == {"c", "dd"}
    assert scores.tolist() == pytest.approx([0, 0, 0.1, 0.2])


def test_a_gate_on_another_model_asks_in_turn() -> None:
    first, second = Recorded(), Recorded()
    text = """
    model first(x: text) -> score?
    model second(x: text) -> score?
    reward r(completion: text) -> float? {
        gate (first(completion) ?? 0) > 0.5 { a: second(completion) }
    }"""
    compiled(text, first=first, second=second)(completion=COMPLETIONS)
    assert len(first.requests) == 10
    assert {request[0] for request in second.requests} == set(COMPLETIONS[6:])


def test_invalid_samples_do_not_ask() -> None:
    judge = Recorded()
    text = JUDGE + "reward r(prompt: text, completion: text, x: float) -> float? { judge(prompt, completion) + x }"
    scores = compiled(text, judge=judge)(
        prompt=["p"] * 3, completion=["a", "b", "c"], x=[1, np.nan, 2], on_invalid="missing"
    )
    assert {request[1] for request in judge.requests} == {"a", "c"}
    assert scores.missing.tolist() == [False, True, False]


def test_the_answer_of_one_model_is_asked_of_the_next() -> None:
    judge = Recorded()
    text = """
    model critique(completion: text) -> text?
    model judge(critique: text) -> score?
    reward r(completion: text) -> float? { judge(critique(completion)) }
    """

    def critique(completion: Sequence[str]) -> list[str | None]:
        return [None if c == "none" else c * 2 for c in completion]

    scores = compiled(text, critique=critique, judge=judge)(completion=["ab", "none", "abc"])
    assert [request[0] for request in judge.requests] == ["abab", "abcabc"]
    assert scores.tolist() == pytest.approx([0.4, None, 0.6])
    assert scores.reasons[1] == "the model `critique`: it gave no value"


def test_lists_vecs_and_documents_go_in_and_out() -> None:
    text = """
    record Verdict { score: float in 0..10, why: text? }
    model pick(options: text[option], near: point) -> vec[2]
    model verdict(x: text) -> Verdict?
    model each(x: text) -> score
    reward r(completion: text) -> float? {
        let v = verdict(completion)
        return sum {
            picked: sum(pick(words(completion), point(1, 2)) over dim)
            verdict: v.score
            each: sum(each(words(completion)))
        }
    }"""
    asked: list[Any] = []

    def pick(options: Sequence[list[str]], near: Sequence[Any]) -> list[list[float]]:
        asked.extend(zip(options, near, strict=True))
        return [[len(o), 0.5] for o in options]

    def verdict(x: Sequence[str]) -> list[Any]:
        return [{"score": 3} if t != "no" else '{"score": 11}' for t in x]

    reward = compiled(text, pick=pick, verdict=verdict, each=lambda x: np.array([len(t) / 10 for t in x]))
    scores = reward(completion=["a bb", "no", ""])
    assert scores.tolist() == pytest.approx([2.5 + 3 + 0.3, None, 0.5 + 3 + 0])
    assert scores.reasons[1] == "the model `verdict`: not the JSON of a `Verdict`"
    assert [options for options, _ in asked] == [["a", "bb"], ["no"], []]
    assert all(list(near) == [1, 2] for _, near in asked)


LISTWISE = """
model rank(principle: text, responses: text[group]) -> float?[group]
reward r(completion: text) -> float? { rank("brief", completion) }
"""


def test_a_model_over_the_group_is_asked_once_a_group() -> None:
    asked: list[Any] = []

    def rank(principle: Sequence[str], responses: Sequence[list[str]]) -> list[Any]:
        asked.extend(zip(principle, responses, strict=True))
        return [None if "bad" in group else [float(len(one)) for one in group] for group in responses]

    scores = compiled(LISTWISE, rank=rank)(completion=["a", "bb", "bad", "c", "d", "e"], group=[0, 0, 1, 1, 2, 2])
    assert scores.tolist() == [1, 2, None, None, 1, 1]
    assert asked == [("brief", ["a", "bb"]), ("brief", ["bad", "c"]), ("brief", ["d", "e"])]


def test_a_model_over_the_group_compares_its_samples() -> None:
    assert compiled(LISTWISE, rank=lambda **_: []).interface.across == {"group"}
    assert compiled(SURE, sure=lambda **_: []).interface.across == frozenset()


def test_a_model_over_the_group_needs_groups() -> None:
    with pytest.raises(CallError, match="`rank` looks at whole groups: pass `group=`"):
        compiled(LISTWISE, rank=lambda **_: [])(completion=["a"])


def test_a_field_beside_the_group_is_the_same_for_all_of_it() -> None:
    text = """
    model rank(prompt: text, responses: text[group]) -> float?[group]
    reward r(prompt: text, completion: text) -> float? { rank(prompt, completion) }
    """
    with pytest.raises(CallError, match="`prompt` is the same for a whole group, but sample 1 differs from 0"):
        compiled(text, rank=lambda **_: [])(prompt=["p", "q"], completion=["a", "b"], group=2)


SURE = "model sure(x: text) -> float in 0..1\nreward r(x: text) -> float { sure(x) }"
UNFIT = {
    "too few": (lambda x: [0.5] * (len(x) - 1), "must give a list of 2 values, one a request, but gave 1 values"),
    "no list": (lambda x: 0.5, "but gave float"),  # noqa: ARG005
    "none": (lambda x: [None] * len(x), "request 0: it gave no value, and its result is never missing"),
    "NaN": (lambda x: [0.5, float("nan")], "request 1: it gave no value"),  # noqa: ARG005
    "infinite": (lambda x: [0.5, float("inf")], "request 1: not finite: inf"),  # noqa: ARG005
    "out of scale": (lambda x: [0.5, 2], r"request 1: out of scale: 2 is not in 0\.\.1"),  # noqa: ARG005
    "a text": (lambda x: [*x], "request 0: expected a number, got 'a'"),
    "a raise": (lambda x: x[5], "request 0: IndexError"),
}


@pytest.mark.parametrize(("function", "message"), UNFIT.values(), ids=UNFIT)
def test_what_does_not_fit_the_signature_is_one_clear_error(function: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        compiled(SURE, sure=function)(x=["a", "b"])


@pytest.mark.parametrize(("function", "message"), [UNFIT[k] for k in ("none", "infinite", "out of scale", "a raise")])
def test_where_the_result_is_optional_it_is_missing(function: Any, message: str) -> None:
    text = (
        SURE.replace("0..1", "0..1?").replace("float in 0..1?", "float? in 0..1").replace("-> float {", "-> float? {")
    )
    scores = compiled(text, sure=function)(x=["a", "b"])
    assert scores.missing.any()
    assert any(reason and reason.startswith("the model `sure`: ") for reason in scores.reasons), message


def test_an_async_function_is_awaited_inside_a_loop_and_outside() -> None:
    async def judge(prompt: Sequence[str], completion: Sequence[str]) -> list[float]:
        await asyncio.sleep(0)
        return [len(p + c) / 10 for p, c in zip(prompt, completion, strict=True)]

    reward = compiled(
        JUDGE + "reward r(prompt: text, completion: text) -> float? { judge(prompt, completion) }", judge=judge
    )

    async def inside() -> list[Any]:
        return reward(prompt=["p"], completion=["ab"]).tolist()

    assert reward(prompt=["p"], completion=["ab"]).tolist() == pytest.approx([0.3])
    assert asyncio.run(inside()) == pytest.approx([0.3])


def test_what_is_bound_is_checked_before_anything_is_scored() -> None:
    with pytest.raises(CallError, match="asks no model `juge`: did you mean `judge`"):
        compiled(JUDGE + "reward r(x: text) -> float? { judge(x, x) }", juge=len)
    with pytest.raises(CallError, match=r"the model `judge` has no backend: pass `models=\{\"judge\": f\}`"):
        compiled(JUDGE + "reward r(x: text) -> float? { judge(x, x) }")
    with pytest.raises(CallError, match="`judge` must be a function of lists, not str"):
        compiled(JUDGE + "reward r(x: text) -> float? { judge(x, x) }", judge="gpt")


def test_principles_are_the_weighted_mean_of_the_judge_on_each() -> None:
    text = """
    model judge(completion: text, principle: text) -> score?
    reward r(completion: text) -> float? {
        principles judge(completion) { short: "Be short." plain: "Be plain, always." weight 3 }
    }"""
    scores = compiled(text, judge=Recorded())(completion=["x"])
    assert scores.tolist() == pytest.approx([(0.9 + 3 * 1) / 4])
    assert set(scores.terms) == {"short", "plain"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=12), st.floats(0, 8))
def test_a_batch_scores_as_its_samples_do_alone(texts: list[str], least: float) -> None:
    scores = GATED(completion=texts, params={"least": least})
    for place, text in enumerate(texts):
        alone = GATED(completion=[text], params={"least": least})
        assert alone.missing[0] == scores.missing[place]
        if not scores.missing[place]:
            assert alone.tolist() == pytest.approx([scores.tolist()[place]])


GATED = rewardlang.compile(
    """
    model judge(completion: text, principle: text) -> score?
    param least: float in 0..20 = 3
    reward r(completion: text) -> float? {
        sum {
            gate length(completion) > least { p: principles judge(completion) { a: "A" b: "B" weight 2 } }
            metric m: judge(completion, "M") ?? 0
        }
    }""",
    models={
        "judge": lambda completion, principle: [
            None if "0" in c else (len(c + p) % 7) / 7 for c, p in zip(completion, principle, strict=True)
        ]
    },
)


# --- asking less changes nothing --------------------------------------------------------------------------------------

NESTED = """
model a(x: text) -> score?
model b(x: text, y: text) -> float? in -1..1
model c(x: text) -> bool
model best(options: text[option]) -> score?
param least: float in 0..20 = 3
param strict: bool = false
reward r(x: text, y: text, z: float in -5..5 = 0) -> float? {
    let first = a(x) ?? 0
    let pieces = words(y)
    return sum {
        one: if first > 0.5 and length(x) > least then b(x, y) else b(y, x) ?? 0
        two: gate c(x) or z > 1 {
            inner: mean { p: a(y) ?? first  q: max(a(pieces) ?? 0.25) weight 2 + z / 5 }
            choice: choose y { "x": b(x, x) "y", "z": if strict then a(x + y) else best(pieces) else: 0.5 }
        } weight 0.5
        metric three: if z < 0 then a(y) ?? 0.1 else 0.2
        four: mean(if length(pieces) > 1 then a(pieces) ?? 0 else 0.75) ?? 0
        outcome five: tiers { low: c(y) high: a(x) ?? 0 }
        six: mean((if z > mean(z over group) then b(x, "g") ?? 0 else 0) over group)
    }
}
"""


def hashed(*request: Any) -> int:
    return sum(map(ord, repr(request)))


ANSWERS: dict[str, Any] = {
    "a": lambda x: [None if hashed(t) % 5 == 0 else hashed(t) % 7 / 7 for t in x],
    "b": lambda x, y: [None if hashed(*t) % 6 == 0 else hashed(*t) % 9 / 4.5 - 1 for t in zip(x, y, strict=True)],
    "c": lambda x: [hashed(t) % 2 == 0 for t in x],
    "best": lambda options: [None if not o else hashed(o) % 4 / 4 for o in options],
}


def nested(*, everything: bool) -> rewardlang.Reward:
    reward = compiled(NESTED, **ANSWERS)
    if everything:
        graph = reward.executor.graph
        true = next(i for i, node in enumerate(graph.nodes) if getattr(node.operation, "value", None) is True)
        staged = reward.executor.staged
        reward.executor.staged = replace(staged, demands=dict.fromkeys(staged.demands, true))
    return reward


LAZY, EAGER = nested(everything=False), nested(everything=True)
SAMPLES = st.tuples(
    st.sampled_from(["x", "y", "z", "long text", "a b"]) | st.text(max_size=5), st.floats(-5, 5, width=32)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SAMPLES, SAMPLES), min_size=1, max_size=6), st.floats(0, 12, width=32), st.booleans())
def test_asking_less_changes_neither_totals_nor_terms(rows: list[Any], least: float, strict: bool) -> None:  # noqa: FBT001 - drawn
    columns = {"x": [a for (a, _), _ in rows], "y": [b for _, (b, _) in rows], "z": [z for (_, z), _ in rows]}
    params = {"least": least, "strict": strict}
    lazy, eager = (reward(columns, params=params, group=2 if len(rows) % 2 == 0 else 1) for reward in (LAZY, EAGER))
    assert lazy.missing.tolist() == eager.missing.tolist()
    assert lazy.tolist() == eager.tolist()
    for path, term in lazy.terms.items():
        assert term.active.tolist() == eager.terms[path].active.tolist(), path
        # What is not active may or may not have been asked.
        assert term.raw.tolist() == eager.terms[path].raw.tolist(), path
    for name, model in lazy.models.items():
        assert model.asked <= eager.models[name].asked
