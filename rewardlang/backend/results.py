"""From the device's arrays to `Scores`: masks, reasons and names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import LARGEST
from rewardlang.backend.scores import ABSENT, INVALID, NOT_ASKED, OVERFLOW, LazyTerms, ModelScores, Scores, TermScores

if TYPE_CHECKING:
    from rewardlang.backend.columns import Columns
    from rewardlang.backend.device import Device
    from rewardlang.backend.executor import Scored
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.scores import Flags
    from rewardlang.ir.graph import Term
    from rewardlang.types import Axis, Type

_OVERFLOWED = LARGEST["float32"]


@dataclass(frozen=True, eq=False)
class Results:
    """Makes the scores of the calls of one reward; `result` is the type of its total."""

    device: Device
    result: Type
    signature: str

    def scores(self, gathered: Columns, run: HostRun, scored: Scored) -> Scores:
        """The scores of a call. Terms are made when they are read."""
        total, present = scored.totals.total, scored.totals.total_present
        overflow = present & (np.abs(total) >= _OVERFLOWED)
        missing, lengths = ~present | overflow, None
        gone = missing
        if total.ndim > 1:
            where = _where(run, self.device.total_axes, total)
            lengths = where.sum(axis=1)
            # An empty list is missing only where its whole is, of which the mask is the same in every place.
            nothing = ~present.any(axis=1) & self.result.whole_missing
            missing = missing | ~where
            gone = np.where(lengths > 0, missing.all(axis=1), nothing)
        valid = np.ones(gathered.samples, np.bool_) if run.batch.valid is None else run.batch.valid
        gone = gone | ~valid
        masked = np.ma.array(np.where(missing, np.float32(0), total), mask=missing)
        terms = LazyTerms(self._places, lambda path: self._term(path, run, valid, scored))
        reasons = _reasons(gathered, gone, overflow, run)
        models = {spec.name: _model_scores(run, spec.name, valid) for spec in run.graph.models}
        return Scores(masked, gone, reasons, terms, lengths, scored.totals.state, self.signature, models)

    @cached_property
    def _places(self) -> dict[str, tuple[Term, bool, int]]:
        """Each term in order, whether it is over axes, and where it stands among those alike."""
        kinds = ((self.device.narrow, False), (self.device.wide, True))
        known = {term.path: (term, wide, place) for terms, wide in kinds for place, term in enumerate(terms)}
        return {term.path: known[term.path] for term in self.device.graph.terms}

    def _term(self, path: str, run: HostRun, valid: Flags, scored: Scored) -> TermScores:
        """One term; nothing of it is told of an invalid sample, whose inputs have been replaced."""
        (term, wide, place), arrays = self._places[path], scored.whole
        where, counted = None, valid
        if wide:
            raw, weight, contribution, active, present = arrays.wide[place]
            where = _where(run, self.device.axes_of(term), raw)
            counted = where & valid.reshape(-1, *(1 for _ in where.shape[1:]))
        else:
            raw, contribution = arrays.raw[place], arrays.contribution[place]
            parts = (arrays.weight[place], arrays.active[place], arrays.present[place])
            weight, active, present = (np.broadcast_to(part, raw.shape) for part in parts)
        active, present = active & counted, present & counted
        hidden = ~(active & present)
        return TermScores(
            term.kind,
            np.ma.array(raw, mask=hidden),
            np.ma.array(weight, mask=~active),
            None if term.contribution is None else np.ma.array(contribution, mask=hidden),
            active,
            present,
            where,
        )


def _reasons(gathered: Columns, gone: Flags, overflow: Flags, run: HostRun) -> tuple[str | None, ...]:
    invalid = gathered.reasons()
    failed = _failed(run)
    told: list[str | None] = [None] * gathered.samples
    for row in np.flatnonzero(gone):
        fault = invalid.get(int(row))
        other = OVERFLOW if np.any(overflow[row]) else failed.get(int(row), ABSENT)
        told[row] = f"{INVALID}: {fault}" if fault else other
    return tuple(told)


def _failed(run: HostRun) -> dict[int, str]:
    """For each sample of which a model failed, the first that did and why."""
    found: dict[int, str] = {}
    for name, parts in run.reasons.items():
        for samples, reasons in parts:
            for sample, reason in zip(samples.tolist(), reasons, strict=True):
                if reason is not None and reason != NOT_ASKED:
                    found.setdefault(sample, f"the model `{name}`: {reason}")
    return found


def _model_scores(run: HostRun, name: str, valid: Flags) -> ModelScores:
    parts = run.reasons.get(name, [])
    told = [
        reason for samples, reasons in parts for reason, here in zip(reasons, valid[samples], strict=True) if here
    ]  # fmt: skip
    counts = Counter(reason for reason in told if reason not in (None, NOT_ASKED))
    asked = sum(reason != NOT_ASKED for reason in told)
    traces = {sample: tuple(uses) for sample, uses in sorted(run.traces.get(name, {}).items())}
    return ModelScores(asked, asked - counts.total(), dict(counts.most_common()), traces)


def _where(run: HostRun, axes: tuple[Axis, ...], padded: Any) -> Flags:
    return run.domains.filled(axes, padded.shape[1 : 1 + len(axes)])
