"""EasyR1: a list of a worker's samples, each with its response and ground truth; params are keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring, literal
from rewardlang.trainers.fields import COMPLETION
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.outcomes import outcomes
from rewardlang.trainers.scoring import Scorer
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as EasyR1 calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = Scorer(binding, TRAINER)

    def __call__(self, reward_inputs: Sequence[Mapping[str, Any]], **settings: Any) -> list[dict[str, float]]:
        """For each sample `overall`, which is the reward, and what is averaged beside it."""
        names = {name for row in reward_inputs for name in row}
        columns: dict[str, Any] = {name: [row.get(name) for row in reward_inputs] for name in names}
        if "response" in columns:
            columns[COMPLETION] = columns["response"]
        scores = self._scorer.score(columns, len(reward_inputs), settings=settings)
        totals = self._scorer.filled(scores, scores.tolist(), None)
        return [
            {"overall": total, "missing": float(outcome.total is None), **outcome.terms}
            for total, outcome in zip(totals, outcomes(scores), strict=True)
        ]


def write(exported: Exported) -> str:
    """The function of the exported file."""
    return (
        f'REWARD_NAME = {literal(exported.binding.reward)}\nREWARD_TYPE = "batch"\n\n\n'
        f"def {exported.function}(reward_inputs, **settings):\n{docstring(exported.about)}\n"
        "    return _reward(reward_inputs, **settings)\n"
    )


TRAINER = Trainer(
    name="easyr1",
    title="EasyR1",
    tested="b44b311 (read)",
    gives="EasyR1 gives `completion` (its `response`), `ground_truth` and `response_length`, and no other column.",
    missing=Missing(0.0, (ERROR,), "EasyR1 can leave none out: `overall` is 0, and `missing` is 1."),
    groups=Groups.NEVER,
    calls="gives a worker any part of a batch, without prompts",
    logs="keys beside `overall`: `missing`, `<path>/raw`, `/weight`, `/contribution`, `/missing`",
    configured=(
        "worker.reward.reward_function={file}:{function}\n"
        "worker.reward.reward_function_kwargs.PARAM=VALUE   # for each param that is to differ"
    ),
    write=write,
    function="compute_score",
)
