"""Tunix's GRPO, and MaxText's, which calls Tunix: the whole batch, with the samples of a prompt side by side.

Tunix fills a parameter that is called as a field of the algorithm's configuration, so that the size of a group arrives
by itself. It tells no training step: the field `step` is the number of training batches so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION, PROMPT, STEP
from rewardlang.trainers.missing import ERROR, NEUTRAL, Missing
from rewardlang.trainers.scoring import Scorer
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as Tunix calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = Scorer(binding, TRAINER)
        self._batches = 0

    def __call__(self, prompts: Any, completions: Any, num_generations: Any = None, **given: Any) -> list[Any]:
        """A number a completion: a list, as Tunix checks the length of lists alone."""
        samples = len(completions)
        mode = str(getattr(given.get("mode"), "value", given.get("mode", "train")))
        own = {"mode": [mode] * samples, STEP: [self._batches] * samples}
        given = {name: values for name, values in given.items() if name not in {"mode", "tmvp_config"}}
        columns = {**own, **given, PROMPT: prompts, COMPLETION: completions}
        scores = self._scorer.score(columns, samples, self._scorer.binding.group or num_generations)
        self._batches += mode == "train"
        return self._scorer.filled(scores, scores.tolist(), list(prompts))


def write(exported: Exported) -> str:
    """The function of the exported file."""
    return (
        f"def {exported.function}(prompts, completions, num_generations=None, **kwargs):\n"
        f"{docstring(exported.about)}\n"
        "    return _reward(prompts, completions, num_generations, **kwargs)\n"
    )


TRAINER = Trainer(
    name="tunix",
    title="Tunix",
    tested="google-tunix 0.1.7 (run); maxtext 0.2.5 (its loading run)",
    gives="Tunix gives `prompt`, `completion`, the other columns of the data set, `mode`, and `step` (batches so far).",
    missing=Missing(
        NEUTRAL, (NEUTRAL, ERROR),
        "Tunix would count None as 0: the score is the mean of the prompt's others, and no advantage.",
    ),
    groups=Groups.TOLD,
    calls="tells the size of its groups, and nothing about the batch",
    logs="`rewards/<reward>`; the log of `rewardlang.trainers` tells of missing ones",
    configured="GRPOLearner(reward_fns=[{function}], …)   # or in the YAML: reward_functions: [{file}]",
    write=write,
    aliases=("maxtext",),
)  # fmt: skip
