"""gymnasium: wrappers of one environment and of vector environments, whose steps have the spec's reward."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.trainers.environment import ORIGINAL, Environments, Lanes
from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.infos import last_infos, last_observations, masked
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.paths import Seen
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported

Stepped = tuple[Any, Any, Any, Any, dict[str, Any]]
"""What a step gives: observation, reward, terminated, truncated, info."""


class Adapter:
    """A reward for the environments of gymnasium."""

    def __init__(self, binding: Binding) -> None:
        self._environments = Environments(binding, TRAINER)

    def single(self, params: Mapping[str, Any]) -> Single:
        """The scoring of one environment.

        Raises:
            CallError: there is no such param.
        """
        return Single(Lanes(self._environments, 1, params))

    def vector(self, env: Any, params: Mapping[str, Any]) -> Vector:
        """The scoring of a vector environment.

        Raises:
            CallError: there is no such param, or the environment does not say when it resets.
        """
        mode = getattr(env.metadata.get("autoreset_mode"), "value", None)
        if mode not in _MODES:
            raise CallError(
                "the vector environment does not say when it resets what has ended: "
                '`metadata["autoreset_mode"]` is an `AutoresetMode` of gymnasium'
            )
        return Vector(Lanes(self._environments, env.num_envs, params), mode)


_NEXT_STEP, _SAME_STEP = "NextStep", "SameStep"
_MODES = (_NEXT_STEP, _SAME_STEP, "Disabled")


class _Episodes:
    """What was seen before, which later steps may write over: it is copied where a field is made from it."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self._copies = lanes.environments.uses("observation")
        self._before: Any = None

    @property
    def params(self) -> dict[str, Any]:
        """The params, which may be changed between steps."""
        return self.lanes.params

    def _remember(self, observation: Any) -> None:
        self._before = copy.deepcopy(observation) if self._copies else None

    def _known(self, action: Any, stepped: Stepped, step: Any) -> dict[str, Any]:
        """What fields are made from, by name: the wrapper's own names, then the observation's, then the info's."""
        observation, reward, terminated, truncated, info = stepped
        before = {} if self._before is None else {"observation": self._before}
        own = {
            **before, "next_observation": observation, "action": action, "reward": reward, "terminated": terminated,
            "truncated": truncated, "done": np.logical_or(terminated, truncated), "step": step, "info": info,
        }  # fmt: skip
        return {**info, **(observation if isinstance(observation, Mapping) else {}), **own}


class Single(_Episodes):
    """The scoring of one environment."""

    def reset(self, observation: Any) -> None:
        """An episode begins."""
        self.lanes.reset()
        self._remember(observation)

    def step(self, action: Any, *stepped: Any) -> Stepped:
        """What the environment gave, with the spec's reward; its own is in the info, and the terms.

        Raises:
            CallError: a field is not given, or does not fit.
        """
        observation, reward, terminated, truncated, info = stepped
        known = self._known(action, (observation, reward, terminated, truncated, info), self.lanes.steps)
        ended = np.array([bool(terminated or truncated)])
        step = self.lanes(_Alone(Seen(known, 0)), ended)
        self._remember(observation)
        told = {name: float(values[0]) for name, values in self.lanes.told(step).items()}
        return observation, float(step.total[0]), terminated, truncated, {**info, ORIGINAL: reward, **told}


class _Alone(Mapping[str, Any]):
    """Of one environment: each value as a column of one."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def __getitem__(self, name: str) -> Any:
        return [self._seen[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)


class Vector(_Episodes):
    """The scoring of a vector environment, which resets what has ended in the next step, in the same, or not at all."""

    def __init__(self, lanes: Lanes, mode: str) -> None:
        super().__init__(lanes)
        self._mode = mode
        self._ended = np.zeros(lanes.count, bool)

    def reset(self, observation: Any, mask: Any = None) -> None:
        """Episodes begin: of all environments, or of those of a mask."""
        self.lanes.reset(mask)
        self._ended = np.zeros(self.lanes.count, bool) if mask is None else self._ended & ~np.asarray(mask, bool)
        self._remember(observation)

    def step(self, actions: Any, *stepped: Any) -> Stepped:
        """What the environments gave, with the spec's rewards; their own are in the info, and the terms.

        Raises:
            CallError: a field is not given, or does not fit.
        """
        observation, rewards, terminated, truncated, info = stepped
        ended = np.logical_or(terminated, truncated)
        after, facts = observation, masked(info)
        if self._mode == _SAME_STEP and ended.any():
            after, facts = last_observations(observation, info["final_obs"], ended), last_infos(info, ended)
        clock = np.full(self.lanes.count, self.lanes.steps)
        known = self._known(actions, (after, rewards, terminated, truncated, facts), clock)
        # An environment that is reset in the next step takes none then: it does nothing with its action.
        idle = self._ended if self._mode == _NEXT_STEP else None
        step = self.lanes(Seen(known, 1), ended, idle)
        self._ended = ended
        self._remember(observation)
        told = {**info, ORIGINAL: rewards, **self.lanes.told(step)}
        return observation, step.total.astype(np.float64), terminated, truncated, told


def write(exported: Exported) -> str:
    """The wrappers of the exported file."""
    name = exported.function
    return (
        "import gymnasium\n\n\n"
        f"class {name}(gymnasium.Wrapper):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, env, **params):\n"
        "        super().__init__(env)\n"
        "        self.scoring = _reward.single(params)\n\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        observation, info = self.env.reset(seed=seed, options=options)\n"
        "        self.scoring.reset(observation)\n"
        "        return observation, info\n\n"
        "    def step(self, action):\n"
        "        return self.scoring.step(action, *self.env.step(action))\n\n\n"
        f"class {name}_vector(gymnasium.vector.VectorWrapper):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, env, **params):\n"
        "        super().__init__(env)\n"
        "        self.scoring = _reward.vector(env, params)\n\n"
        "    def reset(self, *, seed=None, options=None):\n"
        '        mask = (options or {}).get("reset_mask")\n'
        "        observation, info = self.env.reset(seed=seed, options=options)\n"
        "        self.scoring.reset(observation, mask)\n"
        "        return observation, info\n\n"
        "    def step(self, actions):\n"
        "        return self.scoring.step(actions, *self.env.step(actions))\n"
    )


TRAINER = Trainer(
    name="gymnasium",
    title="gymnasium",
    tested="1.3.0 (run)",
    gives="gymnasium gives `observation`, `action`, `next_observation`, `terminated`, `truncated`, `done`, `reward`, "
    "`step` (steps so far), and the entries of `info` and of an observation that is a dictionary.",
    missing=Missing(0.0, (ERROR,), "gymnasium can leave none out: the reward is 0, and `<reward>/missing` is 1."),
    groups=Groups.NEVER,
    calls="hands on numbers, a step at a time",
    logs="`info`: `<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`; `<reward>/missing`, `original_reward`",
    configured="from {module} import {function}   # around gymnasium.make(…) and gymnasium.make_vec(…)",
    write=write,
    steps=True,
)
