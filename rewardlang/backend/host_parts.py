"""Padded arrays of samples of about equal sizes by themselves: one long list would pad those of all samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.host import HostRun
from rewardlang.backend.host_values import HostBatch, HostValue
from rewardlang.columns.column import take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from rewardlang.ir.graph import GraphNode, NodeId
    from rewardlang.types import Axis

    Rows = npt.NDArray[np.int64]

LARGE = 1 << 20
"""Padded arrays of fewer entries are no trouble."""
WASTE = 4
"""How many times the entries that there are a padded array may hold."""


def in_parts(run: HostRun, index: NodeId, node: GraphNode, lowering: Callable[..., HostValue]) -> HostValue:
    """`lowering(run, index, node)`, for samples of about equal sizes by themselves where padding would be large."""
    parts = _parts(run, _axes(run, node))
    if len(parts) == 1:
        return lowering(run, index, node)
    own = run.domains.of(node.axes)
    result: list[Any] = [None, None]
    for samples in parts:
        part = _restricted(run, node, samples)
        value = lowering(part, index, node)
        member = np.zeros(run.batch.samples, np.bool_)
        member[samples] = True
        rows = np.flatnonzero(member[own.sample])
        for place, found in enumerate((value, part.held.get(index))):
            if found is not None:
                if result[place] is None:
                    result[place] = np.zeros((own.rows, *found.column.shape[1:]), found.column.dtype)
                result[place][rows] = found.column
    if result[1] is not None:
        run.held[index] = HostValue(result[1], own.axes)
    return HostValue(result[0], own.axes)


def _axes(run: HostRun, node: GraphNode) -> tuple[Axis, ...]:
    """The axes that are padded, with those that they depend on."""
    found = {axis for argument in node.arguments for axis in run.graph.nodes[argument].axes} | set(node.axes)
    found |= {parent for axis in found for parent in axis.parents}
    return run.domains.sorted(axis for axis in found if axis in run.domains.lengths)


def _parts(run: HostRun, axes: tuple[Axis, ...]) -> list[Rows]:
    """The samples by the sizes of their lists, to a factor of two; all together where padding costs little."""
    samples = run.batch.samples
    every = [np.arange(samples)]
    longest = [run.domains.lengths[axis].max(initial=0) for axis in axes]
    padded = samples * int(np.prod(np.maximum(longest, 1), dtype=object))
    if samples < 2 or padded <= max(
        LARGE, WASTE * max((run.domains.of([*a.parents, a]).rows for a in axes), default=0)
    ):
        return every
    kinds = np.zeros((samples, len(axes)), np.int64)
    for place, axis in enumerate(axes):
        above = run.domains.of(axis.parents)
        most = np.zeros(samples, np.int64)
        np.maximum.at(most, above.sample, run.domains.lengths[axis])
        kinds[:, place] = np.frexp(most.astype(np.float64))[1]
    which = np.unique(kinds, axis=0, return_inverse=True)[1].ravel()
    return [np.flatnonzero(which == kind) for kind in range(int(which.max()) + 1)]


def _restricted(run: HostRun, node: GraphNode, samples: Rows) -> HostRun:
    """A run of some samples that has the node's arguments."""
    part = HostRun(run.staged, HostBatch(len(samples), {}))
    member = np.zeros(run.batch.samples, np.bool_)
    member[samples] = True

    def rows(axes: Iterable[Axis]) -> Rows:
        return np.flatnonzero(member[run.domains.of(axes).sample])

    for axis in _axes(run, node):
        part.domains.define(axis, run.domains.lengths[axis][rows(axis.parents)])
    for argument in node.arguments:
        value = run.values[argument]
        column = value.column if value.uniform else take(value.column, rows(value.axes))
        part.values[argument] = HostValue(column, value.axes, value.uniform)
    return part
