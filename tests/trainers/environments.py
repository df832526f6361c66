"""What steps environments, in a few lines of our own: the samples of the other callers, as numbers, one step each.

They are asked for the totals of the same five samples: a step of five environments, of which the fifth has no bonus.
"""

from __future__ import annotations

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


CALLERS: dict[str, Callable[..., Told]] = {"gymnasium": gymnasium}
