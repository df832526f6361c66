"""Scalar calls on host columns: what a call looks up of its node is looked up once for all batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import HOST, LARGEST
from rewardlang.backend.fusing import called, put_off
from rewardlang.backend.host_values import HostValue
from rewardlang.columns.column import choose
from rewardlang.ir.graph import Call
from rewardlang.ops.builtin import Scalar
from rewardlang.ops.internal import CHOOSE

if TYPE_CHECKING:
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.stage import Staged
    from rewardlang.ir.graph import GraphNode, NodeId
    from rewardlang.types import Axis


@dataclass(frozen=True, eq=False, slots=True)
class ScalarCall:
    """A call of a builtin, or where its result is present (`holds`).

    `operands` are its arguments with the dtypes that they are cast to, `dtype` is that of the result, None for what is
    no array.
    """

    builtin: Scalar
    options: dict[str, Any]
    axes: tuple[Axis, ...]
    operands: tuple[tuple[NodeId, Any], ...]
    dtype: Any
    holds: bool
    width: int


def scalar(run: HostRun, index: NodeId, _node: GraphNode) -> HostValue:
    """The value of a scalar call, put off where its steps are taken with those of others."""
    pending = put_off(run, index)
    return computed(run, index) if pending is None else HostValue(*pending)


def computed(run: HostRun, index: NodeId) -> HostValue:
    """The value of a scalar call, or where one is present, by itself."""
    call = run.staged.scalars.get(index)
    if call is None:
        call = run.staged.scalars[index] = _scalar_call(run.staged, index)
    if call.dtype is None:
        return _chosen(run, run.graph.nodes[index])
    domain, values = run.domains.of(call.axes), run.values
    arrays, uniform = [], True
    for argument, dtype in call.operands:
        value = values[argument]
        if value.uniform:
            array = value.column
        else:
            uniform = False
            array = value.column if value.axes == domain.axes else run.spread(value, domain)
        arrays.append(array if dtype is None or array.dtype == dtype else array.astype(dtype))
    if call.width > 1:
        arrays[0] = arrays[0].reshape(*arrays[0].shape, 1)
    lowering = call.builtin.holds if call.holds else call.builtin.value
    result = np.asarray(lowering(np, *arrays, **call.options))
    if result.dtype != call.dtype:
        result = result.astype(call.dtype)
    if call.builtin.overflows and not call.holds and result.dtype == np.float64:
        result = np.maximum(np.minimum(result, LARGEST["float64"]), -LARGEST["float64"])
    if uniform:
        return HostValue(result, uniform=True)
    if len(result) != domain.rows:
        # A lowering that ignores an argument.
        result = np.broadcast_to(result, (domain.rows, *result.shape[1:]))
    return HostValue(result, domain.axes)


def _scalar_call(staged: Staged, index: NodeId) -> ScalarCall:
    graph = staged.graph
    source = called(graph, index)
    node, operation = graph.nodes[index], graph.nodes[source].operation
    assert isinstance(operation, Call)  # noqa: S101 - the caller has looked
    assert isinstance(operation.builtin, Scalar)  # noqa: S101 - as above
    dtypes = (None if dtype is None else np.dtype(dtype) for dtype in staged.operands[source])
    dtype = HOST.get(node.element)
    return ScalarCall(
        builtin=operation.builtin,
        options=dict(operation.options),
        axes=node.axes,
        operands=tuple(zip(graph.nodes[source].arguments, dtypes, strict=True)),
        dtype=None if dtype is None else np.dtype(dtype),
        holds=index != source,
        # A condition stands beside the components of a point or box.
        width=node.element.width if operation.builtin is CHOOSE else 1,
    )


def _chosen(run: HostRun, node: GraphNode) -> HostValue:
    """A selection between columns that are no arrays."""
    values, domain = [run.values[argument] for argument in node.arguments], run.domains.of(node.axes)
    if all(value.uniform for value in values):
        condition, yes, no = (value.column for value in values)
        return HostValue(choose(condition, yes, no), uniform=True)
    condition, yes, no = (run.spread(value, domain) for value in values)
    return HostValue(choose(condition, yes, no), domain.axes)
