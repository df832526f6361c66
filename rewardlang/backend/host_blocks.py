"""A host call on some samples at a time: padded arrays of a batch with one long list would hold little but padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.host import HostBatch, HostRun, HostValue
from rewardlang.columns.column import take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rewardlang.backend.domains import Domain
    from rewardlang.ir.graph import GraphNode
    from rewardlang.types import Axis

CELLS = 2**22
"""How many entries one padded array may have, unless a single sample needs more."""


def blocks(run: HostRun, axes: Iterable[Axis], cells: int = CELLS) -> list[tuple[int, int]]:
    """The samples of a batch, cut where an array over these axes would become larger."""
    extents = [_extent(run, axis) for axis in axes]
    if run.batch.samples * _product(int(extent.max(initial=0)) for extent in extents) <= cells:
        return [(0, run.batch.samples)]
    found, start, sizes = [], 0, [0] * len(extents)
    for sample, own in enumerate(zip(*(extent.tolist() for extent in extents), strict=True)):
        grown = [max(pair) for pair in zip(sizes, own, strict=True)]
        if sample > start and (sample + 1 - start) * _product(grown) > cells:
            found.append((start, sample))
            start, grown = sample, list(own)
        sizes = grown
    return [*found, (start, run.batch.samples)]


def part_of(run: HostRun, node: GraphNode, axes: Iterable[Axis], start: int, stop: int) -> HostRun:
    """A run on some of the samples that knows the arguments of a node."""
    known = {above for axis in axes for above in (*axis.parents, axis) if above in run.domains.lengths}
    lengths = {
        axis: run.domains.lengths[axis][_rows(run.domains.of(axis.parents), start, stop)]
        for axis in run.domains.sorted(known)
    }
    cut = HostRun(run.staged, HostBatch(stop - start, {}, lengths))
    for argument in node.arguments:
        value = run.values[argument]
        cut.values[argument] = value if value.uniform else _cut(run, value, start, stop)
    return cut


def joined(values: Sequence[HostValue]) -> HostValue:
    """The values of parts as that of the whole."""
    return HostValue(np.concatenate([value.column for value in values]), values[0].axes)


def _cut(run: HostRun, value: HostValue, start: int, stop: int) -> HostValue:
    rows = _rows(run.domains.of(value.axes), start, stop)
    column: Any = value.column
    if isinstance(column, np.ndarray):
        return HostValue(column[rows], value.axes)
    return HostValue(take(column, np.arange(rows.start, rows.stop)), value.axes)


def _rows(domain: Domain, start: int, stop: int) -> slice:
    first, last = np.searchsorted(domain.sample, (start, stop))
    return slice(int(first), int(last))


def _extent(run: HostRun, axis: Axis) -> Any:
    """int64[samples]: the length of the axis in each, of one that depends on others the greatest."""
    extent = np.zeros(run.batch.samples, np.int64)
    if axis not in run.domains.lengths:
        return extent + (axis.size or 0)
    np.maximum.at(extent, run.domains.of(axis.parents).sample, run.domains.lengths[axis])
    return extent


def _product(sizes: Iterable[int]) -> int:
    product = 1
    for size in sizes:
        product *= max(size, 1)
    return product
