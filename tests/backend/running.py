"""Runs hand-made rewards, optimised and not, and insists that both agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.executor import Executor
from rewardlang.backend.host_values import HostBatch, HostColumn
from rewardlang.columns.column import JsonColumn
from rewardlang.columns.json import of_values
from rewardlang.columns.texts import Texts
from rewardlang.ir.verify import verify
from rewardlang.lower import lower
from rewardlang.passes import PIPELINE

if TYPE_CHECKING:
    from rewardlang.backend.device import Scores


def column(values: Any, present: Any = None, whole: Any = None) -> HostColumn:
    """A column of numbers, bools or texts."""
    held = None if present is None else np.array(present, bool)
    all_or_none = None if whole is None else np.array(whole, bool)
    data = Texts.of(values) if len(values) and isinstance(values[0], str) else np.array(values)
    return HostColumn(data, held, all_or_none)


def json_column(values: list[Any], present: Any = None) -> HostColumn:
    """A column of JSON values."""
    tape, nodes = of_values(values)
    return HostColumn(JsonColumn(tape, nodes), None if present is None else np.array(present, bool))


def executor(reward: Any) -> Executor:
    """The optimised reward, verified after each pass."""
    graph = lower(reward)
    verify(graph)
    for step, _ in PIPELINE:
        graph = step(graph)
        verify(graph)
    return Executor(graph)


def scored(run: Executor, batch: HostBatch, **params: Any) -> Scores:
    """All scores of a batch."""
    return run.score(run.params(params), run.host(batch)).whole


def score(reward: Any, batch: HostBatch, **params: Any) -> Scores:
    """The scores, the same with and without passes."""
    plain = scored(Executor(lower(reward)), batch, **params)
    scores = scored(executor(reward), batch, **params)
    np.testing.assert_array_equal(scores.total_present, plain.total_present)
    held = np.asarray(scores.total_present)
    np.testing.assert_allclose(scores.total[held], plain.total[held], rtol=1e-6)
    assert np.isfinite(scores.total).all()
    return scores
