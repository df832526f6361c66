"""The host executor: whole columns, one node after the other, in float64. No loop over samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.domains import Domain, Domains
from rewardlang.backend.dtypes import HOST, as_dtype
from rewardlang.backend.fusing import Pending
from rewardlang.backend.host_values import NOTHING, HostValue, Taken
from rewardlang.columns.column import C, Column, JsonColumn, merge, take
from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import InternalError
from rewardlang.ir.graph import Call, Constant, Holds, Input, Model, Position, Relabel, Scan, Stack
from rewardlang.types import TEXT, Axis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from rewardlang.backend.answers import ToolUse
    from rewardlang.backend.host_values import Condition, HostBatch, Spared
    from rewardlang.backend.stage import Staged
    from rewardlang.ir.graph import GraphNode, NodeId

    Rows = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]


Decide = Callable[["HostRun", "NodeId"], "HostValue"]
"""Where a model's answer counts, if the device must say."""
Form = Callable[["HostRun", "NodeId", "GraphNode"], "HostValue"]
"""How a call is evaluated."""


class HostRun:
    """The host's part of one call: the values that the device reads, or all of them where nothing is spared."""

    def __init__(
        self, staged: Staged, batch: HostBatch, decide: Decide | None = None, spared: Spared = NOTHING
    ) -> None:  # fmt: skip
        self.decide, self.spared = decide, spared
        self.staged, self.graph, self.batch = staged, staged.graph, batch
        self.domains = Domains(batch.samples, staged.axes, batch.lengths)
        self.unchanging = staged.unchanging(frozenset(name for name, held in batch.columns.items() if held.uniform))
        self.values: dict[NodeId, HostValue] = dict(self.unchanging.values)
        self.held: dict[NodeId, HostValue] = dict(self.unchanging.held)
        self.asked: dict[NodeId, HostValue] = {}
        """Where a model's answer counts, as far as the device decides it."""
        self.reasons: dict[str, list[tuple[Rows, list[str | None]]]] = {}
        """For each model the sample of each row that could ask, and why it has no answer."""
        self.traces: dict[str, dict[int, list[ToolUse]]] = {}
        """For each model the tools that it used for a sample."""
        self.places: dict[Any, tuple[Rows, Bools]] = {}
        """Where gathers that look at no entries find theirs, by what they are and where they look."""
        self._known: dict[tuple[int, int], tuple[Any, Rows, Any]] = {}
        """What was taken from columns at some rows, by the identities of both."""
        self.counting: dict[tuple[tuple[Condition, ...], tuple[Axis, ...]], Rows | None] = {}
        """Where conditions hold, along some axes: see `backend.sparing`."""
        self._readers = dict(spared.readers)
        self._zeros: dict[int, Rows] = {}
        self._agreed: dict[NodeId, bool | None] = {}
        """What conditions say that say the same of all rows."""

    def run(self, nodes: Iterable[NodeId]) -> None:
        """Evaluate these nodes, and what they need in this batch."""
        values, waiting = self.values, list(nodes)[::-1]
        known, settling, asking = self.graph.nodes, self.staged.settling, self.staged.asking
        spared = self.spared.rows
        with np.errstate(all="ignore"):
            while waiting:
                index = waiting.pop()
                ready = index < 0
                if ready:
                    # All that it needs stood above it.
                    index = ~index
                if index in values:
                    continue
                if ready:
                    values[index] = self._evaluate(index, known[index])
                    self._let_go(index)
                    continue
                node = known[index]
                wanted = self._asked_from(index, node) if index in asking else node.arguments
                if index in spared:
                    wanted += tuple(condition for condition, _ in spared[index])
                lacking = [argument for argument in wanted if argument not in values]
                if not lacking:
                    values[index] = self._evaluate(index, node)
                    self._let_go(index)
                    continue
                settles = settling.get(index)
                if settles is not None:
                    first = node.arguments[0]
                    # Its condition first: that may settle it.
                    settled = self._settled(node, settles) if first in values else first
                    if settled in values:
                        values[index] = self._only(node, values[settled])
                        continue
                    if settled is not None:
                        waiting += (index, settled)
                        continue
                # Another look at what it needs is for what a condition may settle.
                waiting.append(~index if settles is None else index)
                waiting += lacking[::-1]

    def _let_go(self, index: NodeId) -> None:
        """Forget what nobody reads any more: what comes next takes its place in memory, and in the caches."""
        if isinstance(self.values[index].held, Pending):
            # It reads later.
            return
        readers = self._readers
        for read in self.spared.reads.get(index, ()):
            readers[read] -= 1
            if not readers[read]:
                self.values.pop(read, None)
                self.held.pop(read, None)

    def _asked_from(self, index: NodeId, node: GraphNode) -> tuple[NodeId, ...]:
        """What a model is asked from: also where its answer counts."""
        if index in self.staged.decided:
            if index not in self.asked and self.decide is not None:
                self.asked[index] = self.decide(self, index)
            return node.arguments
        return (*node.arguments, self.staged.demands[index])

    def _settled(self, node: GraphNode, settles: Mapping[bool, int]) -> NodeId | None:
        """The argument that is the result for all samples, where the first one says so."""
        first = node.arguments[0]
        if isinstance(self.values[first].held, Pending) and not self._spares(node):
            # Steps that are taken together with others cost less than to ask.
            return None
        if first not in self._agreed:
            self._agreed[first] = _agreed(self.values[first])
        agreed = self._agreed[first]
        place = None if agreed is None else settles.get(agreed)
        if place is None:
            return None
        taken = node.arguments[place]
        known = {*self.graph.nodes[first].axes, *self.graph.nodes[taken].axes}
        return taken if known.issuperset(node.axes) else None

    def _spares(self, node: GraphNode) -> bool:
        """Whether the arguments after the first one need more than steps that are taken together with others.

        What has fewer rows than the first one does not count: to ask would cost as much.
        """
        seen: set[NodeId] = set()
        asked = set(self.graph.nodes[node.arguments[0]].axes)
        waiting = list(node.arguments[1:])
        while waiting:
            needed = waiting.pop()
            if needed in self.values or needed in seen or needed in self.staged.constants:
                continue
            here = self.graph.nodes[needed]
            if needed not in self.staged.fused and asked.issubset(here.axes):
                return True
            seen.add(needed)
            waiting += here.arguments
        return False

    def name_axes(self) -> None:
        """Set the lengths of axes that only the device renames."""
        for operation in self.staged.relabels:
            if operation.old in self.domains.lengths:
                self._rename(operation)

    def value(self, node: NodeId) -> HostValue:
        """The value of a host node or a constant, computed where it was not."""
        if node not in self.values:
            self.run([node])
        return self.values[node]

    def spread(self, value: HostValue, domain: Domain, rows: Rows | None = None) -> Column:
        """The column with a row for each of the domain's, or for some `rows` of it."""
        if value.uniform:
            return take(value.column, self._zero_rows(domain.rows if rows is None else len(rows)))
        places = None if value.axes == domain.axes else self.domains.rows(domain, self.domains.of(value.axes))
        if rows is not None:
            places = rows if places is None else self._taken(places, rows)
        if places is None:
            return value.column
        column = value.held
        if isinstance(column, Taken):
            column, places = column.source, self._taken(column.rows, places)
        else:
            column = value.column
        # What is found out about JSON values is kept with them: they are the same column each time.
        return self._taken(column, places) if isinstance(column, JsonColumn) else take(column, places)

    def _taken(self, source: C, rows: Rows) -> C:
        """The rows of a column, the same for the same ones."""
        key = (id(source), id(rows))
        if key not in self._known:
            # With what it is taken from, so that nothing else gets these identities.
            self._known[key] = (source, rows, take(source, rows))
        taken: C = self._known[key][-1]
        return taken

    def _zero_rows(self, rows: int) -> Rows:
        if rows not in self._zeros:
            self._zeros[rows] = np.zeros(rows, np.int64)
        return self._zeros[rows]

    def _evaluate(self, index: NodeId, node: GraphNode) -> HostValue:
        form = self.staged.forms.get(index)
        if form is None:
            form = self.staged.forms[index] = _form_of(node)
        value = form(self, index, node)
        if index in self.unchanging.nodes and value.uniform:
            self.unchanging.values[index] = value
            if index in self.held:
                self.unchanging.held[index] = self.held[index]
        return value

    def _only(self, node: GraphNode, value: HostValue) -> HostValue:
        """A value as that of a node whose other arguments do not count."""
        domain = self.domains.of(node.axes)
        if isinstance(value.held, Pending) and value.axes == domain.axes:
            # Put off, it is a number, a bool, a point or a box: of what it stands for, an int alone is none of these.
            return value
        column = self.spread(value, domain)
        return HostValue(as_dtype(column, HOST[node.element]) if node.element in HOST else column, domain.axes)

    def input(self, node: GraphNode, operation: Input) -> HostValue:
        """A column of the caller, or where it is present."""
        column = self.batch.columns[operation.name]
        if operation.part == "whole":
            values: Any = column.whole
        else:
            values = column.values if operation.part == "value" else column.present
        rows = 1 if column.uniform else self.domains.along(node.axes).rows
        if values is None:
            values = np.ones(rows, np.bool_)
        if len(values) != rows:
            raise InternalError(f"the column `{operation.name}` has {len(values)} rows, not {rows}")
        if column.uniform:
            return HostValue(values, uniform=True)
        axes = self.domains.sorted(node.axes)
        places = self.domains.rows(self.domains.along(axes), self.domains.along(node.axes))
        return HostValue(values if places is None else take(values, places), axes)

    def stack(self, node: GraphNode, axis: Axis) -> HostValue:
        """A list of values."""
        domain = self.domains.of(node.axes)
        if not node.arguments:
            return HostValue(np.zeros(0, HOST.get(node.element, "float64")), domain.axes)
        which = domain.local(axis)
        places = np.zeros(domain.rows, np.int64)
        for item, argument in enumerate(node.arguments):
            value = self.values[argument]
            here = which == item
            rows = None if value.uniform else self.domains.rows(domain, self.domains.of(value.axes))
            places[here] = 0 if value.uniform else (np.flatnonzero(here) if rows is None else rows[here])
        columns = [self.values[argument].column for argument in node.arguments]
        return HostValue(merge(columns, which, places), domain.axes)

    def _rename(self, operation: Relabel) -> None:
        lengths = self.domains.lengths[operation.old]
        self.domains.define(operation.new, lengths if operation.most is None else np.minimum(lengths, operation.most))

    def relabel(self, node: GraphNode, operation: Relabel) -> HostValue:
        """A list along another axis of the same lengths."""
        if operation.old in self.domains.lengths:
            self._rename(operation)
        value = self.values[node.arguments[0]]
        domain = self.domains.of(node.axes)
        renamed = tuple(operation.new if axis == operation.old else axis for axis in value.axes)
        if operation.most is None and renamed == domain.axes:
            return HostValue(value.column, domain.axes)

        def local(axis: Axis) -> Rows:
            return domain.local(operation.new if axis == operation.old else axis)

        return HostValue(take(value.column, self.domains.locate(value.axes, domain.sample, local)), domain.axes)

    def at(self, node: NodeId, sample: int) -> Any:
        """The value of a host node for one sample, as Python values; nested lists over its axes in canonical order."""
        value = self.value(node)
        if value.uniform:
            return plain(take(value.column, np.zeros(1, np.int64)))[0]
        domain = self.domains.of(value.axes)
        rows = np.flatnonzero(domain.sample == sample)
        entries = plain(take(value.column, rows))
        for depth in range(len(domain.axes), 0, -1):
            part = self.domains.along(domain.axes[:depth])
            assert part.parent is not None  # noqa: S101 - the caller has looked
            above = np.flatnonzero(part.parent.sample == sample)
            first = part.offsets[above[0]] if len(above) else 0
            entries = [entries[part.offsets[row] - first : part.offsets[row + 1] - first] for row in above]
        return entries[0]


