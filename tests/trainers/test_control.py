"""Isaac Lab and RLGym, step by step, with a spec that remembers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rewardlang.diagnostics import CallError
from rewardlang.trainers.exporting import export
from rewardlang.trainers.registry import find_trainer
from tests.trainers.callers import stand_ins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.trainers.conftest import Exporting

SPEC = """\
param scale: float in 0..10 = 1

memory steps: float in 0..1000 = 0 per sample

reward hop(height: float, push: float) -> float in -100..2000 {
    let n = steps + 1
    remember steps = clip(n, 0..1000)
    return sum {
        count: n
        high: clip(height + push, -10..10) weight scale
    }
}
"""


@pytest.fixture(autouse=True)
def _stand_ins() -> Iterator[None]:
    with stand_ins():
        yield


@pytest.fixture
def hop(tmp_path: Path) -> Path:
    path = tmp_path / "hop.rwd"
    path.write_text(SPEC)
    return path


def test_isaac_lab_resets_by_indices(hop: Path, exported: Exporting) -> None:
    columns = {"height": "scene.robot.data.root_pos_w[2]", "push": "action[0]"}
    robot = SimpleNamespace(data=SimpleNamespace(root_pos_w=np.arange(9.0).reshape(3, 3)))
    action = SimpleNamespace(action=np.ones((3, 2)))
    env = SimpleNamespace(num_envs=3, device="cpu", scene={"robot": robot}, action_manager=action)
    term = exported("isaac-lab", hop, columns=columns).hop(SimpleNamespace(), env)
    term.reset(env_ids=None)
    assert term(env).tolist() == [4, 7, 10]
    assert term(env, scale=0.0).tolist() == [2, 2, 2]
    term.reset(env_ids=np.array([1]))
    assert term(env, scale=0.0).tolist() == [3, 1, 3]
    term.reset(env_ids=slice(None))
    assert term(env, scale=0.0).tolist() == [1, 1, 1]
    assert term.scoring.terms["hop/high/raw"].tolist() == [3, 6, 9]
    with pytest.raises(CallError, match=r"the param `scale` = 11\.0 lies outside"):
        term(env, scale=11.0)
    robot.data.root_pos_w = np.ones((3, 2))
    with pytest.raises(CallError, match=r"Isaac Lab gave no `scene.robot.data.root_pos_w\[2\]`, which `hop` needs"):
        term(env)


def test_isaac_lab_has_names_of_its_own(tmp_path: Path) -> None:
    spec = tmp_path / "r.rwd"
    spec.write_text("param env: float in 0..1 = 1\n\nreward r(x: score) -> score { x * env }\n")
    with pytest.raises(CallError, match="Isaac Lab cannot be told the param `env`"):
        export(find_trainer("isaac-lab"), str(spec))


def test_agents_of_rlgym_remember_each_alone(hop: Path, exported: Exporting) -> None:
    columns = {"height": "cars[agent].physics.position[2]", "push": "ball.force"}
    state = SimpleNamespace(
        cars={agent: SimpleNamespace(physics=SimpleNamespace(position=[0, 0, z])) for agent, z in (("a", 1), ("b", 2))},
        ball=SimpleNamespace(force=3),
    )
    asked = exported("rlgym", hop, columns=columns).hop(scale=1)
    over: Any = {"a": False, "b": False}

    def step(*agents: str) -> dict[str, float]:
        return asked.get_rewards(list(agents), state, over, over, {})

    asked.reset(["a", "b"], state, {})
    assert step("a", "b") == {"a": 5, "b": 6}
    assert step("b", "a") == {"b": 7, "a": 6}  # each has its own, in any order
    assert step("a") == {"a": 7}
    assert step("a", "b") == {"a": 8, "b": 6}  # who left begins anew
    assert step() == {}
    asked.reset(["a"], state, {})
    assert step("a") == {"a": 5}


def test_rlgym_itself_asks_for_rewards(hop: Path, exported: Exporting) -> None:
    api = pytest.importorskip("rlgym.api.rlgym", reason="pip install rlgym-api")
    state = SimpleNamespace(height=2.0, push=1.0)
    engine = SimpleNamespace(
        agents=["a", "b"], config={}, state=state, set_state=lambda *_: state, step=lambda *_: state,
        create_base_state=lambda: state,
    )  # fmt: skip
    quiet = SimpleNamespace(reset=lambda *_: None, apply=lambda *_: None)
    condition = SimpleNamespace(reset=lambda *_: None, is_done=lambda agents, *_: dict.fromkeys(agents, False))
    seen = SimpleNamespace(reset=lambda *_: None, build_obs=lambda agents, *_: dict.fromkeys(agents, 0))
    parser = SimpleNamespace(reset=lambda *_: None, parse_actions=lambda actions, *_: actions)
    env = api.RLGym(quiet, seen, parser, exported("rlgym", hop).hop(), engine, condition, condition)
    env.reset()
    assert env.step({"a": 0, "b": 0})[1] == {"a": 4, "b": 4}
    assert env.step({"a": 0, "b": 0})[1] == {"a": 5, "b": 5}
