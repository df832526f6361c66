"""AReaL: one sample a call, in a pool of processes; the function is pickled by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION, PROMPT
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as AReaL calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    def __call__(
        self, prompt: Any, completions: Any, prompt_ids: Any = None, completion_ids: Any = None, /, **task: Any
    ) -> float:
        """The reward of one completion."""
        own = {PROMPT: prompt, COMPLETION: completions, "prompt_ids": prompt_ids, "completion_ids": completion_ids}
        return self._scorer.number(self._scorer({**task, **own}))


def write(exported: Exported) -> str:
    """The function of the exported file."""
    return (
        f"def {exported.function}(prompt, completions, prompt_ids=None, completion_ids=None, /, **data):\n"
        f"{docstring(exported.about)}\n"
        "    return _reward(prompt, completions, prompt_ids, completion_ids, **data)\n"
    )


TRAINER = Trainer(
    name="areal",
    title="AReaL",
    tested="1.0.4 (its wrapper run)",
    gives="AReaL gives `prompt`, `completion`, `prompt_ids`, `completion_ids`, and the columns of the data set.",
    missing=Missing(0.0, (ERROR,), "AReaL can leave none out, and logs nothing beside the reward: it is 0."),
    groups=Groups.NEVER,
    calls="asks for one sample at a time",
    logs="nothing beside the reward; the log of `rewardlang.trainers` tells of missing ones",
    configured='RLVRWorkflow(reward_fn="{module}.{function}", …)',
    write=write,
)
