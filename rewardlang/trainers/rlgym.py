"""RLGym 2: a reward function, asked for the rewards of all agents of a game at each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.trainers.environment import Environments, Lanes
from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.paths import Seen
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as a reward function of RLGym."""

    def __init__(self, binding: Binding) -> None:
        self._environments = Environments(binding, TRAINER)

    def scoring(self, params: Mapping[str, Any]) -> Scoring:
        """The scoring of the agents of one game.

        Raises:
            CallError: there is no such param.
        """
        return Scoring(self._environments, params)


class Scoring:
    """The scoring of the agents of one game, each with its own memory."""

    def __init__(self, environments: Environments, params: Mapping[str, Any]) -> None:
        self._lanes = Lanes(environments, 0, params)
        self._agents: list[Any] = []

    def reset(self, agents: Sequence[Any]) -> None:
        """An episode begins."""
        self._agents = list(agents)
        self._lanes.reorder([None] * len(self._agents))

    def __call__(
        self, agents: Sequence[Any], state: Any, terminated: Mapping[Any, bool], truncated: Mapping[Any, bool],
        shared: dict[str, Any],
    ) -> dict[Any, float]:  # fmt: skip
        """A reward an agent; the terms are put into what is shared, under the reward's name.

        An agent who was not asked for in the step before begins anew.

        Raises:
            CallError: a field is not given, or does not fit.
        """
        if not agents:
            return {}
        self._arrange(agents)
        given = [self._given(agent, state, terminated, truncated, shared) for agent in agents]
        step = self._lanes(_Each(given), np.zeros(len(given), bool))
        told = self._lanes.told(step)
        shared[self._lanes.reward.name] = {
            agent: {name: float(values[row]) for name, values in told.items()} for row, agent in enumerate(agents)
        }
        return dict(zip(agents, step.total.tolist(), strict=True))

    def _arrange(self, agents: Sequence[Any]) -> None:
        if list(agents) == self._agents:
            return
        places = {agent: place for place, agent in enumerate(self._agents)}
        self._lanes.reorder([places.get(agent) for agent in agents])
        self._agents = list(agents)

    def _given(self, agent: Any, state: Any, terminated: Any, truncated: Any, shared: Mapping[str, Any]) -> Seen:
        over, cut = bool(terminated[agent]), bool(truncated[agent])
        own = {
            "terminated": over, "truncated": cut, "done": over or cut, "step": self._lanes.steps, "state": state,
            "shared_info": shared,
        }  # fmt: skip
        return Seen({**shared, **own}, 0, state, agent)


class _Each(Mapping[str, Any]):
    """A column of a value an agent."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        self._seen = seen

    def __getitem__(self, name: str) -> Any:
        return [seen[name] for seen in self._seen]

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen[0])

    def __len__(self) -> int:
        return len(self._seen[0])


def write(exported: Exported) -> str:
    """The reward function of the exported file."""
    return (
        "from rlgym.api import RewardFunction\n\n\n"
        f"class {exported.function}(RewardFunction):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, **params):\n"
        "        self.scoring = _reward.scoring(params)\n\n"
        "    def reset(self, agents, initial_state, shared_info):\n"
        "        self.scoring.reset(agents)\n\n"
        "    def get_rewards(self, agents, state, is_terminated, is_truncated, shared_info):\n"
        "        return self.scoring(agents, state, is_terminated, is_truncated, shared_info)\n"
    )


TRAINER = Trainer(
    name="rlgym",
    title="RLGym",
    tested="rlgym-api 2.0.0 (run)",
    gives="RLGym gives `terminated`, `truncated`, `done`, `step` (steps so far), the entries of `shared_info`, the "
    "attributes of the state, and paths into it, as `cars[agent].physics.position[2]`.",
    missing=Missing(0.0, (ERROR,), "RLGym can leave none out: the reward is 0, and `<reward>/missing` is 1."),
    groups=Groups.NEVER,
    calls="hands on numbers, a step at a time",
    logs="`shared_info[<reward>][agent]`: `<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured="RLGym(reward_fn={function}(), …)   # from {module} import {function}",
    write=write,
    steps=True,
)
