"""What is told of the terms of a reward, beside its total. Names and their number are the same in every call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rewardlang.backend.scores import Scores, TermScores

FINGERPRINT = "reward.fingerprint"


def parts(term: TermScores) -> dict[str, Any]:
    """What is told of a term, a number a sample. Of a term over an axis: means, and the sum of its contributions."""
    present, active = term.active & term.present, term.active
    told = {"raw": _mean(term.raw, present), "weight": _mean(term.weight, active)}
    if term.contribution is not None and term.kind != "metric":
        told["contribution"] = _rows(np.where(present, term.contribution.filled(0), 0)).sum(axis=1, dtype=np.float64)
    told["missing"] = _rows(active & ~term.present).any(axis=1).astype(np.float64)
    return told


def means(scores: Scores) -> dict[str, float]:
    """The terms of a batch as one number each, never NaN: 0 where there is nothing to tell.

    `path/raw` is the mean where the term has a value, `/weight` where it is active, `/contribution` over all samples
    that have a score, `/missing` over all; `missing` is the share of samples without a score.
    """
    return {name: total / count if count else 0.0 for name, (total, count) in sums(scores).items()}


def sums(scores: Scores) -> dict[str, tuple[float, int]]:
    """What `means` are made from, so that those of several batches can be: sums, and of how many samples."""
    scored, told = ~scores.missing, {}
    for path, term in scores.terms.items():
        present = _rows(term.active & term.present).any(axis=1)
        where = {"raw": present, "weight": _rows(term.active).any(axis=1), "contribution": scored}
        for part, values in parts(term).items():
            told[f"{path}/{part}"] = _sum(values, where.get(part))
    told["missing"] = _sum(scores.missing, None)
    return told


def entries(scores: Scores, path: str) -> list[float | None]:
    """What an entry of the tree adds to each total: 0 where it is inactive, None where there is no total."""
    values = parts(scores.terms[path])["contribution"].tolist()
    return [None if gone else value for value, gone in zip(values, scores.missing, strict=True)]


def _sum(values: Any, where: Any) -> tuple[float, int]:
    chosen = values if where is None else values[where]
    return float(np.sum(chosen, dtype=np.float64)), len(chosen)


def _mean(values: np.ma.MaskedArray[Any, Any], where: Any) -> Any:
    counted = _rows(where)
    total = _rows(np.where(where, values.filled(0), 0)).sum(axis=1, dtype=np.float64)
    return total / np.maximum(counted.sum(axis=1), 1)


def _rows(values: Any) -> Any:
    array = np.asarray(values)
    return array.reshape(len(array), math.prod(array.shape[1:]))
