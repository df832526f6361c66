"""Scans on padded arrays: `lax.scan` on the device, a loop over steps on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.backend.dtypes import as_dtype
from rewardlang.ir.graph import Input, Scan
from rewardlang.passes.rebuild import reachable

if TYPE_CHECKING:
    from rewardlang.backend.dense import Array, Dense
    from rewardlang.ir.graph import GraphNode
    from rewardlang.types import Axis


def scan(dense: Dense, node: GraphNode) -> Array:
    """The carries after each step, along the axis. Padding comes last in a list: it changes no entry before it."""
    operation = node.operation
    assert isinstance(operation, Scan)  # noqa: S101 - the caller has looked
    frame, xp = dense.frame, dense.frame.xp
    own = frame.sorted(node.axes)
    rest = tuple(axis for axis in own if axis != operation.axis)
    start, *others = node.arguments
    shape = (frame.samples, *frame.shape(rest))
    carry = xp.broadcast_to(dense.operand(start, rest, node.element), shape)
    lists = [_front(dense, argument, operation.axis) for argument in others[: operation.scanned]]
    fixed = [dense.values[argument] for argument in others[operation.scanned :]]

    def step(carried: Array, entries: Any) -> tuple[Array, Array]:
        after = _step(dense, operation, carried, entries, fixed, rest)
        after = as_dtype(xp.broadcast_to(after, shape), frame.dtypes[node.element])
        return after, after

    stacked = _loop(xp, step, carry, lists)
    return frame.aligned(xp.moveaxis(stacked, 0, 1), (operation.axis, *rest), own)


def _front(dense: Dense, argument: int, axis: Axis) -> Array:
    place = 1 + dense.axes(argument).index(axis)
    return dense.frame.xp.moveaxis(dense.values[argument], place, 0)


def _step(
    dense: Dense, operation: Scan, carry: Array, entries: Any, fixed: list[Array], rest: tuple[Axis, ...]
) -> Array:
    from rewardlang.backend.dense import Dense

    body = operation.body
    known = {f"scanned{place}": entry for place, entry in enumerate(entries)}
    known |= {f"outer{place}": array for place, array in enumerate(fixed)}
    values: dict[int, Array] = {}
    inner = Dense(dense.frame, body, values)
    for index, node in enumerate(body.nodes):
        if isinstance(node.operation, Input):
            if node.operation.name == "carry":
                values[index] = dense.frame.aligned(carry, rest, inner.axes(index))
            elif node.operation.name in known:
                values[index] = known[node.operation.name]
    inner.run(sorted(reachable(body, [body.total])))
    return inner.operand(body.total, rest)


def _loop(xp: Any, step: Any, carry: Array, lists: list[Array]) -> Array:
    if xp.__name__ != "numpy":
        from jax import lax

        return lax.scan(step, carry, tuple(lists))[1]
    results = []
    for place in range(lists[0].shape[0]):
        carry, after = step(carry, tuple(array[place] for array in lists))
        results.append(after)
    return xp.stack(results) if results else xp.zeros((0, *carry.shape), carry.dtype)
