"""TRL's GRPO and its kin, and what wraps it: axolotl, unsloth.

The function is called with a process's own rows. `None` leaves a sample out of the sum of rewards; a row of which every
reward is None has no advantage. The training step comes with `trainer_state`, and is the field `step`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers import terms
from rewardlang.trainers.exporting import docstring, literal
from rewardlang.trainers.fields import COMPLETION, PROMPT, STEP
from rewardlang.trainers.missing import ERROR, NEUTRAL, SKIP, Missing
from rewardlang.trainers.ranks import score_together
from rewardlang.trainers.repeated import Repeated
from rewardlang.trainers.scoring import Scorer
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.scores import Scores
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported

_NOT_COLUMNS = {"trainer_state", "log_extra", "log_metric", "environments"}


class Adapter:
    """A reward as TRL calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = Scorer(binding, TRAINER)
        self._repeated = Repeated(self._scorer, score_together)
        self._logged: Scores | None = None

    def __call__(self, prompts: Any, completions: Any, **given: Any) -> list[float | None]:
        """A number a completion, None where it is missing."""
        scores = score_together(self._scorer, self._columns(prompts, completions, given), len(completions))
        self._log(scores, given)
        return self._scorer.filled(scores, scores.tolist(), prompts)

    def entry(self, path: str, /, prompts: Any, completions: Any, **given: Any) -> list[float | None]:
        """What one entry of the root adds; all entries of a batch are made by one call of the reward."""
        columns = self._columns(prompts, completions, given)
        scores = self._repeated(columns, len(completions))
        if scores is not self._logged:
            self._logged = scores
            self._log(scores, given)
        return self._scorer.filled(scores, terms.entries(scores, path), prompts)

    @staticmethod
    def _columns(prompts: Any, completions: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        own = {name: values for name, values in given.items() if name not in _NOT_COLUMNS}
        return {**clock(given.get("trainer_state"), len(completions)), **own, PROMPT: prompts, COMPLETION: completions}

    def _log(self, scores: Scores, given: Mapping[str, Any]) -> None:
        """The same names in every call and on every rank: they are gathered."""
        log_metric, log_extra = given.get("log_metric"), given.get("log_extra")
        name = self._scorer.reward.name
        if log_metric is not None:
            for told, value in terms.means(scores).items():
                log_metric(f"rewards/{name}/{told}", value)
        if log_extra is not None:
            log_extra(terms.FINGERPRINT, [self._scorer.reward.fingerprint] * len(scores))
            log_extra(f"{name}/missing", list(scores.reasons))
            for path, term in scores.terms.items():
                log_extra(f"{name}/{path}", terms.parts(term)["raw"].tolist())


def clock(state: Any, samples: int) -> dict[str, Any]:
    """The training step, as a column."""
    step = getattr(state, "global_step", None)
    return {} if step is None else {STEP: [step] * samples}


def write(exported: Exported) -> str:
    """The functions of the exported file."""
    if not exported.entries:
        return (
            f"def {exported.function}(prompts, completions, **kwargs):\n{docstring(exported.about)}\n"
            "    return _reward(prompts, completions, **kwargs)\n"
        )
    functions = [
        f"def {name}(prompts, completions, **kwargs):\n{docstring(f'What `{path}` adds to the reward.')}\n"
        f"    return _reward.entry({literal(path)}, prompts, completions, **kwargs)\n"
        for name, path in exported.entries.items()
    ]
    listed = f"reward_funcs = [{', '.join(exported.entries)}]\nreward_weights = {[1.0] * len(exported.entries)}\n"
    return "\n\n".join([*functions, listed])


TRAINER = Trainer(
    name="trl",
    title="TRL",
    tested="1.16.0 (run), 1.10.0.dev at f2cd577 (read)",
    gives="TRL gives `prompt`, `completion`, `completion_ids`, every other column of the data set, and `step`.",
    missing=Missing(SKIP, (SKIP, NEUTRAL, ERROR), "TRL gets None, leaves the sample out, and it has no advantage."),
    groups=Groups.SIZED,
    calls="has whole groups only where their size divides the rows of a process",
    logs="`rewards/<reward>/<path>/raw`, `/weight`, `/contribution`, `/missing`; columns of the completions table",
    configured="GRPOTrainer(reward_funcs={function}, …)   # from {module} import {function}",
    write=write,
    aliases=("axolotl", "unsloth"),
    entries=True,
)
