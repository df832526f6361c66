"""The compiled reward's scores in the plain form that `assert_agrees` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.driver import build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.backend.scores import Scores, TermScores
    from rewardlang.check.checked import Checked
    from tests.reference.agreement import Scores as Plain


def compiled_scores(
    checked: Checked, reward_name: str, batch: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None,
    groups: Sequence[Any] | None,
) -> Plain:  # fmt: skip
    """Compile the reward, call it on columns, and take the scores apart sample by sample."""
    reward = build(checked.rewards[reward_name])
    columns = {name: [sample.get(name) for sample in batch] for name in reward.inputs}
    known = {name: value for name, value in (params or {}).items() if name in reward.params}
    scores = reward(columns, group=None if groups is None else list(groups), params=known)
    totals = scores.tolist()
    return [
        {
            "total": totals[sample],
            "terms": {path: _plain(term, sample, scores) for path, term in scores.terms.items()},
        }
        for sample in range(len(batch))
    ]


def _plain(term: TermScores, sample: int, scores: Scores) -> dict[str, Any]:
    parts = {name: getattr(term, name) for name in ("raw", "weight", "contribution", "active", "present")}
    return {name: None if part is None else _row(part, sample, scores) for name, part in parts.items()}


def _row(part: Any, sample: int, scores: Scores) -> Any:
    row = np.ma.asarray(part)[sample]
    if np.ndim(row) and scores.lengths is not None:
        row = row[: scores.lengths[sample]]
    return row.tolist()
