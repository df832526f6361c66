"""Some of the scores of a batch."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from rewardlang.backend.scores import LazyTerms, Scores, TermScores


def rows(scores: Scores, start: int, end: int) -> Scores:
    """The scores of the samples from `start` to before `end`."""
    terms = scores.terms
    return replace(
        scores,
        total=scores.total[start:end],
        missing=scores.missing[start:end],
        reasons=scores.reasons[start:end],
        terms=LazyTerms(terms, lambda path: _cut(terms[path], start, end)),
        lengths=None if scores.lengths is None else scores.lengths[start:end],
    )


def _cut(term: TermScores, start: int, end: int) -> TermScores:
    cut: dict[str, Any] = {}
    for item in fields(term):
        value = getattr(term, item.name)
        cut[item.name] = value if isinstance(value, str | None) else value[start:end]
    return TermScores(**cut)
