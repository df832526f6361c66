"""Scores sample by sample, for the trainers that ask for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.trainers.terms import parts

if TYPE_CHECKING:
    from rewardlang.backend.scores import Scores


@dataclass(frozen=True)
class Outcome:
    """The score of one sample: None where it is missing, then with the reason.

    `terms` has the same keys for every sample of a reward: `path/raw`, `/weight`, `/contribution` (of entries that
    count) and `/missing`, 0 where there is nothing to tell.
    """

    total: float | None
    reason: str | None
    terms: dict[str, float]


def outcomes(scores: Scores) -> list[Outcome]:
    """The scores of a batch, a sample each."""
    columns = {
        f"{path}/{part}": values.tolist() for path, term in scores.terms.items() for part, values in parts(term).items()
    }
    return [
        Outcome(total, reason, {name: values[row] for name, values in columns.items()})
        for row, (total, reason) in enumerate(zip(scores.tolist(), scores.reasons, strict=True))
    ]
