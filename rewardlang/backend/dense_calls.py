"""Calls of builtins on padded arrays: one function a form."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import LARGEST, as_dtype, operand_elements
from rewardlang.backend.pairs import compare_pairs
from rewardlang.backend.stage import COMPARISONS
from rewardlang.diagnostics import InternalError
from rewardlang.facts import FULL, Interval
from rewardlang.ir.builder import kept_axes
from rewardlang.ir.graph import Call, Constant, Model, Param
from rewardlang.ops.builtin import Gather, Matrix, Reduction, Scalar
from rewardlang.ops.internal import CHOOSE
from rewardlang.types import BATCH, FLOAT, INT

if TYPE_CHECKING:
    from rewardlang.backend.dense import Array, Dense
    from rewardlang.ir.graph import GraphNode, NodeId
    from rewardlang.ops.builtin import Xp
    from rewardlang.types import Axis, Element


def call(dense: Dense, index: NodeId, node: GraphNode) -> Array:
    """The value of a call; where it holds is kept for `holds` where it comes for free."""
    operation = node.operation
    assert isinstance(operation, Call)  # noqa: S101 - the caller has looked
    match operation.builtin:
        case Scalar():
            result = _scalar(dense, node, operation)
        case Reduction():
            result = _reduction(dense, node, operation, holds=False)
        case Gather():
            result = _gather(dense, index, node, operation)
        case Matrix():
            result = _matrix(dense, index, node, operation)
        case _:
            raise InternalError(f"{operation.builtin.name} runs on the host alone")
    return _finite(dense, node, operation, result)


def holds(dense: Dense, index: NodeId) -> Array:
    """Where a call's result is present."""
    node = dense.graph.nodes[index]
    operation = node.operation
    if isinstance(operation, Model):
        dense.run([index])
        return dense.held[index]
    if not isinstance(operation, Call):
        raise InternalError(f"%{index} is no call")
    match operation.builtin:
        case Scalar() as builtin:
            arrays = _operands(dense, node, operation)
            return builtin.holds(dense.frame.xp, *arrays, **dict(operation.options))
        case Reduction():
            return _reduction(dense, node, operation, holds=True)
    if index not in dense.held:
        dense.values[index] = call(dense, index, node)
    return dense.held[index]


def _finite(dense: Dense, node: GraphNode, operation: Call, result: Array) -> Array:
    """The result in its dtype; what can leave the finite floats saturates."""
    dtype = dense.frame.dtypes[node.element]
    largest = LARGEST.get(dtype)
    result = as_dtype(result, dtype)
    if largest is None or not operation.builtin.overflows:
        return result
    reach = _reach(dense, node, operation, Interval(-largest, largest))
    if reach.high > largest:
        result = dense.frame.xp.minimum(result, largest)
    return result if reach.low >= -largest else dense.frame.xp.maximum(result, -largest)


def _reach(dense: Dense, node: GraphNode, operation: Call, floats: Interval) -> Interval:
    """The numbers that a call can give: on the device those of its operands where these are finite floats."""
    # Points and boxes have no range.
    reach, builtin = FULL if node.range is None else node.range, operation.builtin
    if reach.within(floats) or not isinstance(builtin, Scalar) or not builtin.rounds_once or dense.frame.xp is np:
        # The host asks for each step of a scan, and would be longer about it than the steps.
        return reach
    ranges = [dense.graph.nodes[argument].range for argument in node.arguments]
    held = [known.meet(floats) for known in ranges if known is not None]
    return reach if len(held) < len(ranges) else reach.meet(builtin.range(*held, **dict(operation.options)))


def _elements(dense: Dense, node: GraphNode, operation: Call) -> list[Element]:
    count = len(node.arguments) - operation.masked - operation.guarded
    elements = tuple(dense.graph.nodes[argument].element for argument in node.arguments[:count])
    return operand_elements(operation.builtin, elements, node.element)


def _operands(dense: Dense, node: GraphNode, operation: Call) -> list[Array]:
    axes = dense.frame.sorted(node.axes)
    pairs = zip(node.arguments, _elements(dense, node, operation), strict=False)
    return [dense.operand(argument, axes, element) for argument, element in pairs]


def _scalar(dense: Dense, node: GraphNode, operation: Call) -> Array:
    arrays = _operands(dense, node, operation)
    builtin = operation.builtin
    assert isinstance(builtin, Scalar)  # noqa: S101 - the caller has looked
    if builtin is CHOOSE and node.element.width > 1:
        arrays[0] = arrays[0][..., None]
    if builtin.name in COMPARISONS and any(argument in dense.pairs for argument in node.arguments):
        axes = dense.frame.sorted(node.axes)
        lows = [_low(dense, argument, axes) for argument in node.arguments]
        return compare_pairs(dense.frame.xp, builtin.name, arrays, lows)
    return builtin.value(dense.frame.xp, *arrays, **dict(operation.options))


