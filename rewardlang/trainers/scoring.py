"""Scoring for a trainer: the reward is compiled where it is called first, and what is missing is told."""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.trainers.batching import Batching
from rewardlang.trainers.fields import PROMPT, Fields
from rewardlang.trainers.missing import MissingScoreError, filled, prompt_key
from rewardlang.trainers.outcomes import Outcome, outcomes
from rewardlang.trainers.terms import FINGERPRINT
from rewardlang.trainers.trainer import Groups, check_fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.reward import Reward
    from rewardlang.backend.scores import Scores
    from rewardlang.trainers.binding import Binding
    from rewardlang.trainers.trainer import Trainer

logger = logging.getLogger("rewardlang.trainers")


class Scorer:
    """Scores what a trainer gives. The reward is compiled by the first call in a process: a fork has its own."""

    def __init__(self, binding: Binding, trainer: Trainer) -> None:
        self.binding, self.trainer = binding, trainer
        self.policy = trainer.missing.checked(binding.missing, trainer.title)
        self._process: int | None = None
        self._lock = threading.RLock()
        self._missing = 0
        os.register_at_fork(after_in_child=self._forget)

    def __reduce__(self) -> Any:
        """To other processes goes what it is made from."""
        return Scorer, (self.binding, self.trainer)

    def _forget(self) -> None:
        self._process, self._lock = None, threading.RLock()

    @property
    def reward(self) -> Reward:
        """The compiled reward."""
        self._open()
        return self._reward

    def _open(self) -> None:
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            reward = self.binding.load()
            check_fit(reward, self.trainer, self.binding)
            self._reward, self._fields = reward, Fields(reward, self.binding, self.trainer.title)
            self._compares = "group" in reward.interface.across
            self._process = os.getpid()
            logger.info("%s: `%s`, %s %s", self.trainer.title, reward.name, FINGERPRINT, reward.fingerprint)

    @property
    def compares(self) -> bool:
        """Whether the reward compares the samples of a group."""
        self._open()
        return self._compares

    @property
    def columns(self) -> Fields:
        """What the fields are made from."""
        self._open()
        return self._fields

    @property
    def names(self) -> set[str]:
        """What the trainer calls the values that scores are made from."""
        self._open()
        return {*self._fields.names.values(), PROMPT}

    def params(self, settings: Mapping[str, Any] | None) -> dict[str, Any]:
        """The params of a call: those of the binding, and what the trainer was configured with.

        Raises:
            CallError: there is no such param.
        """
        reward = self.reward
        for name in settings or ():
            if name not in reward.params:
                close = suggest(name, reward.params)
                hint = f"did you mean `{close}`?" if close else f"its params: {', '.join(reward.params) or 'none'}"
                raise CallError(f"`{reward.name}` has no param `{name}`; {hint}")
        return {**self.binding.params, **(settings or {})}

    # --- a batch ---

    def score(
        self, given: Mapping[str, Any], samples: int, groups: Any = None, settings: Mapping[str, Any] | None = None
    ) -> Scores:
        """The scores of `samples` samples, of columns by the trainer's names.

        `groups` are ids or a size; `settings` are params beside those of the binding.

        Raises:
            CallError: a column does not fit, or a group is not whole.
        """
        self._open()
        group = None
        if self._compares:
            group = self.binding.group if self.trainer.groups is Groups.SIZED else groups
            self._check_groups(group, given.get(PROMPT), samples)
        columns = self._fields.columns(given, samples)
        scores = self._reward(columns, group=group, params=self.params(settings), on_invalid="missing")
        self._tell(scores)
        return scores

    def fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of one sample, of values by the trainer's names.

        Raises:
            CallError: a required one is not given.
        """
        self._open()
        return self._fields.sample(given)

    def together(self, columns: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Outcome]:
        """The outcomes of samples that were asked for one by one; `settings` are params beside those of the binding.

        Raises:
            CallError: a value does not fit.
        """
        scores = self._reward(columns, params=self.params(settings), on_invalid="missing")
        self._tell(scores)
        return outcomes(scores)

    def filled(self, scores: Scores, totals: Sequence[float | None], prompts: Sequence[Any] | None) -> list[Any]:
        """The totals, or an entry's part of them, with what the policy puts in place of the missing ones."""
        return filled(totals, self.policy, self._reward.interval, prompts, scores.reasons)

    def _check_groups(self, size: Any, prompts: Sequence[Any] | None, samples: int) -> None:
        title = self.trainer.title
        if size is None:
            raise CallError(
                f"`{self._reward.name}` compares the samples of a group, and {title} did not tell how many there are: "
                "say it with `--group-size N`"
            )
        if samples % size:
            raise CallError(f"{title} gave {samples} completions, which are no whole groups of {size}")
        keys = [] if prompts is None else [prompt_key(prompt) for prompt in prompts]
        for row in range(len(keys)):
            first = row - row % size
            if keys[row] != keys[first]:
                raise CallError(
                    f"{title} gave two prompts in one group of {size} (samples {first} and {row}): "
                    "the size of a group is not what it was exported with"
                )

    def _tell(self, scores: Scores) -> None:
        """Warn of missing scores, each time that their number has doubled."""
        gone = int(scores.missing.sum())
        if not gone:
            return
        before, self._missing = self._missing, self._missing + gone
        if before.bit_length() == self._missing.bit_length():
            return
        (reason, count), *_ = Counter(reason for reason in scores.reasons if reason).most_common(1)
        logger.warning(
            "%s: %d of %d scores of `%s` are missing (%d so far), %d of them: %s",
            self.trainer.title, gone, len(scores), self._reward.name, self._missing, count, reason,
        )  # fmt: skip


