"""Gathers on the host: which entries they take, worked out for lists of about equal length at a time.

Padding every list to the longest one of a batch would cost a hostile text the memory of all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rewardlang.backend.dtypes import as_dtype
from rewardlang.backend.host_dense import ranks
from rewardlang.backend.host_values import HostValue
from rewardlang.diagnostics import InternalError
from rewardlang.ir.builder import kept_axes
from rewardlang.ops.builtin import Gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import HostRun
    from rewardlang.ir.graph import Call, GraphNode, NodeId
    from rewardlang.types import Axis

BLOCK = 1 << 20
"""How many entries are padded at once, unless one list is longer."""


class _Operand(NamedTuple):
    """A further argument: a row an entry where it is `consumed`, else a row a list."""

    column: Any
    consumed: bool


def gathered_rows(run: HostRun, index: NodeId, node: GraphNode, operation: Call) -> tuple[Any, Any]:
    """For each row of a gather's result the row of its first argument, and where it is present."""
    builtin = operation.builtin
    if not isinstance(builtin, Gather) or not builtin.single or len(node.arguments) > 1:
        return _gathered_rows(run, index, node, operation)
    # Such as the neighbours in a list, whatever it holds.
    key = (operation, run.domains.sorted(node.axes), run.values[node.arguments[0]].axes)
    if key not in run.places:
        run.places[key] = _gathered_rows(run, index, node, operation)
    return run.places[key]


def _gathered_rows(run: HostRun, index: NodeId, node: GraphNode, operation: Call) -> tuple[Any, Any]:
    axis = operation.consumed[0][0]
    lists = run.domains.of(known for known in node.axes if known not in (axis, operation.made))
    entries = run.domains.along((*lists.axes, axis))
    own = entries if operation.made is not None else run.domains.of(node.axes)
    builtin = operation.builtin
    assert isinstance(builtin, Gather)  # noqa: S101 - the caller has looked
    alone = builtin.single and run.values[node.arguments[0]].axes == entries.axes == own.axes
    if alone and builtin.shift:
        return _shifted(entries, builtin.shift)
    position, held = _positions(run, index, node, lists, entries)
    if alone:
        # The list's own entries, in their order.
        return np.where(held, np.arange(entries.rows) - entries.position + position, 0), held
    if _whole(operation) and (order := run.domains.rows(own, entries)) is not None:
        position, held = position[order], held[order]
    among = run.domains.rows(own, run.domains.of(axis.parents))
    lengths = run.domains.lengths.get(axis, np.full(run.domains.of(axis.parents).rows, axis.size or 0))
    length = lengths if among is None else lengths[among]
    held = held & (position >= 0) & (position < length)
    position = np.where(held, position, 0)

    def local(wanted: Axis) -> Any:
        return position if wanted == axis else own.local(wanted)

    source = run.domains.of(run.values[node.arguments[0]].axes)
    return np.where(held, run.domains.locate(source.axes, own.sample, local), 0), held


def _shifted(entries: Domain, shift: int) -> tuple[Any, Any]:
    """For each entry of lists the row that is so many further on, and whether that is in the same list."""
    rows = np.arange(shift, entries.rows + shift)
    held = np.ones(entries.rows, np.bool_)
    lengths = np.diff(entries.offsets)
    for place in range(abs(shift)):
        # The first entries have none before them, the last ones none behind them.
        ends = entries.offsets[:-1] + place if shift < 0 else entries.offsets[1:] - 1 - place
        held[ends[lengths > place]] = False
    rows[~held] = 0
    return rows, held


def _whole(operation: Call) -> bool:
    """Whether the result has an entry for each of the list's."""
    return bool(kept_axes(operation)) or operation.made is not None


def _positions(run: HostRun, index: NodeId, node: GraphNode, lists: Domain, entries: Domain) -> tuple[Any, Any]:
    """Positions and presence, in the order of `entries` or of `lists`."""
    operation: Any = node.operation
    builtin, options = operation.builtin, dict(operation.options)
    assert isinstance(builtin, Gather)  # noqa: S101 - the caller has looked
    operands = _operands(run, index, node, lists, entries)
    mask = run.spread(run.values[node.arguments[-1]], entries) if operation.masked else None
    lengths, whole = np.diff(entries.offsets), _whole(operation)
    if builtin.single:
        where = np.ones((entries.rows, 1), np.bool_) if mask is None else mask[:, None]
        alone = (column[:, None] if consumed else column[entries.owner] for column, consumed in operands)
        taken, present = builtin.positions(
            np, lengths[entries.owner], entries.position[:, None], where, *alone, **options
        )  # fmt: skip
        return taken[:, 0], present[:, 0]
    found = np.zeros(entries.rows if whole else lists.rows, np.int64)
    held = np.zeros(len(found), np.bool_)
    for some in _blocks(lengths):
        position = np.arange(max(1, int(lengths[some].max())))[None]
        real = position < lengths[some, None]
        places = np.where(real, entries.offsets[some, None] + position, 0)
        where = real if mask is None else real & _padded(mask, places)
        arrays = (_padded(column, places) if consumed else column[some] for column, consumed in operands)
        taken, present = builtin.positions(
            np, lengths[some], np.broadcast_to(position, real.shape), where, *arrays, **options
        )
        if whole:
            found[places[real]] = np.broadcast_to(taken, real.shape)[real]
            held[places[real]] = np.broadcast_to(present, real.shape)[real]
        else:
            found[some], held[some] = taken, present
    return found, held


def _padded(column: Any, places: Any) -> Any:
    """The entries at some places; where there is none at all, zeros."""
    return column[places] if len(column) else np.zeros(places.shape, column.dtype)


def _blocks(lengths: Any) -> Iterator[Any]:
    """The lists by about their length, so many at a time that their entries are few, or one."""
    # The exponent of a float is where its bits end: at most half of a block is padding.
    kind = np.frexp(lengths.astype(np.float64))[1]
    for exponent in np.unique(kind).tolist():
        same = np.flatnonzero(kind == exponent)
        step = max(1, BLOCK >> max(exponent, 0))
        for start in range(0, len(same), step):
            yield same[start : start + step]


def _operands(run: HostRun, index: NodeId, node: GraphNode, lists: Domain, entries: Domain) -> list[_Operand]:
    operation: Any = node.operation
    dtypes = run.staged.operands[index]
    count = len(node.arguments) - operation.masked - operation.guarded
    found = []
    for place in range(1, count):
        consumed = place < len(operation.consumed) and bool(operation.consumed[place])
        column = run.spread(run.values[node.arguments[place]], entries if consumed else lists)
        dtype = dtypes[place]
        found.append(_Operand(column if dtype is None else as_dtype(column, dtype), consumed))
    if operation.builtin.keyed:
        value = run.values[node.arguments[0]]
        key = value.column
        if not isinstance(key, np.ndarray):
            key = ranks(key, ordered=operation.builtin.ordered)
        if key.ndim != 1:
            raise InternalError("points and boxes have no order")
        found.append(_Operand(run.spread(HostValue(key, value.axes, value.uniform), entries), consumed=True))
    return found
