"""gymnasium's own environments and vector environments, stepped with a spec that remembers. Run with gymnasium 1.3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rewardlang.diagnostics import CallError
from rewardlang.trainers.missing import MissingScoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from tests.trainers.conftest import Exporting

SPEC = """\
param scale: float in 0..10 = 1

memory before: float in -100..100 = 0 per sample
memory count: int in 0..1000 = 0 per sample

reward walk(
    start: float, at: float in -100..100, action: int, fuel: float?, side: float, done: bool, own_reward: float,
) -> float? in -1000..2000 {
    let n = count + 1
    remember before = at
    remember count = clip(n, 0..1000)
    return sum {
        went: clip(at - start, -10..10) weight scale
        agrees: if abs(before - start) < 0.01 or n == 1 then 0 else -100
        metric steps: n
        metric own: clip(own_reward + side, -10..10)
        metric last: if done then action else 0
        fuel: clip(fuel, 0..1)
    }
}
"""
COLUMNS = {"start": "observation.at[0]", "at": "next_observation.at[0]", "side": "info.more.side", "own_reward": "reward"}  # fmt: skip


class Walk(gymnasium.Env):
    """Goes on by its action from `start`; ends after `length` steps. `shared`: it gives one array, written again."""

    observation_space = gymnasium.spaces.Dict({"at": gymnasium.spaces.Box(-100, 100, (1,))})
    action_space = gymnasium.spaces.Discrete(4)

    def __init__(self, length: int, start: float = 0, *, shared: bool = False) -> None:
        self.length, self.start, self.shared = length, start, shared
        self.at, self.time = np.zeros(1, np.float32), 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:  # noqa: ARG002 - gymnasium's
        super().reset(seed=seed)
        self.at[0], self.time = self.start, 0
        return self.seen(), {"fuel": -1.0}

    def seen(self) -> Any:
        return {"at": self.at if self.shared else self.at.copy()}

    def step(self, action: Any) -> Any:
        self.at[0] += action
        self.time += 1
        facts = {"fuel": 0.5, "more": {"side": 0.0}, "text": "ignored"}
        return self.seen(), 3.0, self.time == self.length, self.time > self.length, facts


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ModuleType]:
    from rewardlang.trainers.exporting import export
    from rewardlang.trainers.registry import find_trainer

    folder = tmp_path_factory.mktemp("walk")
    (folder / "walk.rwd").write_text(SPEC)
    names: dict[str, ModuleType] = {}

    def load(**options: Any) -> ModuleType:
        import types

        key = repr(options)
        if key not in names:
            names[key] = types.ModuleType("walking")
            text = export(find_trainer("gymnasium"), str(folder / "walk.rwd"), columns=COLUMNS, **options)
            exec(text, vars(names[key]))  # noqa: S102 - our own
        return names[key]

    return load


def test_one_environment(walk: Callable[..., ModuleType]) -> None:
    env = walk().walk(Walk(2, shared=True), scale=2)
    for _ in range(2):
        _, facts = env.reset(seed=0)
        assert facts == {"fuel": -1.0}
        told = [env.step(action) for action in (1, 3)]
        assert [step[1] for step in told] == [2.5, 6.5]
        assert [step[2] for step in told] == [False, True]
        assert [step[4]["walk/steps/raw"] for step in told] == [1, 2]
        assert told[1][4]["original_reward"] == told[1][4]["walk/own/raw"] == 3.0
        assert told[1][4]["walk/went/raw"] == 3
        assert told[1][4]["walk/went/contribution"] == 6
        assert told[1][4]["text"] == "ignored"
    env.scoring.params["scale"] = 0.0
    assert env.step(3)[1] == 0.5


LENGTHS = (2, 3, 5)
ACTIONS = np.array([1, 2, 3])


def rewards(env: Any, steps: int, seed: int | None = 0) -> tuple[list[list[float]], list[list[float]], list[Any]]:
    if seed is not None:
        env.reset(seed=seed)
    told = [env.step(ACTIONS) for _ in range(steps)]
    return [step[1].tolist() for step in told], [step[4]["walk/steps/raw"].tolist() for step in told], told


def vector(module: ModuleType, mode: AutoresetMode, *, copied: bool = True, **params: Any) -> Any:
    makers = [lambda row=row, length=length: Walk(length, row) for row, length in enumerate(LENGTHS)]
    return module.walk_vector(SyncVectorEnv(makers, copy=copied, autoreset_mode=mode), **params)


@pytest.mark.parametrize("copied", [True, False])
def test_episodes_that_are_reset_in_the_next_step(walk: Callable[..., ModuleType], copied: bool) -> None:  # noqa: FBT001 - a fact of the case
    told, steps, rows = rewards(vector(walk(), AutoresetMode.NEXT_STEP, copied=copied), 6)
    # The step that resets an environment is none: its reward is 0, and nothing of it is remembered.
    assert told == [
        [1.5, 2.5, 3.5], [1.5, 2.5, 3.5], [0, 2.5, 3.5], [1.5, 0, 3.5], [1.5, 2.5, 3.5], [0, 2.5, 0],
    ]  # fmt: skip
    assert steps == [[1, 1, 1], [2, 2, 2], [0, 3, 3], [1, 0, 4], [2, 1, 5], [0, 2, 0]]
    assert all(not row[4]["walk/missing"].any() for row in rows)
    assert {key for row in rows for key in row[4] if key.startswith("walk/")} == {key for key in rows[0][4] if key.startswith("walk/")}  # fmt: skip


def test_episodes_that_are_reset_in_the_same_step(walk: Callable[..., ModuleType]) -> None:
    told, steps, rows = rewards(vector(walk(), AutoresetMode.SAME_STEP), 6)
    assert told == [[1.5, 2.5, 3.5]] * 6  # of a last step, too, whose observation and info are set apart
    assert steps == [[1, 1, 1], [2, 2, 2], [1, 3, 3], [2, 1, 4], [1, 2, 5], [2, 3, 1]]
    assert rows[1][0]["at"][:, 0].tolist() == [0, 5, 8]  # what is handed on is what gymnasium gave
    assert rows[1][4]["final_info"]["fuel"][0] == 0.5


def test_episodes_that_the_caller_resets(walk: Callable[..., ModuleType]) -> None:
    env = vector(walk(), AutoresetMode.DISABLED)
    _, steps, _ = rewards(env, 2)
    env.reset(options={"reset_mask": np.array([True, False, False])})
    assert steps[-1] == [2, 2, 2]
    told, steps, _ = rewards(env, 1, seed=None)
    assert (told, steps) == ([[1.5, 2.5, 3.5]], [[1, 3, 3]])
    env.reset(seed=0)
    assert rewards(env, 1, seed=None)[1] == [[1, 1, 1]]


def test_the_same_as_one_by_one(walk: Callable[..., ModuleType]) -> None:
    many, alone = vector(walk(), AutoresetMode.SAME_STEP), walk().walk(Walk(3, 1))
    told, _, rows = rewards(many, 3)
    alone.reset(seed=0)
    steps = [alone.step(2) for _ in range(3)]
    assert [step[1] for step in steps] == [row[1] for row in told]
    shared = {key: value for key, value in steps[2][4].items() if key.startswith("walk/")}
    assert shared == {key: rows[2][4][key][1].item() for key in shared}


class Odd(Walk):
    """Its info is what is told."""

    def __init__(self, facts: Any) -> None:
        super().__init__(9)
        self.facts = facts

    def step(self, action: Any) -> Any:
        seen, reward, terminated, truncated, _ = super().step(action)
        return seen, reward, terminated, truncated, {"fuel": 0.5, "more": {"side": 0.0}, **self.facts}


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"fuel": float("nan")}, 1), ({"fuel": None}, 1), ({"more": {"side": float("inf")}}, 1),
        ({"more": {"side": 1e300}}, 1), ({"fuel": 10**18}, 1), ({"fuel": True}, None), ({"fuel": "full"}, None),
        ({"more": {}}, None), ({"fuel": [0.5, 0.5]}, None), ({"fuel": np.float16(0.5)}, 0), ({"fuel": 0}, 0),
    ],
)  # fmt: skip
def test_odd_values_are_missing_or_one_clear_error(facts: Any, missing: int | None, walk: Callable[..., ModuleType]) -> None:  # fmt: skip
    env = walk().walk(Odd(facts))
    env.reset(seed=0)
    if missing is None:
        with pytest.raises(CallError, match=r"`fuel` (is|has)|gave no `info.more.side`, which `walk` needs"):
            env.step(1)
        return
    _, reward, *_, told = env.step(1)
    assert told["walk/missing"] == missing
    assert np.isfinite(reward)
    assert reward == 0 or not missing


def test_an_info_that_some_have_not_is_missing_there(walk: Callable[..., ModuleType]) -> None:
    env = walk().walk_vector(SyncVectorEnv([lambda: Odd({}), lambda: Odd({"fuel": None}), lambda: Walk(5)]))
    env.reset(seed=0)
    _, told, *_, facts = env.step(np.array([1, 1, 1]))
    assert told.tolist() == [1.5, 0, 1.5]
    assert facts["walk/missing"].tolist() == [0, 1, 0]
    assert facts["walk/fuel/missing"].tolist() == [0, 1, 0]


def test_a_missing_score_can_be_a_number_or_an_error(walk: Callable[..., ModuleType]) -> None:
    for missing, seen in (("-3", -3), ("5000", 101)):
        env = walk(missing=missing).walk(Odd({"fuel": None}))
        env.reset(seed=0)
        assert env.step(1)[1] == seen
    env = walk(missing="error").walk(Odd({"fuel": None}))
    env.reset(seed=0)
    with pytest.raises(MissingScoreError, match="`walk` has no score in environment 0"):
        env.step(1)


def test_mistakes_are_told_when_the_wrapper_is_made(walk: Callable[..., ModuleType]) -> None:
    with pytest.raises(CallError, match="`walk` has no param `scal`; did you mean `scale`"):
        walk().walk(Walk(2), scal=1)
    with pytest.raises(CallError, match=r"the param `scale` = 11 lies outside"):
        walk().walk(Walk(2), scale=11)
    env = SyncVectorEnv([lambda: Walk(2)])
    env.metadata = {}
    with pytest.raises(CallError, match="does not say when it resets"):
        walk().walk_vector(env)


def test_gymnasium_makes_it_of_its_own_environments(tmp_path: Path, exported: Exporting) -> None:
    spec = tmp_path / "pole.rwd"
    spec.write_text("reward pole(angle: float) -> score { max(0, 1 - abs(angle) / 0.21) }\n")
    module = exported("gymnasium", spec, columns={"angle": "next_observation[2]"})
    env = gymnasium.make_vec("CartPole-v1", 2, vectorization_mode="sync", wrappers=[module.pole])
    env.reset(seed=0)
    seen, told, *_ = env.step(np.array([0, 1]))
    assert told == pytest.approx(1 - np.abs(seen[:, 2]) / 0.21, abs=1e-6)


def test_the_example_trains() -> None:
    import importlib.util
    from pathlib import Path

    place = Path(__file__).parents[2] / "examples" / "trainers" / "gymnasium_cartpole.py"
    spec = importlib.util.spec_from_file_location("gymnasium_cartpole", place)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    first, second = example.train(2)
    assert second > first > 0
