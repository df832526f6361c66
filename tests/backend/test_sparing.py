"""What does not count is left out, and changes no score: choices that a param has decided, and rows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang.backend import executor, sparing
from rewardlang.backend.host_values import NOTHING
from rewardlang.ir.graph import Call
from rewardlang.ops.builtin import Rows
from rewardlang.types import BOOL, FLOAT, INT

if TYPE_CHECKING:
    from rewardlang.backend.reward import Reward
    from rewardlang.ir.graph import GraphNode

SPECS = {"quick": 60, "ci": 150, "deep": 2000}[os.environ.get("REWARDLANG_PROFILE", "quick")]

SPEC = """
param by_words: bool = false
param doubled: bool = true

reward total(reply: text) -> float {
    return sum {
        size: if by_words then count(words(reply)) else length(reply)
        same: if doubled then sum(length(words(reply)) * 2) else count_matches(reply, /a/)
    }
}
"""
REPLIES = ["a bc def", "", "aa", "banana split"] * 5


@pytest.mark.parametrize("by_words", [False, True])
@pytest.mark.parametrize("doubled", [False, True])
def test_choices_by_params_score_as_python_does(by_words: bool, doubled: bool) -> None:  # noqa: FBT001 - cases
    reward = rewardlang.compile(SPEC)
    sizes = [len(reply.split()) if by_words else len(reply) for reply in REPLIES]
    same = [2 * sum(map(len, reply.split())) if doubled else reply.count("a") for reply in REPLIES]
    found = reward({"reply": REPLIES}, params={"by_words": by_words, "doubled": doubled}).total
    assert found.tolist() == (np.array(sizes) + np.array(same)).tolist()
    left_out = sparing.spared(reward.executor.staged, {"by_words": by_words, "doubled": doubled})
    names = {getattr(reward.executor.graph.nodes[node].operation, "builtin", None) for node in left_out.nodes}
    assert ("count_matches" in {getattr(builtin, "name", "") for builtin in names}) == doubled


# --- rows that do not count ---

TEXTS = st.text("ab1 .", max_size=6)
NUMBERS = st.sampled_from(
    ["edit_similarity(a, b) ?? 0.25", "rouge_l(a, b) ?? 0", "chrf(a, b)", "number(a) ?? 3", "count(words(b))", "k", "1"]
)
TRUTHS = st.sampled_from(
    [
        'contains(a, "a")',
        'equals(json(b), json(a)) ?? contains(b, "1")',
        "flag",
        "k > 0.5",
        "present(number(b))",
        "true",
    ]
)


def _trees(draw: st.DrawFn, depth: int) -> tuple[str, str]:
    """A number and a bool, whose parts are guarded by each other."""
    if not depth:
        return f"({draw(NUMBERS)})", f"({draw(TRUTHS)})"
    (number, truth), (other, unlike) = _trees(draw, depth - 1), _trees(draw, depth - 1)
    numbers = (
        f"(if {truth} then {number} else {other})", f"(if not {unlike} then {other} else {number})",
        f"({number} + {other})", f"max({number}, {other})", f"((if {truth} then {number} else {other}) ?? 2)",
        f"sum(if words(a) == b or {truth} then edit_similarity(words(a), b) ?? 0 else {number} over word)",
        f"count(left == right and assign(edit_similarity(left, right) ?? {number}, by: best) over (left, right))",
    )  # fmt: skip
    truths = (
        f"({truth} and {unlike})", f"({truth} or {unlike})", f"(not {truth})", f"({number} > {other})",
        f"(if {unlike} then {truth} else {number} > 0.5)", f"any(words(b) == a and {truth} over word)",
    )  # fmt: skip
    return draw(st.sampled_from(numbers)), draw(st.sampled_from(truths))


@st.composite
def guarded(draw: st.DrawFn) -> str:
    """A reward in which calls that take long stand behind conditions, some of which ask such calls."""
    (number, truth), (other, _) = _trees(draw, 3), _trees(draw, 2)
    return f"""
param flag: bool = true
reward total(a: text, b: text, k: float) -> float {{
    let left: text[left] = words(a)
    let right: text[right] = words(b)
    let shared = {other}
    return sum {{
        one: if {truth} then {number} else shared
        gate {truth} {{ two: shared  three: {number} }}
        metric longest: max(count(left), count(right))
        metric always: if flag then k else 0
    }}
}}
"""


def scored(reward: Reward, rows: list[tuple[str, str, float]], params: dict[str, Any]) -> list[Any]:
    """All that a call gives, and what the device gives for a batch that was prepared without the params."""
    a, b, k = map(list, zip(*rows, strict=True))
    scores = reward(a=a, b=b, k=k, params=params)
    parts = [scores.total, scores.missing]
    for term in scores.terms.values():
        parts += [term.raw, term.active, term.contribution]
    device = reward.device(params, reward.prepare(a=a, b=b, k=k), terms="all")
    return [np.ma.filled(np.ma.asarray(part), -9) for part in parts] + [np.asarray(part) for part in device[:6]]


# Not shrunk: each step would compile two rewards.
@settings(
    max_examples=SPECS, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
@given(
    guarded(), st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from([0.0, 1.0])), min_size=1, max_size=20), st.booleans()
)
def test_rows_that_do_not_count_change_nothing(spec: str, rows: list[tuple[str, str, float]], flag: bool) -> None:  # noqa: FBT001 - drawn
    with pytest.MonkeyPatch.context() as patch, jax.disable_jit():
        # Whatever gives numbers is left out, however few rows count.
        patch.setattr(sparing, "MOST", 1.0)
        patch.setattr(sparing, "_is_slow", _gives_numbers)
        spared = scored(rewardlang.compile(spec), rows, {"flag": flag})
        patch.setattr(executor, "spared", lambda *_: NOTHING)
        whole = scored(rewardlang.compile(spec), rows, {"flag": flag})
    assert all(map(np.array_equal, spared, whole))


def _gives_numbers(node: GraphNode) -> bool:
    call = node.operation
    return isinstance(call, Call) and isinstance(call.builtin, Rows) and node.element in (BOOL, FLOAT, INT)