def _low(dense: Dense, node: NodeId, axes: tuple[Axis, ...]) -> Array:
    low = dense.pairs.get(node)
    if low is None:
        return dense.frame.xp.zeros((1,) * (1 + len(axes)), dtype=dense.frame.dtypes[FLOAT])
    own = () if isinstance(dense.graph.nodes[node].operation, Param) else dense.axes(node)
    return dense.frame.aligned(low, own, axes)


def _reduction(dense: Dense, node: GraphNode, operation: Call, *, holds: bool) -> Array:
    builtin = operation.builtin
    assert isinstance(builtin, Reduction)  # noqa: S101 - the caller has looked
    axes = _union(dense, node)
    frame, xp = dense.frame, dense.frame.xp
    x = _entries(dense, node, operation, axes)
    counted = axes if operation.across is not None else tuple(operation.consumed[0])
    where = frame.mask(axes, counted)
    if operation.masked:
        where = xp.logical_and(where, dense.operand(node.arguments[-1], axes))
    parts = x.ndim - 1 - len(axes)
    if operation.across is not None:
        return _across(dense, builtin, operation, x, where, holds=holds)
    rows = xp.broadcast_shapes(x.shape[: x.ndim - parts], where.shape)
    x, where = xp.broadcast_to(x, (*rows, *x.shape[x.ndim - parts :])), xp.broadcast_to(where, rows)
    places = tuple(1 + axes.index(axis) for axis in operation.consumed[0])
    return _reduce(xp, builtin, operation, x, where, places, holds=holds)


def _entries(dense: Dense, node: GraphNode, operation: Call, axes: tuple[Axis, ...]) -> Array:
    """The values that are reduced; of entries that live on the host alone only how many there are is known."""
    first = node.arguments[0]
    if first not in dense.values and dense.graph.nodes[first].element.host_only:
        return dense.frame.xp.zeros((1, *dense.frame.shape(axes)), dtype="bool")
    return dense.operand(first, axes, _elements(dense, node, operation)[0])


def _union(dense: Dense, node: GraphNode) -> tuple[Axis, ...]:
    return dense.frame.sorted({axis for argument in node.arguments for axis in dense.graph.nodes[argument].axes})


def _reduce(
    xp: Any, builtin: Reduction, operation: Call, x: Array, where: Array, places: tuple[int, ...], *, holds: bool
) -> Array:
    if holds:
        return builtin.holds(xp, where, places)
    # What gives no entry of the list, such as a count, looks at points and boxes as wholes.
    if x.ndim > where.ndim and builtin.result is None:
        where = xp.broadcast_to(where[..., None], x.shape)
    return builtin.reduce(xp, x, where, places, **dict(operation.options))


def _across(dense: Dense, builtin: Reduction, operation: Call, x: Array, where: Array, *, holds: bool) -> Array:
    """Over samples: padding and invalid samples never count; the result stands at each sample."""
    frame, xp = dense.frame, dense.frame.xp
    where = xp.logical_and(where, frame.valid.reshape((-1,) + (1,) * (where.ndim - 1)))
    parts = x.shape[where.ndim :]
    rows = xp.broadcast_shapes(x.shape[: where.ndim], where.shape, (frame.samples,) + (1,) * (where.ndim - 1))
    x, where = xp.broadcast_to(x, (*rows, *parts)), xp.broadcast_to(where, rows)
    if operation.across == BATCH:
        return _reduce(xp, builtin, operation, x, where, (0,), holds=holds)[None]
    if frame.groups is None:
        raise InternalError("a reduction over groups without groups")
    slots, filled, group_of = frame.groups
    inside = xp.logical_and(where[slots], filled.reshape(filled.shape + (1,) * (where.ndim - 1)))
    return _reduce(xp, builtin, operation, x[slots], inside, (1,), holds=holds)[group_of]


def _gather(dense: Dense, index: NodeId, node: GraphNode, operation: Call) -> Array:
    xp, frame = dense.frame.xp, dense.frame
    axis = operation.consumed[0][0]
    rows = frame.sorted(set(node.axes) - {axis})
    places, present = _gather_positions(dense, node, operation)
    kept = bool(kept_axes(operation))
    own = frame.sorted(node.axes)
    dense.held[index] = frame.aligned(present, (*rows, axis) if kept else rows, own)
    x = dense.operand(node.arguments[0], (*rows, axis))
    parts = x.ndim - 2 - len(rows)
    if frame.sizes[axis] == 0:
        return xp.zeros((1, *frame.shape(own), *x.shape[x.ndim - parts :]), dtype=x.dtype)
    fixed = _fixed(dense, node, operation)
    if fixed is not None:
        return x[:, *[slice(None)] * len(rows), min(fixed, frame.sizes[axis] - 1)]
    places = xp.clip(places, 0, frame.sizes[axis] - 1)
    if not kept:
        places = places[..., None]
    lead = xp.broadcast_shapes(x.shape[: 1 + len(rows)], places.shape[:-1])
    x = xp.broadcast_to(x, (*lead, *x.shape[1 + len(rows) :]))
    places = xp.broadcast_to(places, (*lead, places.shape[-1]))
    if parts:
        places = places[..., None]
    result = xp.take_along_axis(x, places, axis=1 + len(rows))
    if not kept:
        return result.reshape((*lead, *result.shape[2 + len(rows) :]))
    return frame.aligned(result, (*rows, axis), own)


