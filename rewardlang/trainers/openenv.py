"""OpenEnv: a rubric, called with the action and the observation of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION
from rewardlang.trainers.missing import ERROR, SKIP, Missing
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.outcomes import Outcome
    from rewardlang.trainers.trainer import Exported

_SAID = ("message", "text", "content", "response", "action")
"""Attributes by which actions call what the model wrote; the first that there is becomes `completion`."""


class Adapter:
    """A reward as a rubric of OpenEnv."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    def __call__(self, action: Any, observation: Any) -> tuple[float, dict[str, float]]:
        """The reward of a step, and its terms."""
        outcome: Outcome = self._scorer(_given(action, observation))
        return self._scorer.number(outcome), {**outcome.terms, "missing": float(outcome.total is None)}


def _given(action: Any, observation: Any) -> dict[str, Any]:
    done = _attributes(action)
    said = action if isinstance(action, str) else next((done[name] for name in _SAID if name in done), None)
    seen = _attributes(observation)
    metadata = seen.get("metadata")
    return {**(metadata if isinstance(metadata, Mapping) else {}), **seen, **done, COMPLETION: said}


def _attributes(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    fields = getattr(type(value), "model_fields", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields} | (value.model_extra or {})
    return dict(getattr(value, "__dict__", {}))


def write(exported: Exported) -> str:
    """The rubric of the exported file."""
    return (
        "from openenv.core.rubrics import Rubric\n\n\n"
        f"class {exported.function}(Rubric):\n{docstring(exported.about)}\n\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.terms = {}\n\n"
        "    def forward(self, action, observation):\n"
        "        reward, self.terms = _reward(action, observation)\n"
        "        return reward\n"
    )


TRAINER = Trainer(
    name="openenv",
    title="OpenEnv",
    tested="0.10.0 (run)",
    gives="OpenEnv gives `completion` (the action's text), and the fields of action, observation and its metadata.",
    missing=Missing(0.0, (SKIP, ERROR), "OpenEnv hands NaN on, so that the reward is 0; `skip` gives NaN."),
    groups=Groups.NEVER,
    calls="asks for one step at a time",
    logs="`terms` of the rubric: `missing`, `<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured="MyEnvironment(rubric={function}())   # from {module} import {function}",
    write=write,
)
