"""The examples with environments: the reward inside is the spec's own outside, and what they trained gets better."""

from __future__ import annotations

import json
import math
import runpy
import sys
import warnings
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "environments"
TASKS = {"pendulum": "Pendulum", "hopper": "Hopper"}
NEEDS = {"pendulum": "gymnax", "hopper": "brax"}
each = pytest.mark.parametrize("name", TASKS)
pytestmark = pytest.mark.filterwarnings("ignore")
"""Of other packages: what they import is deprecated."""


@pytest.fixture(autouse=True)
def beside_the_scripts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    # Simulators write logs to where they run.
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(FOLDER)
    # The other tests are stricter than those packages.
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield
    for module in ("ppo", *TASKS):
        sys.modules.pop(module, None)


def needed(package: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(package, reason=f"`{package}` is not installed: pip install rewardlang[environments]")


def task(name: str, environments: int) -> Any:
    needed(NEEDS[name])
    return getattr(import_module(name), TASKS[name])(environments)


def curve(name: str) -> list[dict[str, float]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def recording(made: Any) -> Any:
    """A step of the task which also gives the arrays that the spec was called with."""
    reward = made.reward

    def step(key: Any, world: Any, action: Any) -> Any:
        held: dict[str, Any] = {}

        def scored(params: Any, arrays: Any, *, state: Any) -> Any:
            held.update(arrays)
            return reward.step(params, arrays, state=state)

        made.reward = SimpleNamespace(step=scored)
        return made.step(key, world, action), held

    return jax.jit(step)


@each
def test_the_reward_in_the_environment_is_the_specs_own(name: str) -> None:
    made = task(name, 6)
    reward = rewardlang.load(FOLDER / f"{name}.rwd")
    world = jax.jit(made.reset)(jax.random.PRNGKey(1))
    traced = recording(made).trace(jax.random.PRNGKey(0), world, jnp.zeros((6, made.actions)))
    assert "callback" not in str(traced.jaxpr)
    step, state, ends = traced.lower().compile(), reward.initial_state(6), 0
    for place in range(60):
        key = jax.random.PRNGKey(place)
        action = jax.random.uniform(key, (6, made.actions), minval=-1.0)
        (world, total, done, raw), columns = step(key, world, action)
        expected = reward({field: np.asarray(column) for field, column in columns.items()}, state=state)
        state = expected.state
        np.testing.assert_allclose(total, expected.total.data, rtol=1e-5, atol=1e-5)
        for row, path in enumerate(reward.term_paths):
            np.testing.assert_allclose(raw[row], expected.terms[path].raw.data, rtol=1e-5, atol=1e-5)
        for memory, held in state.items():
            np.testing.assert_allclose(world.memory[memory], held, rtol=1e-5, atol=1e-5)
            assert not np.asarray(held)[np.asarray(done)].any(), "what has ended is forgotten"
        ends += int(np.sum(done))
    assert ends > 0


def test_training_makes_it_better() -> None:
    made = task("pendulum", 512)
    ppo = import_module("ppo")
    points = ppo.train(made, ppo.Settings(minibatches=8), 16, lambda _: None)
    assert all(math.isfinite(value) for point in points for value in point.values())
    assert points[-1]["steps"] == 16 * 32 * 512
    assert points[-1]["rise"] > points[0]["rise"] + 0.1


def test_training_on_physics() -> None:
    made = task("hopper", 16)
    ppo = import_module("ppo")
    points = ppo.train(made, ppo.Settings(unroll=8, minibatches=2, epochs=1), 2, lambda _: None)
    assert points[-1]["steps"] == 2 * 8 * 16
    assert set(points[0]) == {"steps", "seconds", "reward", *made.reward.term_paths}
    assert all(math.isfinite(value) for point in points for value in point.values())


@each
def test_the_kept_curve_rises(name: str) -> None:
    points, reward = curve(name), rewardlang.load(FOLDER / f"{name}.rwd")
    assert len(points) > 20
    assert set(points[0]) == {"steps", "seconds", "reward", *reward.term_paths}
    steps = [point["steps"] for point in points]
    assert steps == sorted(set(steps))
    low, high = reward.range
    assert all(low <= point["reward"] <= high for point in points)
    assert min(point["reward"] for point in points[-5:]) > 1.5 * points[0]["reward"]
    # Within minutes, as the documents say.
    assert points[-1]["seconds"] < 600


def test_the_picture_is_of_the_kept_curves(tmp_path: Path) -> None:
    needed("matplotlib")
    runpy.run_path(str(ROOT / "docs" / "make_curves.py"))["draw"](tmp_path / "drawn.svg")
    drawn = (tmp_path / "drawn.svg").read_text("utf-8")
    assert drawn == (ROOT / "docs" / "environments.svg").read_text("utf-8")
