"""Brax's own wrappers around a small environment of ours, jitted. Run with Brax 0.14.2."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import pytest

from rewardlang.diagnostics import CallError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of a package of Brax's that is no longer maintained
    from brax.envs.base import Env, State
    from brax.envs.wrappers.training import AutoResetWrapper, EpisodeWrapper, VmapWrapper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.trainers.conftest import Exporting

pytestmark = pytest.mark.filterwarnings("ignore")

SPEC = """\
param scale: float in 0..10 = 1

memory before: float in -100..100 = 0 per sample
memory steps: float in 0..1000 = 0 per sample

reward walk(start: float, at: float in -100..100, push: float, done: bool) -> float in -1000..2000 {
    let n = steps + 1
    remember before = at
    remember steps = clip(n, 0..1000)
    return sum {
        went: clip(at - start, -10..10) weight scale
        agrees: if abs(before - start) < 0.01 then 0 else -100
        metric steps: n
        metric last: if done then push else 0
    }
}
"""
COLUMNS = {"start": "observation[0]", "at": "next_observation[0]", "push": "action[0]"}


class Walk(Env):
    """Goes on by its action from 0; ends beyond `end`."""

    observation_size = action_size = 1
    backend = "none"

    def __init__(self, end: float = 1000) -> None:
        self.end = end

    def reset(self, rng: Any) -> State:
        del rng
        zero = jnp.zeros(())
        return State(None, jnp.zeros(1), zero, zero, {"far": zero}, {"goal": zero + 3})

    def step(self, state: State, action: Any) -> State:
        seen = state.obs + action
        state.metrics["far"] = seen[0]
        return state.replace(obs=seen, reward=jnp.float32(5), done=(seen[0] > self.end).astype(jnp.float32))


@pytest.fixture(autouse=True)
def _promotion() -> Iterator[None]:
    """Brax adds integers to floats."""
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture
def walk(tmp_path: Path, exported: Exporting) -> Any:
    spec = tmp_path / "walk.rwd"
    spec.write_text(SPEC)
    return exported("brax", spec, columns=COLUMNS).walk


def rolled(env: Any, steps: int, lanes: tuple[int, ...]) -> tuple[list[Any], list[Any], Any]:
    """Rewards and the memory's steps, `[time][lane]`, of a scan in one jitted function."""
    pushes = jnp.broadcast_to(jnp.arange(1.0, 1 + (lanes or (1,))[0]).reshape(*lanes, 1), (*lanes, 1))

    @jax.jit
    def run(keys: Any) -> Any:
        def step(state: Any, _: None) -> Any:
            state = env.step(state, pushes)
            return state, (state.reward, state.metrics["walk/steps/raw"])

        return jax.lax.scan(step, env.reset(keys), None, steps)

    key = jax.random.PRNGKey(0)
    state, (rewards, counts) = run(jax.random.split(key, lanes[0]) if lanes else key)
    return rewards.tolist(), counts.tolist(), state


def test_one_environment_is_traced(walk: Any) -> None:
    rewards, counts, state = rolled(walk(Walk(), scale=2), 3, ())
    assert rewards == [2, 2, 2]
    assert counts == [1, 2, 3]
    assert state.metrics["original_reward"] == 5
    assert state.metrics["walk/went/contribution"] == 2


@pytest.mark.parametrize("inside", [True, False])
def test_what_is_remembered_ends_with_the_episode(inside: bool, walk: Any) -> None:  # noqa: FBT001 - a fact of the case
    # The third lane passes the end at its second step, the others have a limit of three.
    if inside:  # as where a trainer wraps what it is given
        env = AutoResetWrapper(EpisodeWrapper(VmapWrapper(walk(Walk(5))), 3, 1))
    else:
        env = AutoResetWrapper(walk(EpisodeWrapper(VmapWrapper(Walk(5)), 3, 1)))
    rewards, counts, state = rolled(env, 7, (3,))
    assert counts == [[1, 1, 1], [2, 2, 2], [3, 3, 1], [1, 1, 2], [2, 2, 1], [3, 3, 2], [1, 1, 1]]
    assert rewards == [[1, 2, 3]] * 7
    assert "walk/remembered" in state.info


def test_a_batch_with_repeated_actions(walk: Any) -> None:
    env = AutoResetWrapper(EpisodeWrapper(VmapWrapper(walk(Walk())), 4, 2))
    rewards, counts, _ = rolled(env, 4, (2,))
    assert counts == [[2, 2], [4, 4], [2, 2], [4, 4]]
    assert rewards == [[2, 4]] * 4


def test_what_outer_wrappers_keep_is_not_offered(tmp_path: Path, exported: Exporting) -> None:
    spec = tmp_path / "cut.rwd"
    spec.write_text("reward cut(goal: float, truncated: bool) -> float { if truncated then 0 else clip(goal, 0..9) }\n")
    cut = exported("brax", spec).cut
    outside = cut(EpisodeWrapper(Walk(), 2, 1))
    state = outside.reset(jax.random.PRNGKey(0))
    told = []
    for _ in range(2):
        state = outside.step(state, jnp.ones(1))
        told.append(float(state.reward))
    assert told == [3, 0]
    inside = EpisodeWrapper(cut(Walk()), 2, 1)
    state = inside.reset(jax.random.PRNGKey(0))
    with pytest.raises(CallError, match="Brax gave no `truncated`"):
        inside.step(state, jnp.ones(1))


def test_mistakes(walk: Any) -> None:
    with pytest.raises(CallError, match="`walk` has no param `scal`"):
        walk(Walk(), scal=1)
    with pytest.raises(CallError, match="the state is not of this wrapper's `reset`"):
        walk(Walk()).step(Walk().reset(None), jnp.ones(1))
