"""Isaac Lab: a term of the reward manager, which scores all environments from what they hold. Tensors go by NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.trainers.environment import Environments, Lanes
from rewardlang.trainers.exporting import docstring, literal
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.paths import Seen
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported

_PLACES = {
    "action": "action_manager.action",
    "observation": "obs_buf",
    "terminated": "reset_terminated",
    "truncated": "reset_time_outs",
    "done": "reset_buf",
    "step": "common_step_counter",
}
"""Where an environment of Isaac Lab has what the other adapters call so, at the time when rewards are computed."""
_TAKEN = ("self", "env", "observe")


class Adapter:
    """A reward as a term of Isaac Lab."""

    def __init__(self, binding: Binding) -> None:
        self._environments = Environments(binding, TRAINER)

    def scoring(self, count: int) -> Scoring:
        """The scoring of `count` environments."""
        return Scoring(Lanes(self._environments, count))


class Scoring:
    """The scoring of all environments. `terms` are those of the last step, `[environments]` each."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self.terms: dict[str, Any] = {}

    def reset(self, env_ids: Any) -> None:
        """Episodes begin: of all environments, or of those of some indices."""
        self._lanes.reset(env_ids.tolist() if hasattr(env_ids, "tolist") else env_ids)

    def __call__(self, env: Any, observe: Mapping[str, Any] | None, params: Mapping[str, Any]) -> Any:
        """The rewards, float32 `[environments]`. `observe` makes values that no path leads to: functions of `env`.

        Raises:
            CallError: a field is not given, or does not fit.
        """
        self._lanes.params = self._lanes.environments.params(params)
        given = _Held(env, {name: function(env) for name, function in (observe or {}).items()}, self._lanes.count)
        # Memories go when Isaac Lab resets what has ended, which is after the rewards.
        step = self._lanes(given, np.zeros(self._lanes.count, bool))
        self.terms = self._lanes.told(step)
        return step.total


class _Held(Mapping[str, Any]):
    """What an environment holds: what was made of it, the names that the adapters share, and any path into it."""

    def __init__(self, env: Any, made: Mapping[str, Any], count: int) -> None:
        self._made, self._count = Seen(made, 1, env), count

    def __getitem__(self, name: str) -> Any:
        head = next((word for word in _PLACES if name == word or name.startswith((f"{word}.", f"{word}["))), None)
        if head is not None and name not in set(self._made):
            name = _PLACES[head] + name[len(head) :]
        value = self._made[name]
        return np.full(self._count, value) if isinstance(value, bool | int | float) else value

    def __iter__(self) -> Iterator[str]:
        return iter({*self._made, *_PLACES})

    def __len__(self) -> int:
        return len({*self._made, *_PLACES})


def write(exported: Exported) -> str:
    """The class of the exported file: Isaac Lab checks `params` against the parameters' names.

    Raises:
        CallError: a param has a name that Isaac Lab's call has taken.
    """
    for name in exported.params:
        if name in _TAKEN:
            raise CallError(f"Isaac Lab cannot be told the param `{name}`: its call has that name for something else")
    params = "".join(f", {name}={literal(value)}" for name, value in exported.params.items())
    given = "{" + ", ".join(f"{literal(name)}: {name}" for name in exported.params) + "}"
    return (
        "import torch\n"
        "from isaaclab.managers import ManagerTermBase\n\n\n"
        f"class {exported.function}(ManagerTermBase):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, cfg, env):\n"
        "        super().__init__(cfg, env)\n"
        "        self.scoring = _reward.scoring(env.num_envs)\n\n"
        "    def reset(self, env_ids=None):\n"
        "        self.scoring.reset(env_ids)\n\n"
        f"    def __call__(self, env, observe=None{params}):\n"
        f"        rewards = self.scoring(env, observe, {given})\n"
        "        return torch.as_tensor(rewards, device=env.device)\n"
    )


TRAINER = Trainer(
    name="isaac-lab",
    title="Isaac Lab",
    tested="2.3.2.post1 (read)",
    gives="Isaac Lab gives `action`, `observation` (before it), `terminated`, `truncated`, `done`, `step`, "
    "the functions of `observe`, and paths into the environment, as `scene.robot.data.root_pos_w[2]`.",
    missing=Missing(0.0, (ERROR,), "Isaac Lab can leave none out: the reward is 0, and `<reward>/missing` is 1."),
    groups=Groups.NEVER,
    calls="has tensors of numbers, a step at a time",
    logs="`scoring.terms` of the term: `<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured="RewTerm(func={function}, weight=1.0)   # from {module} import {function}",
    write=write,
    steps=True,
)
