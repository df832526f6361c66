"""Rows that repeat the one before, such as the gold of a group of replies: what depends on them alone is done once.

The nodes whose inputs all repeat run on the distinct rows, and what others need of them is spread over all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.host import HostRun
from rewardlang.backend.host_values import HostBatch, HostColumn, HostValue, Taken
from rewardlang.columns.column import take
from rewardlang.columns.texts import Texts
from rewardlang.kernels.text import equal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from rewardlang.ir.graph import NodeId

    Rows = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_LEAST_SAMPLES = 16
_TRIED = 128


def run_once(run: HostRun) -> None:
    """Give the run the values of what repeats and is needed elsewhere."""
    staged, batch, without = run.staged, run.batch, run.spared.nodes
    if batch.lengths or batch.samples < _LEAST_SAMPLES:
        return
    fresh = {name: new for name, column in batch.columns.items() if (new := _fresh(column, batch.samples)) is not None}
    if not fresh:
        return
    new = np.logical_or.reduce(list(fresh.values()))
    if 2 * int(new.sum()) > batch.samples:
        return
    uniform = (name for name, column in batch.columns.items() if column.uniform)
    names = frozenset((*fresh, *uniform))
    needed = [node for node in staged.among(names) if node not in without]
    if needed:
        part = HostRun(staged, _distinct(batch, names, np.flatnonzero(new)))
        part.run(needed)
        _spread(run, part, np.cumsum(new) - 1, needed)


def _fresh(column: HostColumn, samples: int) -> Bools | None:
    """bool[samples]: where a row differs from the one before; None where most do, or the column cannot be compared."""
    if column.uniform:
        return None
    if len(column.values) != samples or column.whole is not None:
        return None
    # The first rows tell that most do, as where a column has another text in each.
    if samples > 2 * _TRIED and 2 * int(_differs(column, _TRIED).sum()) > _TRIED:
        return None
    new = _differs(column, samples)
    return new if 2 * int(new.sum()) <= samples else None


def _differs(column: HostColumn, samples: int) -> Bools:
    """bool[samples]: where one of the first rows differs from the one before; the first one does."""
    values: Any = column.values
    new = np.ones(samples, np.bool_)
    if isinstance(values, Texts):
        new[1:] = ~equal(_rows(values, slice(1, samples)), _rows(values, slice(samples - 1)))
    elif isinstance(values, np.ndarray):
        different = values[1:samples] != values[: samples - 1]
        new[1:] = different.reshape(samples - 1, -1).any(axis=1)
    if column.present is not None:
        new[1:] |= column.present[1:samples] != column.present[: samples - 1]
    return new


def _rows(texts: Texts, rows: slice) -> Texts:
    return texts.within(texts.starts[rows], texts.ends[rows])


def _distinct(batch: HostBatch, names: Iterable[str], rows: Rows) -> HostBatch:
    columns = {}
    for name in names:
        column = batch.columns[name]
        if not column.uniform:
            present = None if column.present is None else column.present[rows]
            column = HostColumn(take(column.values, rows), present)
        columns[name] = column
    return HostBatch(len(rows), columns)


def _spread(run: HostRun, part: HostRun, owner: Rows, needed: Iterable[NodeId]) -> None:
    """The lengths and the needed values of `part`, in which sample i of the run is sample `owner[i]`."""
    places: dict[Any, Rows] = {}

    def located(axes: Any) -> Rows:
        domain = run.domains.of(axes)
        if domain.axes not in places:
            places[domain.axes] = part.domains.locate(domain.axes, owner[domain.sample], domain.local)
        return places[domain.axes]

    for axis in run.domains.sorted(part.domains.lengths):
        run.domains.define(axis, part.domains.lengths[axis][located(axis.parents)])
    for node in needed:
        value = part.values[node]
        if not value.uniform:
            value = HostValue(Taken(value.column, located(value.axes)), value.axes)
        run.values[node] = value
