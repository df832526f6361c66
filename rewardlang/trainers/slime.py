"""slime: a sample a call, or with `--group-rm` the samples of a group; always `async`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.trainers.exporting import docstring
from rewardlang.trainers.fields import COMPLETION, PROMPT, columns_of
from rewardlang.trainers.missing import ERROR, Missing
from rewardlang.trainers.outcomes import Outcome, outcomes
from rewardlang.trainers.scoring import OneByOne
from rewardlang.trainers.terms import FINGERPRINT
from rewardlang.trainers.trainer import Groups, Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Exported


class Adapter:
    """A reward as slime calls it."""

    def __init__(self, binding: Binding) -> None:
        self._scorer = OneByOne(binding, TRAINER)

    async def ask(self, sample: Any) -> Any:
        """For a sample a dictionary, of which `--reward-key score` is the reward; for a list of them, a list."""
        if isinstance(sample, list):
            return await self._group(sample)
        return self._told(await self._scorer.ask(given(sample)))

    async def _group(self, samples: Sequence[Any]) -> list[dict[str, Any]]:
        import asyncio

        return await asyncio.get_running_loop().run_in_executor(None, self._scored, list(samples))

    def _scored(self, samples: list[Any]) -> list[dict[str, Any]]:
        columns = columns_of([given(sample) for sample in samples])
        scores = self._scorer.scorer.score(columns, len(samples), len(samples))
        return [self._told(outcome) for outcome in outcomes(scores)]

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        return told(outcome, self._scorer.number(outcome), self._scorer.scorer.reward.fingerprint)


def given(sample: Any) -> dict[str, Any]:
    """The values of a sample by their names."""
    metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
    own = {PROMPT: sample.prompt, COMPLETION: sample.response, "label": sample.label, "metadata": metadata}
    return {**metadata, **own}


def told(outcome: Outcome, score: float, fingerprint: str) -> dict[str, Any]:
    """What slime is told of a sample; `score` is its total."""
    own = {"score": score, "missing": float(outcome.total is None)}
    return {**own, **outcome.terms, FINGERPRINT: fingerprint}


def write(exported: Exported) -> str:
    """The function of the exported file."""
    return (
        f"async def {exported.function}(args, sample, **kwargs):\n{docstring(exported.about)}\n"
        "    return await _reward.ask(sample)\n"
    )


TRAINER = Trainer(
    name="slime",
    title="slime",
    tested="624b824 (read)",
    gives="slime gives `prompt`, `completion`, `label`, and the keys of `metadata`.",
    missing=Missing(0.0, (ERROR,), "slime can leave none out: `score` is 0, and `missing` is 1."),
    groups=Groups.TOLD,
    calls="has one group at most, and with `--group-rm` a whole one",
    logs="keys beside `score`: `missing`, `<path>/raw`, `/weight`, `/contribution`, `/missing`, `reward.fingerprint`",
    configured="--custom-rm-path {module}.{function} --reward-key score   # with --group-rm for `over group`",
    write=write,
)
