"""SkyRL: an environment of one turn, whose step scores the action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION, PROMPT
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.terms import FINGERPRINT
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as an environment of SkyRL."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    def __call__(self, action: str, prompt: Any, extras: Mapping[str, Any] | None) -> tuple[float, dict[str, Any]]:
        """The reward of an action, and the metadata of the step."""
        extras = extras or {}
        spec = extras.get("reward_spec")
        own = {PROMPT: prompt, COMPLETION: action}
        outcome = self._scorer({**extras, **(spec if isinstance(spec, dict) else {}), **own})
        metadata = {**outcome.terms, "missing": float(outcome.total is None)}
        return self._scorer.number(outcome), {**metadata, FINGERPRINT: self._scorer.scorer.reward.fingerprint}


def write(exported: Exported) -> str:
    """The environment of the exported file."""
    return (
        "from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput\n\n\n"
        f"class {exported.function}(BaseTextEnv):\n{docstring(exported.about)}\n\n"
        "    def __init__(self, env_config=None, extras=None):\n"
        "        super().__init__()\n"
        "        self.extras, self.prompt = extras or {}, None\n\n"
        "    def init(self, prompt):\n"
        "        self.prompt = prompt\n"
        "        return super().init(prompt)\n\n"
        "    def step(self, action):\n"
        "        reward, metadata = _reward(action, self.prompt, self.extras)\n"
        "        return BaseTextEnvStepOutput(observations=[], reward=reward, done=True, metadata=metadata)\n"
    )


TRAINER = Trainer(
    name="skyrl",
    title="SkyRL",
    tested="skyrl-gym 0.4.0 (run)",
    gives="SkyRL gives `prompt`, `completion` (the action), the keys of `extras`, and those of its `reward_spec`.",
    missing=Missing(0.0, (ERROR,), "SkyRL can leave none out: the reward is 0, and `missing` is 1 in the metadata."),
    groups=Groups.NEVER,
    calls="asks for one sample at a time",
    logs="metadata of the step: `missing`, `<path>/raw`, `/weight`, `/contribution`, `/missing`, `reward.fingerprint`",
    configured='skyrl_gym.envs.registration.register(id="{module}", entry_point="{module}:{function}")',
    write=write,
)
