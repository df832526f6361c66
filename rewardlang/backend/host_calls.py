"""Calls of builtins on host columns: one function a form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import HOST, as_dtype
from rewardlang.backend.host_dense import dense, dense_holds
from rewardlang.backend.host_gather import gathered_rows
from rewardlang.backend.host_scalars import scalar
from rewardlang.backend.host_values import HostValue
from rewardlang.backend.sparing import counting
from rewardlang.columns.column import Column, Ragged, Slices, blank, take, take_held
from rewardlang.diagnostics import InternalError
from rewardlang.ir.builder import kept_axes
from rewardlang.ir.graph import Call
from rewardlang.kernels.offsets import offsets_of
from rewardlang.ops.builtin import Gather, Lists, Matrix, Reduction, Rows, Scalar
from rewardlang.types import BOOL, FLOAT

if TYPE_CHECKING:
    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import Form, HostRun
    from rewardlang.backend.shared import Pass
    from rewardlang.ir.graph import GraphNode, NodeId
    from rewardlang.types import Axis


def form_of(operation: Call) -> Form:
    """What gives the value of a call; where it holds is kept in `run.held` where it comes with it."""
    match operation.builtin:
        case Scalar():
            return scalar
        case Rows() as builtin:
            return partial(_rows, operation=operation, builtin=builtin)
        case Lists() as builtin:
            return partial(_lists, operation=operation, builtin=builtin)
        case Gather():
            return partial(_gather, operation=operation)
        case Reduction(flat=True) as builtin if operation.across is None:
            return partial(_reduced, operation=operation, builtin=builtin)
        case Matrix(tabled=True) as builtin if not operation.masked and _is_table(operation):
            return partial(_tables, operation=operation, builtin=builtin)
    return dense


def holds(run: HostRun, index: NodeId) -> HostValue:
    """Where the result is present that the node `index` asks about."""
    source = run.graph.nodes[index].arguments[0]
    operation = run.graph.nodes[source].operation
    if source in run.held:
        # Of a model always: it is evaluated before.
        return run.held[source]
    if isinstance(operation, Call) and isinstance(operation.builtin, Scalar):
        return scalar(run, index, run.graph.nodes[index])
    return dense_holds(run, source, run.graph.nodes[source])


def _cast(column: Column, dtype: str | None) -> Any:
    return column if dtype is None else as_dtype(column, dtype)


def _columns(
    run: HostRun, index: NodeId, node: GraphNode, domain: Domain, rows: Any = None
) -> list[Column]:  # fmt: skip
    return [
        _cast(run.spread(run.values[argument], domain, rows), dtype)
        for argument, dtype in zip(node.arguments, run.staged.operands[index], strict=True)
    ]


def _rows(run: HostRun, index: NodeId, node: GraphNode, operation: Call, builtin: Rows) -> HostValue:
    shared = run.staged.shared.get(index)
    if shared is not None and index in shared.passes:
        _together(run, shared.passes[index])
        return run.values[index]
    uniform = all(run.values[argument].uniform for argument in node.arguments)
    domain = run.domains.of(node.axes)
    rows = None if uniform else counting(run, index, domain)
    columns = [run.values[a].column for a in node.arguments] if uniform else _columns(run, index, node, domain, rows)
    column = builtin.rows(*columns, **dict(operation.options))
    present = None
    if builtin.partial:
        column, present = column
    column = _typed(column, node)
    if rows is not None:
        column, present = _elsewhere(column, node, domain, rows), _among(present, domain, rows)
    if present is not None:
        run.held[index] = HostValue(present, domain.axes, uniform)
    return HostValue(column, domain.axes, uniform)


def _elsewhere(column: Any, node: GraphNode, domain: Domain, rows: Any) -> Any:
    """A column of which only some rows were computed; the others do not count, and have any number in its range."""
    least, most = (0, 0) if node.range is None else (node.range.low, node.range.high)
    whole = np.full((domain.rows, *column.shape[1:]), min(max(0, least), most), column.dtype)
    whole[rows] = column
    return whole


def _among(present: Any, domain: Domain, rows: Any) -> Any:
    if present is None:
        return None
    whole = np.zeros(domain.rows, np.bool_)
    whole[rows] = present
    return whole


def _together(run: HostRun, group: Pass) -> None:
    """Evaluate calls whose questions are answered together."""
    first = run.graph.nodes[group.asking[0].node]
    domain = run.domains.of(first.axes)
    texts = run.spread(run.values[first.arguments[0]], domain)
    for asking, answer in zip(group.asking, group.answers(texts), strict=True):
        node = run.graph.nodes[asking.node]
        operation = node.operation
        assert isinstance(operation, Call)  # noqa: S101 - only calls of Rows ask
        builtin = operation.builtin
        assert isinstance(builtin, Rows)  # noqa: S101 - as above
        column = builtin.answered(texts, answer, asking.texts, dict(operation.options))
        if builtin.partial:
            column, present = column
            run.held[asking.node] = HostValue(present, domain.axes)
        run.values[asking.node] = HostValue(_typed(column, node), domain.axes)


def _typed(column: Column, node: GraphNode) -> Column:
    return as_dtype(column, HOST[node.element]) if node.element in HOST else column


# --- lists ------------------------------------------------------------------------------------------------------------


def _lists(run: HostRun, index: NodeId, node: GraphNode, operation: Call, builtin: Lists) -> HostValue:
    kept = kept_axes(operation)
    rows = run.domains.of(tuple(axis for axis in node.axes if axis != operation.made and axis not in kept))
    count = len(node.arguments) - operation.masked - operation.guarded
    columns = [_argument(run, node, operation, place, rows, sliced=builtin.sliced) for place in range(count)]
    if operation.masked:
        columns[0] = _counted(run, node, operation, columns[0], rows)
    result = builtin.lists(*columns, **dict(operation.options))
    present = None
    if builtin.partial:
        result, present = result
        run.held[index] = HostValue(present, rows.axes)
    if operation.made is not None:
        return _made(run, node, operation, rows, (result, present))
    column = result.column if hasattr(result, "offsets") else result
    if kept and builtin.partial:
        raise InternalError(f"{builtin.name} keeps an axis and may be missing")
    return _kept(run, node, rows, kept, column)


def _argument(run: HostRun, node: GraphNode, operation: Call, place: int, rows: Domain, *, sliced: bool) -> Column:
    value = run.values[node.arguments[place]]
    consumed = operation.consumed[place] if place < len(operation.consumed) else ()
    if not consumed:
        return run.spread(value, rows)
    if sliced and not operation.masked and not value.uniform and value.axes[-1:] == consumed:
        return _slices(run, value, rows)
    column = run.spread(value, run.domains.along((*rows.axes, *consumed)))
    for depth in range(len(consumed), 0, -1):
        column = Ragged(run.domains.along((*rows.axes, *consumed[:depth])).offsets, column)
    return column


def _slices(run: HostRun, value: HostValue, rows: Domain) -> Slices:
    """The lists along the last axis of a value, a row of `rows` each."""
    lists = run.domains.along(value.axes)
    assert lists.parent is not None  # noqa: S101 - it has an axis
    begins, ends = lists.offsets[:-1], lists.offsets[1:]
    places = run.domains.rows(rows, lists.parent)
    return Slices(begins, ends, value.column) if places is None else Slices(begins[places], ends[places], value.column)


def _reduced(run: HostRun, _index: NodeId, node: GraphNode, operation: Call, builtin: Reduction) -> HostValue:
    """A reduction of flat columns."""
    consumed = operation.consumed[0]
    rows = run.domains.of(node.axes)
    entries = run.domains.along((*rows.axes, *consumed))
    bools = builtin.parameters[0].accepts == (BOOL,)
    x = run.spread(run.values[node.arguments[0]], entries) if bools else None
    where = run.spread(run.values[node.arguments[-1]], entries) if operation.masked else None
    return HostValue(_typed(builtin.segments(x, where, _offsets(run, rows, consumed)), node), rows.axes)


def _is_table(operation: Call) -> bool:
    """Whether all rows of an instance are of one length."""
    first, second = operation.consumed[0]
    return first not in second.parents and second not in first.parents


def _tables(run: HostRun, index: NodeId, node: GraphNode, operation: Call, builtin: Matrix) -> HostValue:
    """A matrix builtin of one table an instance, on its flat column."""
    consumed, kept = operation.consumed[0], kept_axes(operation)
    rows = run.domains.of(axis for axis in node.axes if axis not in kept)
    entries = run.spread(run.values[node.arguments[0]], run.domains.along((*rows.axes, *consumed)))
    sizes = (np.diff(run.domains.along((*rows.axes, axis)).offsets) for axis in consumed)
    column = builtin.tables(as_dtype(entries, HOST[FLOAT]), *sizes, **dict(operation.options))
    if builtin.partial:
        column, present = column
        run.held[index] = HostValue(present, rows.axes)
    return _kept(run, node, rows, kept, column)


def _kept(run: HostRun, node: GraphNode, rows: Domain, kept: tuple[Axis, ...], column: Column) -> HostValue:
    """A column over the rows and, behind them, the axes that a call keeps, as the value of its node."""
    if not kept:
        return HostValue(_typed(column, node), rows.axes)
    own = run.domains.of(node.axes)
    places = run.domains.rows(own, run.domains.along((*rows.axes, *kept)))
    return HostValue(_typed(column if places is None else take(column, places), node), own.axes)


def _offsets(run: HostRun, rows: Domain, consumed: tuple[Axis, ...]) -> Any:
    """Where the entries of each row begin, over all the axes that are consumed."""
    offsets = run.domains.along((*rows.axes, consumed[0])).offsets
    for place in range(2, len(consumed) + 1):
        offsets = run.domains.along((*rows.axes, *consumed[:place])).offsets[offsets]
    return offsets


def _counted(run: HostRun, node: GraphNode, operation: Call, ragged: Ragged, rows: Domain) -> Ragged:
    """The entries that the mask lets through."""
    if kept_axes(operation):
        raise InternalError(f"{operation.builtin.name} keeps an axis and skips entries of it")
    mask = node.arguments[len(node.arguments) - 1 - operation.guarded]
    held = run.spread(run.values[mask], run.domains.along((*rows.axes, *operation.consumed[0])))
    return filtered(ragged, held)


def filtered(ragged: Ragged, held: Any) -> Ragged:
    """The entries where `held`."""
    if held.all():
        return ragged
    before = offsets_of(held)
    return Ragged(before[ragged.offsets], take(ragged.column, np.flatnonzero(held)))


def _made(run: HostRun, node: GraphNode, operation: Call, rows: Domain, result: tuple[Any, Any]) -> HostValue:
    ragged, held = result
    made = operation.made
    assert made is not None  # noqa: S101 - the caller has looked
    if made.size is None and set(made.parents) != set(rows.axes):
        raise InternalError(f"the axis `{made}` depends on other axes than those along which it is made")
    if operation.guarded:
        guard = run.spread(run.values[node.arguments[-1]], rows)
        held = guard if held is None else held & guard
    if made.size is not None:
        return _fixed(run, node, made.size, ragged, held)
    lengths = np.diff(ragged.offsets)
    if held is not None and lengths[~held].any():
        ragged = filtered(Ragged(ragged.offsets, ragged.column), np.repeat(held, lengths))
        lengths = np.where(held, lengths, 0)
    run.domains.define(made, lengths)
    return HostValue(_typed(ragged.column, node), run.domains.of(node.axes).axes)


def _fixed(run: HostRun, node: GraphNode, size: int, ragged: Ragged, held: Any) -> HostValue:
    """A list of fixed size has its entries even where it is missing: blank ones."""
    lengths = np.diff(ragged.offsets)
    whole = (lengths == size) if held is None else held & (lengths == size)
    places = (ragged.offsets[:-1, None] + np.arange(size)).ravel()
    column = take_held(ragged.column, places, np.repeat(whole, size))
    return HostValue(_typed(column, node), run.domains.of(node.axes).axes)


def _gather(run: HostRun, index: NodeId, node: GraphNode, operation: Call) -> HostValue:
    places, present = gathered_rows(run, index, node, operation)
    if operation.made is not None:
        return _shortened(run, node, operation, places, present)
    own = run.domains.of(node.axes)
    run.held[index] = HostValue(present, own.axes)
    source = run.values[node.arguments[0]]
    column = source.column
    if source.uniform:
        raise InternalError("a list cannot be the same for all samples without having an axis")
    # Where nothing is present the place is the first one.
    return HostValue(take(column, places) if len(column) else blank(column, own.rows), own.axes)


def _shortened(run: HostRun, node: GraphNode, operation: Call, places: Any, held: Any) -> HostValue:
    """A gather that makes a shorter list: the entries that are present, row by row."""
    axis = operation.consumed[0][0]
    rows = run.domains.of(known for known in node.axes if known != operation.made)
    column = take_held(run.values[node.arguments[0]].column, places, held)
    offsets = run.domains.along((*rows.axes, axis)).offsets
    return _made(run, node, operation, rows, (filtered(Ragged(offsets, column), held), None))
