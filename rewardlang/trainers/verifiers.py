"""verifiers 0.4: a reward of a task, which is given its data and the trace of the rollout.

A missing score is an exception, which marks the trace as failed: verifiers keeps what has no verdict apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring, literal
from rewardlang.trainers.fields import COMPLETION, PROMPT
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.terms import FINGERPRINT
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.outcomes import Outcome
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as verifiers calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    async def ask(self, task: Any, trace: Any) -> float:
        """The reward of a trace; its terms are recorded as metrics of the trace."""
        return self._scorer.number(await self._outcome(task, trace))

    async def entries(self, paths: tuple[str, ...], task: Any, trace: Any) -> dict[str, float]:
        """What each entry of the root adds, as keyed scores."""
        outcome = await self._outcome(task, trace)
        total = self._scorer.number(outcome)
        if outcome.total is None:
            return {path: total / len(paths) for path in paths}
        return {path: outcome.terms[f"{path}/contribution"] for path in paths}

    async def _outcome(self, task: Any, trace: Any) -> Outcome:
        outcome = await self._scorer.ask(_given(task, trace))
        reward = self._scorer.scorer.reward
        told = {"missing": float(outcome.total is None), **outcome.terms}
        trace.record_metrics({f"{reward.name}/{name}": value for name, value in told.items()})
        trace.info[FINGERPRINT] = reward.fingerprint
        return outcome


def _given(task: Any, trace: Any) -> dict[str, Any]:
    data = {name: getattr(task, name) for name in type(task).model_fields} | (task.model_extra or {})
    said = [message.model_dump() for message in trace.assistant_messages]
    return {**data, PROMPT: _messages(task.prompt), COMPLETION: said}


def _messages(prompt: Any) -> Any:
    if not isinstance(prompt, list):
        return prompt
    return [message if isinstance(message, Mapping) else message.model_dump() for message in prompt]


def write(exported: Exported) -> str:
    """The function of the exported file."""
    paths = tuple(exported.entries.values())
    call = f"_reward.entries({literal(paths)}, task, trace)" if paths else "_reward.ask(task, trace)"
    return (
        "import verifiers.v1 as vf\n\n\n@vf.reward\n"
        f"async def {exported.function}(task, trace):\n{docstring(exported.about)}\n"
        f"    return await {call}\n"
    )


TRAINER = Trainer(
    name="verifiers",
    title="verifiers",
    tested="0.4.0 (run)",
    gives="verifiers gives `prompt`, `completion` (the model's messages), and the fields of the task's data.",
    missing=Missing(ERROR, (ERROR,), "verifiers marks the trace as failed, by an exception."),
    groups=Groups.NEVER,
    calls="asks for one trace at a time",
    logs="metrics of the trace: `<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured='[env.taskset.task.rewards]\n{function} = {{ fn = "{file}:{function}" }}',
    write=write,
    entries=True,
)
