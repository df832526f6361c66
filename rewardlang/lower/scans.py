"""Scans: what depends on the carry becomes a graph of its own; the rest is computed for the whole list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.check import core as c
from rewardlang.diagnostics import InternalError
from rewardlang.ir.builder import Builder
from rewardlang.ir.graph import Graph, NodeId
from rewardlang.lower.axes import relabelled
from rewardlang.lower.expressions import Lowering, children
from rewardlang.lower.values import Lowered, Masks, RecordValue, Value, join, node_of
from rewardlang.types import FLOAT, Axis, Type

if TYPE_CHECKING:
    from rewardlang.types.type import Level


class _Lists(Lowering):
    """Lowers what mentions the entries of the scanned lists, each name bound to its whole list."""

    def __init__(self, low: Lowering, lists: dict[str, Lowered]) -> None:
        super().__init__(low.builder, low.carriers, {**low.symbols, **lists})
        self.low, self.names = low, frozenset(lists)

    def value(self, core: c.Core) -> Lowered:
        return super().value(core) if self.mentions(core) & self.names else self.low.value(core)


class _Body(Lowering):
    """Lowers the step. What does not mention the carry is lowered by `outside`, and comes in as an input."""

    def __init__(self, outside: Lowering, core: c.Scan, axis: Axis) -> None:
        super().__init__(Builder(), outside.carriers, {})
        self.outside, self.core, self.axis = outside, core, axis
        self.scanned: dict[NodeId, NodeId] = {}
        self.outer: dict[NodeId, NodeId] = {}

    def value(self, core: c.Core) -> Lowered:
        if self.core.carry not in self.mentions(core) and not isinstance(core, c.Constant):
            return self._brought(self.outside.value(core))
        return super().value(core)

    def _brought(self, value: Lowered) -> Lowered:
        masks = {level - {self.axis}: self._inside(node) for level, node in value.masks.items()}
        if isinstance(value, Value):
            return Value(self._inside(value.node), masks)

        def project(name: str, type_: Type) -> Lowered:
            return self._brought(value.project(name, _along(type_, self.axis, value, self.outside)))

        return RecordValue(value.element, None, project, masks)

    def _inside(self, node: NodeId) -> NodeId:
        here = self.outside.builder[node]
        along = self.axis in here.axes
        known, prefix = (self.scanned, "scanned") if along else (self.outer, "outer")
        if node not in known:
            axes = tuple(axis for axis in here.axes if axis != self.axis)
            known[node] = self.builder.input(f"{prefix}{len(known)}", Type(here.element, axes, range=here.range))
        return known[node]


def _along(type_: Type, axis: Axis, value: RecordValue, outside: Lowering) -> Type:
    raw = value.raw
    if raw is None or axis not in outside.builder[raw].axes:
        return type_
    return Type(type_.element, (axis, *type_.axes), type_.missing, type_.range)


def lower_scan(low: Lowering, core: c.Scan) -> Lowered:
    """A scan, with the masks of its start and of its lists as a whole."""
    start = low.single(core.start)
    lists = [low.value(operand) for operand in core.operands]
    masks = join(low.builder, [start.masks, *(_whole(value.masks, core.axis) for value in lists)])
    axis = core.axis
    if _uses(core.body, core.axis):
        # Within the step the axis itself means the whole list; the entry of this step is another matter.
        axis = Axis(f"step:{axis.identity}", axis.name, axis.parents, axis.least, axis.most)
        lists = [relabelled(low.builder, value, core.axis, axis) for value in lists]
    body = _Body(_Lists(low, dict(zip(core.names, lists, strict=True))), core, axis)
    carry = low.builder[start.node]
    axes = tuple(a for a in core.type.axes if a != core.axis)
    kind = Type(core.type.element, axes, range=core.type.range)
    body.symbols[core.carry] = Value(body.builder.input("carry", kind))
    step = body.single(core.body).node
    if core.type.element == FLOAT:
        step = body.builder.real(step)
    if body.builder[step].element != core.type.element or carry.element.width != core.type.element.width:
        raise InternalError("the carry of a scan changes its element")
    true = body.builder.true()
    graph = Graph(tuple(body.builder.nodes), step, true, name="step")
    arguments = [_as(low, start.node, core), *body.scanned, *body.outer]
    if not body.scanned:
        arguments.insert(1, node_of(lists[0]))
    node = low.builder.scan(axis, graph, arguments, max(1, len(body.scanned)), core.type)
    return Value(low.builder.relabel(node, axis, core.axis), masks)


def _as(low: Lowering, node: NodeId, core: c.Scan) -> NodeId:
    return low.builder.real(node) if core.type.element == FLOAT else node


def _whole(masks: Masks, axis: Axis) -> dict[Level, NodeId]:
    if any(axis in level for level in masks):
        raise InternalError("a scan of a list whose entries may be missing")
    return masks


def _uses(core: Any, axis: Axis) -> bool:
    return any(axis in child.type.axes or _uses(child, axis) for child in children(core)) or axis in core.type.axes
