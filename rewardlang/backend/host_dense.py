"""Host nodes whose lowering wants padded arrays: reductions, scans and matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dense import Dense, Frame
from rewardlang.backend.dense_calls import holds
from rewardlang.backend.dtypes import HOST, as_dtype
from rewardlang.backend.host_parts import in_parts
from rewardlang.backend.host_values import HostValue
from rewardlang.columns import json
from rewardlang.columns.column import Column, JsonColumn, merge
from rewardlang.kernels.hashing import distinct
from rewardlang.kernels.placing import placed
from rewardlang.ops.builtin import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import HostRun
    from rewardlang.ir.graph import GraphNode, NodeId
    from rewardlang.types import Axis


def dense(run: HostRun, index: NodeId, node: GraphNode) -> HostValue:
    """A node evaluated on padded arrays."""
    return in_parts(run, index, node, _dense)


def _dense(run: HostRun, index: NodeId, node: GraphNode) -> HostValue:
    evaluation = _evaluation(run, node)
    if isinstance(getattr(node.operation, "builtin", None), Matrix):
        _number_entries(run, node, evaluation)
    evaluation.run([index])
    own = run.domains.of(node.axes)
    if index in evaluation.held:
        run.held[index] = HostValue(_flat(run, evaluation, evaluation.held[index], own), own.axes)
    values = as_dtype(evaluation.values[index], HOST[node.element])
    return HostValue(_flat(run, evaluation, values, own), own.axes)


def dense_holds(run: HostRun, index: NodeId, node: GraphNode) -> HostValue:
    """Where a call evaluated on padded arrays is present."""
    return in_parts(run, index, node, _holds)


def _holds(run: HostRun, index: NodeId, node: GraphNode) -> HostValue:
    evaluation = _evaluation(run, node)
    own = run.domains.of(node.axes)
    return HostValue(_flat(run, evaluation, holds(evaluation, index), own), own.axes)


def _evaluation(run: HostRun, node: GraphNode) -> Dense:
    axes = {axis for argument in node.arguments for axis in run.graph.nodes[argument].axes} | set(node.axes)
    frame = frame_of(run, axes)
    values: dict[NodeId, Any] = {}
    for argument in node.arguments:
        value = run.values[argument]
        if isinstance(value.column, np.ndarray):
            values[argument] = value.column if value.uniform else padded(run, value, frame)
    return Dense(frame, run.graph, values)


def frame_of(run: HostRun, axes: Iterable[Axis]) -> Frame:
    """The frame of padded arrays over these axes, as small as this batch allows."""
    known: list[Axis] = []
    for axis in axes:
        known += [parent for parent in (*axis.parents, axis) if parent not in known]
    sizes: dict[Axis, int] = {}
    lengths: dict[Axis, Any] = {}
    for axis in run.domains.sorted(known):
        if axis in run.domains.lengths:
            counts = run.domains.lengths[axis]
            sizes[axis] = max(1, int(counts.max(initial=0)))
            above = run.domains.of(axis.parents)
            lengths[axis] = _pad(run, counts, above, sizes)
        else:
            sizes[axis] = axis.size if axis.size is not None else 0
    valid = np.ones(run.batch.samples, np.bool_)
    return Frame(np, HOST, run.batch.samples, run.domains.order, sizes, lengths, valid)


def padded(run: HostRun, value: HostValue, frame: Frame) -> Any:
    """A column as an array `[samples, sizes, components]`, zeros where there is no entry."""
    return _pad(run, value.column, run.domains.of(value.axes), frame.sizes)


def _pad(run: HostRun, column: Any, domain: Domain, sizes: Any) -> Any:
    if not domain.axes:
        return column
    shape = (run.batch.samples, *(sizes[axis] for axis in domain.axes))
    array = placed(column, run.domains.flat(domain, sizes), math.prod(shape), column.dtype)
    return array.reshape(*shape, *column.shape[1:])


def _flat(run: HostRun, evaluation: Dense, array: Any, domain: Domain) -> Any:
    count = 1 + len(domain.axes)
    shape = (run.batch.samples, *evaluation.frame.shape(domain.axes))
    array = np.broadcast_to(array, (*shape, *array.shape[count:]))
    if not domain.axes:
        return array
    return array.reshape(-1, *array.shape[count:])[run.domains.flat(domain, evaluation.frame.sizes)]


def ranks(column: Column, *, ordered: bool = False) -> Any:
    """int64[rows]: equal numbers for equal entries; those of texts are in the texts' order if they are `ordered`."""
    if isinstance(column, JsonColumn):
        return json.ids(column.tape, column.nodes)
    fresh, ids = distinct(column)
    if not ordered or not len(ids):
        return ids
    words = np.array([*column.take(fresh).to_list(), None], dtype=object)[:-1]
    places = np.empty(len(words), np.int64)
    places[np.argsort(words)] = np.arange(len(words))
    return places[ids]


def _number_entries(run: HostRun, node: GraphNode, evaluation: Dense) -> None:
    """Give a matrix its texts and JSON values as numbers that are equal where they are, across all its arguments."""
    named = [argument for argument in dict.fromkeys(node.arguments) if argument not in evaluation.values]
    if not named:
        return
    columns = [run.values[argument].column for argument in named]
    sizes = [len(column) for column in columns]
    which = np.repeat(np.arange(len(columns)), sizes)
    numbers = ranks(merge(columns, which, np.concatenate([np.arange(size) for size in sizes])))
    for argument, part in zip(named, np.split(numbers, np.cumsum(sizes)[:-1]), strict=True):
        value = run.values[argument]
        spread = part.astype(np.int32)
        placed = HostValue(spread, value.axes)
        evaluation.values[argument] = spread if value.uniform else padded(run, placed, evaluation.frame)