def _agreed(value: HostValue) -> bool | None:
    """What all rows of a condition say; None where they differ, or there are none."""
    rows = 0 if value.uniform else len(value.column)
    held = int(np.count_nonzero(value.column)) if rows else -1
    return {0: False, rows: True}.get(held)


@lru_cache(maxsize=1024)
def _text(value: str) -> Texts:
    return Texts.of([value])


def _form_of(node: GraphNode) -> Form:
    from rewardlang.backend import asking, host_calls, host_dense

    match node.operation:
        case Input() as field_:
            return lambda run, _, node: run.input(node, field_)
        case Constant(value=value):
            column = _text(str(value)) if node.element == TEXT else np.full(1, value, HOST[node.element])
            return lambda *_: HostValue(column, uniform=True)
        case Call() as call:
            return host_calls.form_of(call)
        case Holds():
            return lambda run, index, _: host_calls.holds(run, index)
        case Stack(axis=axis):
            return lambda run, _, node: run.stack(node, axis)
        case Position(axis=axis):
            return lambda run, _, node: _positions(run.domains.of(node.axes), axis)
        case Relabel() as renaming:
            return lambda run, _, node: run.relabel(node, renaming)
        case Model():
            return asking.ask
        case Scan():
            return host_dense.dense
    raise InternalError(f"{type(node.operation).__name__} cannot run on the host")


def _positions(domain: Domain, axis: Axis) -> HostValue:
    return HostValue(domain.local(axis), domain.axes)


def plain(column: Column) -> list[Any]:
    """A column's rows as Python values; JSON values as their source text."""
    from rewardlang.columns import json
    from rewardlang.columns.column import Bundle, Captures, JsonColumn

    match column:
        case Texts():
            return column.to_list()
        case JsonColumn(tape=tape, nodes=nodes):
            spans = json.text_of(tape, nodes)
            return Texts(spans.buffer, spans.starts, spans.ends).to_list()
        case Captures():
            return column.group(0)[0].to_list()
        case Bundle(parts=parts):
            columns = {name: plain(part) for name, part in parts.items()}
            return [{name: values[row] for name, values in columns.items()} for row in range(len(column))]
    rows: list[Any] = column.tolist()
    return rows
