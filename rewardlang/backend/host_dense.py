"""Host nodes whose lowering wants padded arrays: reductions, scans, matrices, and the positions that a gather takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dense import Dense, Frame
from rewardlang.backend.dense_calls import gather_positions, holds
from rewardlang.backend.dtypes import HOST, as_dtype
from rewardlang.backend.host import HostRun, HostValue
from rewardlang.backend.host_blocks import blocks, joined, part_of
from rewardlang.columns import json
from rewardlang.columns.column import Column, JsonColumn, merge
from rewardlang.diagnostics import InternalError
from rewardlang.ir.builder import kept_axes
from rewardlang.ops.builtin import Matrix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewardlang.backend.domains import Domain
    from rewardlang.ir.graph import Call, GraphNode, NodeId
    from rewardlang.types import Axis


def dense(run: HostRun, index: NodeId, node: GraphNode) -> HostValue:
    """A node evaluated on padded arrays."""
    if not isinstance(getattr(node.operation, "builtin", None), Matrix):
        return _dense(run, index, node)
    axes = _axes(run, node)
    cuts = blocks(run, axes)
    if len(cuts) == 1:
        return _dense(run, index, node)
    parts = [part_of(run, node, axes, *cut) for cut in cuts]
    values = [_dense(one, index, node) for one in parts]
    if index in parts[0].held:
        run.held[index] = joined([one.held[index] for one in parts])
    return joined(values)


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
    evaluation = _evaluation(run, node)
    own = run.domains.of(node.axes)
    return HostValue(_flat(run, evaluation, holds(evaluation, index), own), own.axes)


def _axes(run: HostRun, node: GraphNode) -> set[Axis]:
    return {axis for argument in node.arguments for axis in run.graph.nodes[argument].axes} | set(node.axes)


def _evaluation(run: HostRun, node: GraphNode) -> Dense:
    frame = frame_of(run, _axes(run, node))
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
    array = np.zeros((int(np.prod(shape)), *column.shape[1:]), column.dtype)
    array[run.domains.flat(domain, sizes)] = column
    return array.reshape(*shape, *column.shape[1:])


def _flat(run: HostRun, evaluation: Dense, array: Any, domain: Domain) -> Any:
    count = 1 + len(domain.axes)
    shape = (run.batch.samples, *evaluation.frame.shape(domain.axes))
    array = np.broadcast_to(array, (*shape, *array.shape[count:]))
    if not domain.axes:
        return array
    return array.reshape(-1, *array.shape[count:])[run.domains.flat(domain, evaluation.frame.sizes)]


def gathered_rows(run: HostRun, node: GraphNode, operation: Call) -> tuple[Any, Any]:
    """For each row of a gather's result the row of its first argument, and where it is present."""
    axis = operation.consumed[0][0]
    evaluation = _evaluation(run, node)
    key = _sort_key(run, node, evaluation, axis) if getattr(operation.builtin, "keyed", False) else None
    places, present = gather_positions(evaluation, node, operation, key)
    rows = run.domains.sorted(set(node.axes) - {axis, operation.made})
    whole_list = bool(kept_axes(operation)) or operation.made is not None
    layout = (*rows, axis) if whole_list else rows
    own = run.domains.along(layout) if operation.made is not None else run.domains.of(node.axes)
    flat = [_flat(run, evaluation, evaluation.frame.aligned(a, layout, own.axes), own) for a in (places, present)]
    position, held = flat[0].astype(np.int64), flat[1].astype(np.bool_)
    source = run.values[node.arguments[0]]
    whole = run.domains.of(source.axes)
    depends = run.domains.of(axis.parents)
    among = run.domains.rows(own, depends)
    lengths = run.domains.lengths.get(axis, np.full(depends.rows, axis.size or 0))
    length = lengths if among is None else lengths[among]
    held = held & (position >= 0) & (position < length)
    position = np.where(held, position, 0)

    def local(wanted: Axis) -> Any:
        return position if wanted == axis else own.local(wanted)

    places = run.domains.locate(whole.axes, own.sample, local)
    return np.where(held, places, 0), held


def _sort_key(run: HostRun, node: GraphNode, evaluation: Dense, axis: Axis) -> Any:
    """Numbers that sort as the entries of the first argument do."""
    value = run.values[node.arguments[0]]
    column = value.column
    if not isinstance(column, np.ndarray):
        column = ranks(column)
    if column.ndim != 1:
        raise InternalError("points and boxes have no order")
    array = padded(run, HostValue(column, value.axes), evaluation.frame)
    made = getattr(node.operation, "made", None)
    full = (*run.domains.sorted(set(node.axes) - {axis, made}), axis)
    return evaluation.frame.aligned(array, value.axes, full)


def ranks(column: Column) -> Any:
    """int64[rows]: equal numbers for equal entries; those of texts are in the texts' order."""
    if isinstance(column, JsonColumn):
        return json.ids(column.tape, column.nodes)
    words = np.array([*column.to_list(), ""], dtype=object)
    return np.unique(words, return_inverse=True)[1][:-1].astype(np.int64)


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
