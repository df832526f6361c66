"""What steps environments, in a few lines of our own: the samples of the other callers, as numbers, one step each.

They are asked for the totals of the same five samples: a step of five environments, of which the fifth has no bonus.
"""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

Columns = dict[str, list[Any]]
Told = tuple[list[Any], dict[str, Any]]

SPEC = """\
\"\"\"A word that is asked for, and brevity, of numbers.\"\"\"

param brevity: float in 0..1 = 0.5

reward asked(found: bool, letters: int, bonus: float? = 0, step: int in 0..100 = 0) -> float? in 0..3 {
    return sum {
        outcome right: if found then 1 else 0
        short: if letters < 20 then 1 else 0 weight brevity
        extra: clip(bonus, 0..1)
        metric late: step / 100
    }
}
"""


def numbers(columns: Columns) -> dict[str, Any]:
    """The samples as arrays: NaN is a bonus that is missing. What the reward does not know comes along."""
    made: dict[str, Any] = {"letters": np.array([len(text) for text in columns["completion"]])}
    if "word" in columns:
        pairs = zip(columns["completion"], columns["word"], strict=True)
        made["found"] = np.array([word in text for text, word in pairs])
    if "bonus" in columns:
        made["bonus"] = np.array([np.nan if value is None else value for value in columns["bonus"]])
    return made | {name: values for name, values in columns.items() if name not in {"completion", "word", "bonus"}}


def gymnasium(module: ModuleType, columns: Columns, step: int = 0) -> Told:
    """gymnasium 1.3.0, `SyncVectorEnv` of environments whose info has the fields; it is run with its own code."""
    import gymnasium as gym

    given = numbers(columns)

    class Told(gym.Env):
        observation_space = gym.spaces.Box(-1, 1, (1,))
        action_space = gym.spaces.Discrete(2)

        def __init__(self, row: int) -> None:
            self.row = row

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:  # noqa: ARG002 - gymnasium's
            super().reset(seed=seed)
            return np.zeros(1, np.float32), {}

        def step(self, action: Any) -> Any:
            del action
            facts = {name: values[self.row] for name, values in given.items()}
            return np.zeros(1, np.float32), 7.0, True, False, facts

    count = len(columns["completion"])
    env = module.asked_vector(gym.vector.SyncVectorEnv([lambda row=row: Told(row) for row in range(count)]))
    env.reset(seed=0)
    env.scoring.lanes.steps = step
    _, rewards, _, _, info = env.step(np.zeros(count, int))
    assert info["original_reward"].tolist() == [7.0] * count
    return rewards.tolist(), {name: values.tolist() for name, values in info.items() if name.startswith("asked/")}


@dataclass(frozen=True)
class State:
    """As a state of Brax 0.14.2, `brax/envs/base.py`: `replace` makes another of it."""

    obs: Any
    reward: Any
    done: Any
    metrics: dict[str, Any]
    info: dict[str, Any]
    replace = dataclasses.replace


def brax(module: ModuleType, columns: Columns) -> Told:
    """Brax 0.14.2, `Wrapper`: a step of all environments, whose infos have the fields; `test_brax.py` traces it."""
    import jax.numpy as jnp

    given = {name: jnp.asarray(values) for name, values in numbers(columns).items() if name in FIELDS}
    zeros = jnp.zeros(len(columns["completion"]))

    class Telling:
        def reset(self, rng: Any) -> State:
            del rng
            return State(zeros, zeros, zeros, {}, dict(given))

        def step(self, state: State, action: Any) -> State:
            return state.replace(reward=zeros + action, done=zeros + 1)

    env = module.asked(Telling())
    state = env.step(env.reset(None), 7.0)
    assert state.metrics["original_reward"].tolist() == [7.0] * len(zeros)
    return state.reward.tolist(), {name: values.tolist() for name, values in state.metrics.items()}


def isaac_lab(module: ModuleType, columns: Columns, step: int = 0) -> Told:
    """Isaac Lab 2.3.2.post1, `managers/manager_base.py` and `reward_manager.py`: the names of params are checked, then
    `value = func(env, **params) * weight * dt`; `reset(env_ids=…)` comes after that."""
    taken = inspect.signature(module.asked.__call__).parameters.values()
    assert [one.name for one in taken if one.default is inspect.Parameter.empty] == ["self", "env"]
    made = numbers(columns)
    count = len(columns["completion"])
    env = SimpleNamespace(num_envs=count, device="cpu", common_step_counter=step, scene={"told": SimpleNamespace()})
    observe = {name: lambda _, values=values: values for name, values in made.items()}
    term = module.asked(SimpleNamespace(params={}), env)
    weight, step_dt = 4.0, 0.25
    value = term(env, observe=observe) * weight * step_dt
    term.reset(env_ids=np.arange(2))
    return [float(one) for one in value], {name: values.tolist() for name, values in term.scoring.terms.items()}


def rlgym(module: ModuleType, columns: Columns, step: int = 0) -> Told:
    """rlgym-api 2.0.0, `rlgym/api/rlgym.py`, `reset` and `step`: agents are keys, what they share is a dictionary."""
    made = numbers(columns)
    agents = [f"blue-{row}" for row in range(len(columns["completion"]))]
    players = {
        agent: SimpleNamespace(**{name: values[row] for name, values in made.items()})
        for row, agent in enumerate(agents)
    }
    asked, shared = module.asked(), {}
    asked.reset(agents, SimpleNamespace(cars=players), shared)
    asked.scoring._lanes.steps = step
    over = dict.fromkeys(agents, False)
    told = asked.get_rewards(agents, SimpleNamespace(cars=players), over, over, shared)
    assert list(told) == agents
    terms = [shared["asked"][agent] for agent in agents]
    return list(told.values()), {name: [row[name] for row in terms] for name in terms[0]}


FIELDS = ("found", "letters", "bonus")
COLUMNS = {"rlgym": {name: f"cars[agent].{name}" for name in FIELDS}}
"""What is called otherwise: RLGym's fields are those of a player."""

CALLERS: dict[str, Callable[..., Told]] = {
    "gymnasium": gymnasium, "brax": brax, "isaac-lab": isaac_lab, "rlgym": rlgym,
}  # fmt: skip
