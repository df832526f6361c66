"""What a reward remembers: reads before a call, writes after it in the order of the samples, lanes, resets, capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang import CallError, CompileError

if TYPE_CHECKING:
    from pathlib import Path

COUNTER = """
memory calls: float = 0
memory last: float = -1
reward r(x: float, kept: bool) -> float {
    remember calls = calls + 1
    remember last = x when kept
    return calls * 100 + last
}
"""
LANES = """
memory steps: float = 0 per sample reset done
memory before: float = 5 per sample reset done
reward r(x: float, done: bool) -> float {
    remember steps = steps + 1
    remember before = x
    return 10 * steps + before
}
"""
ARCHIVE = """
memory seen: vec[2] capacity 3
reward r(at: vec[2], kept: bool) -> float {
    remember seen = at when kept
    return 100 * count(sum(seen over dim) over seen) + (sum(sum(seen over dim) over seen))
}
"""
ARCHIVES = """
memory seen: float capacity 2 per sample reset done
reward r(x: float, done: bool) -> float {
    remember seen = x when x > 0
    return 100 * count(seen) + sum(seen)
}
"""


WALK = """
memory before: vec[2] = 0 per sample reset done
memory reached: bool = false per sample reset done
reward r(x: float, done: bool) -> float {
    let command: vec[2] = [x, -x]
    remember before = command
    remember reached = reached or x > 1.5
    return sum((command - before) ** 2) + (if reached then 10 else 0)
}
"""


def run(spec: str, calls: list[dict[str, Any]], lanes: int | None = None) -> list[list[float]]:
    reward = rewardlang.compile(spec)
    state = reward.initial_state(lanes)
    found = []
    for columns in calls:
        scores = reward(columns, state=state)
        state = scores.state
        found.append(scores.tolist())
    return found


def test_reads_come_before_the_call_and_the_last_write_counts() -> None:
    calls = [
        {"x": [1.0, 2.0, 3.0], "kept": [True, True, False]},
        {"x": [7.0], "kept": [False]},
        {"x": [8.0, 9.0], "kept": [False, True]},
        {"x": [0.0], "kept": [False]},
    ]
    assert run(COUNTER, calls) == [[-1.0] * 3, [102.0], [202.0] * 2, [309.0]]


def test_lanes_are_apart_and_are_reset_after_the_call() -> None:
    calls = [
        {"x": [1.0, 2.0], "done": [False, True]},
        {"x": [3.0, 4.0], "done": [False, False]},
        {"x": [0.0, 0.0], "done": [False, False]},
    ]
    assert run(LANES, calls, 2) == [[5.0, 5.0], [11.0, 5.0], [23.0, 14.0]]


@given(
    st.lists(
        st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.booleans()), min_size=1, max_size=6), max_size=5
    )
)
@settings(max_examples=40, deadline=None)
def test_an_archive_drops_the_oldest(calls: list[list[tuple[int, int, bool]]]) -> None:
    seen: list[int] = []
    wanted = []
    for call in calls:
        wanted.append([100.0 * len(seen) + sum(seen)] * len(call))
        seen = (seen + [x + y for x, y, kept in call if kept])[-3:]
    columns = [
        {"at": [[float(x), float(y)] for x, y, _ in call], "kept": [kept for *_, kept in call]} for call in calls
    ]
    assert run(ARCHIVE, columns) == wanted


@given(st.lists(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=3, max_size=3), max_size=6))
@settings(max_examples=40, deadline=None)
def test_archives_of_lanes(calls: list[list[tuple[int, bool]]]) -> None:
    seen: list[list[int]] = [[], [], []]
    wanted = []
    for call in calls:
        wanted.append([100.0 * len(own) + sum(own) for own in seen])
        for lane, (x, done) in enumerate(call):
            seen[lane] = [] if done else (seen[lane] + [x] * (x > 0))[-2:]
    columns = [{"x": [float(x) for x, _ in call], "done": [done for _, done in call]} for call in calls]
    assert run(ARCHIVES, columns, 3) == wanted


def test_invalid_samples_write_nothing() -> None:
    reward = rewardlang.compile(COUNTER)
    columns = {"x": [4.0, float("nan")], "kept": [True, True]}
    scores = reward(columns, state=reward.initial_state(), on_invalid="missing")
    assert scores.tolist() == [-1.0, None]
    assert float(scores.state["last"]) == 4.0


@pytest.mark.parametrize("spec", [LANES, ARCHIVES, WALK])
def test_a_thousand_scanned_steps_do_as_single_ones(spec: str) -> None:
    reward = rewardlang.compile(spec)
    rng = np.random.default_rng(0)
    xs, dones = rng.normal(size=(1000, 4)).astype(np.float32), rng.random((1000, 4)) < 0.1

    def step(state: Any, arrays: Any) -> tuple[Any, Any]:
        scores = reward.step({}, {"x": arrays[0], "done": arrays[1]}, state=state)
        return scores.state, scores.total

    after, totals = jax.lax.scan(step, reward.initial_state(4), (jnp.asarray(xs), jnp.asarray(dones)))
    called, stepped, single = reward.initial_state(4), reward.initial_state(4), jax.jit(step)
    for place in range(1000):
        stepped, total = single(stepped, (xs[place], dones[place]))
        np.testing.assert_allclose(totals[place], total, rtol=1e-6, atol=1e-6)
        if place < 40:
            scores = reward(x=xs[place], done=dones[place], state=called)
            called = scores.state
            np.testing.assert_allclose(totals[place], scores.total.data, rtol=1e-6, atol=1e-6)
    for held, own in zip(jax.tree.leaves(after), jax.tree.leaves(stepped), strict=True):
        np.testing.assert_allclose(held, own, rtol=1e-6)
    lane, alone = jax.lax.scan(step, reward.initial_state(), (jnp.asarray(xs[:, 1]), jnp.asarray(dones[:, 1])))
    np.testing.assert_allclose(alone, totals[:, 1], rtol=1e-6, atol=1e-6)
    for held, own in zip(jax.tree.leaves(after), jax.tree.leaves(lane), strict=True):
        np.testing.assert_allclose(held[1], own, rtol=1e-6)


def test_device_takes_a_lane_for_each_sample_of_a_padded_batch() -> None:
    reward = rewardlang.compile(LANES)
    columns = {"x": [1.0, 2.0, 3.0], "done": [False, True, False]}
    batch = reward.prepare(columns)
    scores = jax.jit(lambda state: reward.device({}, batch, state=state))(reward.initial_state(3))
    assert scores.total[:3].tolist() == [5.0, 5.0, 5.0]
    assert scores.state["steps"].tolist() == [1.0, 0.0, 1.0]


def test_state_is_kept_by_orbax(tmp_path: Any) -> None:
    import orbax.checkpoint as ocp

    reward = rewardlang.compile(ARCHIVES)
    state = reward(x=[1.0, 2.0], done=[False, False], state=reward.initial_state(2)).state
    with ocp.StandardCheckpointer() as keeper:
        keeper.save(tmp_path / "state", state)
        keeper.wait_until_finished()
        restored = keeper.restore(tmp_path / "state", reward.initial_state(2))
    assert reward(x=[0.0, 0.0], done=[False, False], state=restored).tolist() == [101.0, 102.0]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "has memory: pass `state="),
        ({"steps": np.zeros(2)}, "the state has no memory `before`"),
        ({"steps": np.zeros(3), "before": np.zeros(3)}, r"`before` has the shape \(3,\), but this call needs \(2,\)"),
        ({"before": np.zeros(2)}, "the state has no memory `steps`"),
    ],
)
def test_a_state_that_does_not_fit_is_told(state: Any, said: str) -> None:
    reward = rewardlang.compile(LANES)
    with pytest.raises(CallError, match=said):
        reward(x=[1.0, 2.0], done=[False, False], state=state)


def test_a_reward_without_memory_takes_no_state() -> None:
    reward = rewardlang.compile("reward r(x: float) -> float { x }")
    assert reward(x=[1.0]).state is None
    with pytest.raises(CallError, match="has no memory"):
        reward(x=[1.0], state={"n": 1.0})


def test_what_resets_a_memory_is_a_bool_field() -> None:
    for field, said in (("x: float, done: float", "it is `float`"), ("x: float", "it has none")):
        with pytest.raises(CompileError, match=said):
            rewardlang.compile(LANES.replace("x: float, done: bool", field))


def test_examples_see_memories_as_before_any_call() -> None:
    spec = "memory n: float = 3\nreward r(x: float) -> float { remember n = x\n return n + x }\n"
    reward = rewardlang.compile(spec)
    assert reward.explain({"x": [1.0]}, 0).total == 4.0


def test_examples_and_properties_call_what_remembers(tmp_path: Path) -> None:
    from rewardlang.testing.cases import load_tests

    spec = tmp_path / "lanes.rwd"
    calls = 'example "at first" { r(1, true) == 5 and r(2, false) == 5 }\nproperty all(x: float) { r(x, true) == 5 }\n'
    spec.write_text(LANES + calls, encoding="utf-8")
    example, every = load_tests(spec)
    assert example.holds().tolist() == [True]
    assert every.holds({"x": [1.0, 7.0]}).tolist() == [True, True]


def test_a_def_remembers_nothing() -> None:
    spec = "memory n: float = 0\ndef d(x: float) -> float {\n    remember n = x\n    return n\n}\n"
    with pytest.raises(CompileError, match="a def takes lets alone"):
        rewardlang.compile(spec + 'reward r(x: float) -> float { d(x) }\nexample "e" { d(1) == 0 }\n')


def test_a_term_over_what_is_remembered_has_its_entries() -> None:
    common = rewardlang.compile(
        "memory seen: float capacity 3\nreward r(x: float) -> float {\n    remember seen = x\n    return sum { now: x  metric earlier: seen }\n}"
    )
    state = common.initial_state()
    for earlier in ([], [1.0, 2.0], [2.0, 1.0, 2.0]):
        scores = common(x=[1.0, 2.0], state=state)
        assert scores.tolist() == [1, 2]
        held = scores.terms["earlier"].raw
        assert [sorted(row.compressed().tolist()) for row in held] == [sorted(earlier)] * 2
        state = scores.state
    lanes = rewardlang.compile(
        "memory seen: float capacity 3 per sample reset done\nreward r(x: float, done: bool) -> float {\n"
        "    remember seen = x\n    return sum { now: x  metric earlier: seen }\n}"
    )
    first = lanes(x=[1.0, 2.0, 3.0], done=[False, True, False], state=lanes.initial_state(3))
    again = lanes(x=[4.0, 5.0, 6.0], done=[False] * 3, state=first.state)
    assert [row.compressed().tolist() for row in again.terms["earlier"].raw] == [[1], [], [3]]
