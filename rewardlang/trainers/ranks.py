"""Rewards that compare the samples of a group, where the ranks of a PyTorch run have parts of a batch.

A group may be cut between two ranks. Then every rank gathers the columns of all, scores them, and keeps its own rows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rewardlang.trainers.rows import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.scores import Scores
    from rewardlang.trainers.scoring import Scorer


def score_together(scorer: Scorer, columns: Mapping[str, Any], samples: int) -> Scores:
    """The scores of this rank's samples; with those of the other ranks in view, if the reward compares samples."""
    distributed = _distributed() if scorer.compares else None
    if distributed is None:
        return scorer.score(columns, samples)
    mine = ({name: list(columns[name]) for name in scorer.names if columns.get(name) is not None}, samples)
    everyone: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(everyone, mine)
    together = {name: [value for part, _ in everyone for value in part[name]] for name in mine[0]}
    scores = scorer.score(together, sum(count for _, count in everyone))
    start = sum(count for _, count in everyone[: distributed.get_rank()])
    return rows(scores, start, start + samples)


def _distributed() -> Any:
    """PyTorch's process group, where there is one of several ranks."""
    torch = sys.modules.get("torch")
    distributed = getattr(torch, "distributed", None)
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed if distributed.get_world_size() > 1 else None