@dataclass(frozen=True)
class _Sample:
    fields: dict[str, Any]
    params: tuple[tuple[str, Any], ...]

    @property
    def kind(self) -> Any:
        """Samples of one kind can be scored together."""
        return tuple(sorted(self.fields)), self.params


class OneByOne:
    """Scores for a trainer that asks for one sample at a time: those of concurrent callers together."""

    def __init__(self, binding: Binding, trainer: Trainer) -> None:
        self.scorer = Scorer(binding, trainer)
        self._batching: Batching[_Sample, Outcome] = Batching(self._outcomes)

    def __reduce__(self) -> Any:
        """To other processes goes what it is made from."""
        return OneByOne, (self.scorer.binding, self.scorer.trainer)

    def __call__(self, given: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Outcome:
        """The outcome of a sample, of values by the trainer's names; `settings` are params; blocks the thread.

        Raises:
            CallError: a required value is not given, or does not fit.
        """
        return self._batching(self._sample(given, settings))

    async def ask(self, given: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Outcome:
        """As a call; blocks no event loop."""
        return await self._batching.ask(self._sample(given, settings))

    def number(self, outcome: Outcome) -> float:
        """The total, or what stands for a missing one.

        Raises:
            MissingScoreError: it is missing, and the policy is an exception.
        """
        if outcome.total is not None:
            return outcome.total
        try:
            interval = self.scorer.reward.interval
            (total,) = filled([None], self.scorer.policy, interval, None, [outcome.reason])
        except MissingScoreError:
            raise MissingScoreError(f"`{self.scorer.binding.reward}` has no score: {outcome.reason}") from None
        return float("nan") if total is None else total

    def _sample(self, given: Mapping[str, Any], settings: Mapping[str, Any] | None) -> _Sample:
        if self.scorer.compares:
            title, name = self.scorer.trainer.title, self.scorer.reward.name
            raise CallError(f"`{name}` compares the samples of a group, and {title} asked for one sample alone")
        self.scorer.params(settings)
        return _Sample(self.scorer.fields(given), tuple(sorted((settings or {}).items())))

    def _outcomes(self, samples: Sequence[_Sample]) -> list[Outcome]:
        kinds: dict[Any, list[int]] = {}
        for place, sample in enumerate(samples):
            kinds.setdefault(sample.kind, []).append(place)
        told: dict[int, Outcome] = {}
        for places in kinds.values():
            first = samples[places[0]]
            columns = {name: [samples[place].fields[name] for place in places] for name in first.fields}
            told |= zip(places, self.scorer.together(columns, dict(first.params)), strict=True)
        return [told[place] for place in range(len(samples))]
