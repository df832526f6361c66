"""EasyDeL: the whole batch; columns come inside `batch`, those of numbers alone, and a None counts as 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION, PROMPT
from rewardlang.trainers.missing import ERROR, NEUTRAL, Missing
from rewardlang.trainers.scoring import Scorer
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as EasyDeL calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = Scorer(binding, TRAINER)

    def __call__(self, prompts: Any, completions: Any, batch: Any = None) -> list[float | None]:
        """A number a completion. A column of one value a prompt is repeated for its completions, which are adjacent."""
        samples = len(completions)
        columns = {name: _repeated(values, samples) for name, values in dict(batch or {}).items()}
        prompts = _repeated(prompts, samples)
        scores = self._scorer.score({**columns, PROMPT: prompts, COMPLETION: completions}, samples)
        return self._scorer.filled(scores, scores.tolist(), prompts)


def _repeated(values: Any, samples: int) -> Any:
    if not hasattr(values, "__len__") or not len(values) or samples % len(values):
        return values
    times = samples // len(values)
    return values if times == 1 else [value for value in values for _ in range(times)]


def write(exported: Exported) -> str:
    """The function of the exported file."""
    return (
        f"def {exported.function}(prompts, completions, batch=None):\n{docstring(exported.about)}\n"
        "    return _reward(prompts, completions, batch)\n"
    )


TRAINER = Trainer(
    name="easydel",
    title="EasyDeL",
    tested="0.3.0 (its choice of arguments run), 090a03b (read)",
    gives="EasyDeL gives `prompt`, `completion`, and the columns of `batch`, which are numbers.",
    missing=Missing(
        NEUTRAL, (NEUTRAL, ERROR),
        "EasyDeL would count None as 0: the score is the mean of the prompt's others, and no advantage.",
    ),
    groups=Groups.SIZED,
    calls="does not tell the size of its groups",
    logs="`rewards/<reward>`; the log of `rewardlang.trainers` tells of missing ones",
    configured="GRPOTrainer(reward_funcs=[{function}], …)   # from {module} import {function}",
    write=write,
)  # fmt: skip