def _fixed(dense: Dense, node: GraphNode, operation: Call) -> int | None:
    """The one position that is taken of every list, where that is known: a slice is fused, a gather is not."""
    if operation.builtin.name != "at" or any(operation.consumed[1:]):
        return None
    at = dense.graph.nodes[node.arguments[1]].operation
    return max(int(at.value), 0) if isinstance(at, Constant) else None


def _gather_positions(dense: Dense, node: GraphNode, operation: Call) -> tuple[Array, Array]:
    """Positions along the consumed axis, and presence: over the other axes and, where it is kept, the axis last."""
    builtin = operation.builtin
    assert isinstance(builtin, Gather)  # noqa: S101 - the caller has looked
    xp, frame = dense.frame.xp, dense.frame
    axis = operation.consumed[0][0]
    rows = frame.sorted(set(node.axes) - {axis, operation.made})
    full = (*rows, axis)
    shape = (frame.samples, *frame.shape(full))
    where = xp.broadcast_to(frame.mask(full, (axis,)), shape)
    length = xp.sum(where, axis=-1, dtype=frame.dtypes[INT])
    if operation.masked:
        where = xp.logical_and(where, dense.operand(node.arguments[-1], full))
    position = xp.broadcast_to(xp.arange(frame.sizes[axis], dtype=frame.dtypes[INT]), shape)
    elements = _elements(dense, node, operation)
    arrays = [
        dense.operand(node.arguments[i], full if _consumes(operation, i) else rows, elements[i])
        for i in range(1, len(elements))
    ]
    if builtin.keyed:
        arrays.append(xp.broadcast_to(dense.operand(node.arguments[0], full), shape))
    places, present = builtin.positions(xp, length, position, where, *arrays, **dict(operation.options))
    extent = shape if kept_axes(operation) or operation.made is not None else shape[:-1]
    return xp.broadcast_to(places, extent), xp.broadcast_to(present, extent)


def _consumes(operation: Call, index: int) -> bool:
    return index < len(operation.consumed) and bool(operation.consumed[index])


def _matrix(dense: Dense, index: NodeId, node: GraphNode, operation: Call) -> Array:
    """One instance at a time over the consumed axes, vectorised over samples and all other axes."""
    import jax
    import jax.numpy as jnp

    frame, builtin = dense.frame, operation.builtin
    assert isinstance(builtin, Matrix)  # noqa: S101 - the caller has looked
    kept = kept_axes(operation)
    rows = frame.sorted(set(node.axes) - set(kept))
    lead = (frame.samples, *frame.shape(rows))
    arrays: list[Array] = []
    for place, element in enumerate(_elements(dense, node, operation)):
        consumed = operation.consumed[place] if place < len(operation.consumed) else ()
        axes = (*rows, *consumed)
        array = dense.operand(node.arguments[place], axes, element)
        mask = frame.mask(axes, consumed)
        if operation.masked and place == 0:
            mask = frame.xp.logical_and(mask, dense.operand(node.arguments[-1], axes))
        for part in (array, frame.xp.broadcast_to(mask, (*lead, *frame.shape(consumed)))):
            tail = part.shape[1 + len(rows) :]
            stack = frame.xp.broadcast_to(part, (*lead, *tail)).reshape((math.prod(lead), *tail))
            arrays.append(_with_an_entry(frame.xp, stack))
    bounds = [axis.most for consumed in operation.consumed for axis in consumed if axis.most is not None]
    options = {**dict(operation.options), "most": min(bounds, default=None)}
    result: Any
    if builtin.stacked and frame.xp is not jnp:
        result = builtin.stack(*arrays, **options)
    else:
        # On the host, numbers from text keep their double precision.
        with nullcontext() if frame.xp is jnp else jax.enable_x64(True):  # noqa: FBT003 - JAX's signature
            result = jax.vmap(lambda *parts: builtin.instance(jnp, *parts, **options))(*arrays)
    values, present = result if isinstance(result, tuple) else (result, None)
    own = frame.sorted(node.axes)
    held = (slice(None), *(slice(size) for size in frame.shape(kept)))
    if present is not None:
        present = present[held[: present.ndim]]
        dense.held[index] = frame.aligned(present.reshape((*lead, *present.shape[1:])), (*rows, *kept), own)
    values = values[held]
    values = values.reshape((*lead, *values.shape[1:]))
    return frame.xp.asarray(frame.aligned(values, (*rows, *kept), own))


def _with_an_entry(xp: Xp, stack: Array) -> Array:
    """A stack of lists, those without entries with one that is not there: no algorithm runs on nothing."""
    if 0 not in stack.shape[1:]:
        return stack
    return xp.pad(stack, [(0, 0), *((0, int(size == 0)) for size in stack.shape[1:])])
