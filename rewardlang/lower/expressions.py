"""Typed expressions to values: one function a kind of expression."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rewardlang.check import core as c
from rewardlang.diagnostics import InternalError
from rewardlang.lower.apply import lower_apply
from rewardlang.lower.axes import relabelled, shortened
from rewardlang.lower.records import raw_record
from rewardlang.lower.values import Lowered, Masks, RecordValue, Value, join, node_of, presence, select, with_masks
from rewardlang.ops.registry import BUILTINS
from rewardlang.types import BOOL, FLOAT, JSON, RecordElement, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis

_AT_MOST = next(known for known in BUILTINS if known.name == "<=")


def children(value: Any) -> Iterator[c.Core]:
    """The expressions directly within an expression."""
    match value:
        case c.Core():
            for field in fields(value):
                if field.name not in ("type", "span"):
                    yield from _within(getattr(value, field.name))
        case _:
            yield from _within(value)


def _within(value: Any) -> Iterator[c.Core]:
    match value:
        case c.Core():
            yield value
        case tuple():
            for item in value:
                yield from _within(item)
        case c.Entry():
            yield from (part for part in (value.value, value.weight) if part is not None)


class Lowering:
    """Lowers expressions into one builder. `symbols` are the values of the variables that scans bind."""

    def __init__(self, builder: Builder, carriers: dict[Axis, list[c.Core]], symbols: dict[str, Lowered]) -> None:
        self.builder = builder
        self.carriers = carriers
        self.symbols = symbols
        self._known: dict[str, Lowered] = {}
        self._mentions: dict[str, frozenset[str]] = {}

    def value(self, core: c.Core) -> Lowered:
        """The value of an expression; equal expressions are lowered once."""
        known = self._known.get(core.key)
        if known is None:
            outer, self.builder.span = self.builder.span, core.span
            known = _RULES[type(core)](self, core)
            self.builder.span = outer
            self._known[core.key] = known
        return known

    def single(self, core: c.Core) -> Value:
        """The value of an expression that is no record."""
        value = self.value(core)
        if isinstance(value, RecordValue):
            raise InternalError(f"a record of type {value.element} where a single value is needed")
        return value

    def number(self, core: c.Core) -> Value:
        """The value of a number as a float."""
        value = self.single(core)
        return Value(self.builder.real(value.node), value.masks)

    def mentions(self, core: c.Core) -> frozenset[str]:
        """The scans' variables in an expression, those that it binds left out."""
        known = self._mentions.get(core.key)
        if known is None:
            inner = [self.mentions(child) for child in children(core)]
            names = frozenset[str]().union(*inner)
            if isinstance(core, c.Symbol):
                names |= {core.name}
            if isinstance(core, c.Scan):
                names -= {core.carry, *core.names}
            known = self._mentions[core.key] = names
        return known

    def along(self, axis: Axis) -> NodeId:
        """A node that has this axis."""
        for node in range(len(self.builder.nodes)):
            if axis in self.builder[node].axes:
                return node
        for core in self.carriers.get(axis, ()):
            if self.mentions(core) <= set(self.symbols):
                node = node_of(self.value(core))
                if axis in self.builder[node].axes:
                    return node
        raise InternalError(f"no value has the axis `{axis}`")


def _constant(low: Lowering, core: Any) -> Lowered:
    return Value(low.builder.constant(float(core.value) if core.type.element == FLOAT else core.value))


def _input(low: Lowering, core: Any) -> Lowered:
    lists = tuple(axis for axis in core.type.axes if axis.name != "dim")
    type_: Type = core.type
    lists = tuple(axis for axis in type_.axes if axis.name != "dim")
    masks: Masks = {}
    for level in sorted(type_.missing, key=len):
        if level not in (frozenset(), frozenset(lists)):
            raise InternalError(f"the input `{core.name}` is missing at a level that is neither whole nor entry")
        part = "whole" if not level and lists else "present"
        axes = lists if level else ()
        masks[level] = low.builder.input(core.name, Type(BOOL, axes), part)
    if isinstance(type_.element, RecordElement):
        return raw_record(low.builder, type_.element, low.builder.input(core.name, Type(JSON, type_.axes)), masks)
    return Value(low.builder.input(core.name, type_), masks)


def _param(low: Lowering, core: Any) -> Lowered:
    return Value(low.builder.param(core.name, core.type))


def _memory(low: Lowering, core: Any) -> Lowered:
    return Value(low.builder.memory(core.name, core.type))


def _symbol(low: Lowering, core: Any) -> Lowered:
    if core.name not in low.symbols:
        raise InternalError(f"the variable `{core.name}` is not bound")
    return low.symbols[core.name]


def _apply(low: Lowering, core: Any) -> Lowered:
    return lower_apply(low.builder, core, [low.value(operand) for operand in core.operands])


def _project(low: Lowering, core: Any) -> Lowered:
    record = low.value(core.of)
    if isinstance(record, Value):
        raise InternalError(f"`.{core.name}` of something that is no record")
    value = record.project(core.name, core.type)
    return with_masks(value, join(low.builder, (record.masks, value.masks)))


def _select(low: Lowering, core: Any) -> Lowered:
    condition = low.single(core.condition)
    return select(low.builder, condition.node, low.value(core.yes), low.value(core.no))


def _coalesce(low: Lowering, core: Any) -> Lowered:
    value = low.value(core.value)
    if isinstance(core.default, c.ListOf) and not core.default.items:
        # An absent list has no entries already.
        whole = value.masks.get(frozenset())
        rest = with_masks(value, {level: node for level, node in value.masks.items() if level})
        renamed = [pair for pair in zip(core.value.type.axes, core.type.axes, strict=True) if pair[0] != pair[1]]
        return rest if whole is None or not renamed else _emptied(low, rest, whole, *renamed[0])
    if not value.masks:
        return value
    here = presence(low.builder, value.masks)
    return select(low.builder, here, with_masks(value, {}), low.value(core.default))


def _emptied(low: Lowering, value: Lowered, whole: NodeId, old: Axis, new: Axis) -> Lowered:
    """The list along an axis of its own, without entries where it is missing as a whole."""
    builder = low.builder
    position = builder.position(old, low.along(old))
    where = builder.both((whole, builder.call(_AT_MOST, (builder.constant(0), position))))
    return shortened(builder, value, where, old, new)


def _present(low: Lowering, core: Any) -> Lowered:
    return Value(presence(low.builder, low.value(core.of).masks))


def _assume(low: Lowering, core: Any) -> Lowered:
    return with_masks(low.value(core.of), {})


def _strict(low: Lowering, core: Any) -> Lowered:
    value = low.value(core.of)
    masks = [value.masks, *(low.value(guard).masks for guard in core.guards)]
    return with_masks(value, join(low.builder, masks))


def _logic(low: Lowering, core: Any) -> Lowered:
    return kleene(low.builder, core.operator, [low.single(operand) for operand in core.operands])


def kleene(builder: Builder, operator: str, operands: list[Value]) -> Value:
    """`and` or `or` of bools: decided as soon as one present operand decides it."""
    joined, deciding = (builder.both, False) if operator == "and" else (builder.either, True)
    if not any(operand.masks for operand in operands):
        return Value(joined(operand.node for operand in operands))
    held = [presence(builder, operand.masks) for operand in operands]
    pairs = list(zip(operands, held, strict=True))
    decided = [
        builder.both((here, operand.node if deciding else builder.opposite(operand.node))) for operand, here in pairs
    ]
    value = joined(operand.node for operand in operands)
    if deciding:
        value = builder.either(decided)
    present = builder.either((*decided, builder.both(held)))
    return Value(value, {frozenset(builder[present].axes): present})


def _list(low: Lowering, core: Any) -> Lowered:
    items = [low.value(item) for item in core.items]
    levels = {level for item in items for level in item.masks}
    true = low.builder.true()
    masks: list[Masks] = []
    for level in sorted(levels, key=len):
        parts = [item.masks.get(level, true) for item in items]
        masks.append({level | {core.axis}: low.builder.stack(parts, core.axis, BOOL)})
    record = core.type.element
    nodes = [node_of(item) for item in items]
    if isinstance(record, RecordElement):
        return raw_record(low.builder, record, low.builder.stack(nodes, core.axis, JSON), join(low.builder, masks))
    return Value(low.builder.stack(nodes, core.axis, record), join(low.builder, masks))


def _position(low: Lowering, core: Any) -> Lowered:
    return Value(low.builder.position(core.axis, low.along(core.axis)))


def _relabel(low: Lowering, core: Any) -> Lowered:
    return relabelled(low.builder, low.value(core.of), core.old, core.new)


def _cut(low: Lowering, core: Any) -> Lowered:
    return relabelled(low.builder, low.value(core.of), core.old, core.new, core.new.most)


def _scan(low: Lowering, core: Any) -> Lowered:
    from rewardlang.lower.scans import lower_scan

    return lower_scan(low, core)


def _model(low: Lowering, core: Any) -> Lowered:
    operands = [low.value(operand) for operand in core.operands]
    # Records travel as JSON.
    type_ = Type(JSON, core.type.axes) if isinstance(core.type.element, RecordElement) else core.type
    arguments = [node_of(operand) for operand in operands]
    node = low.builder.model(core.model, arguments, core.consumed, type_, traced=core.traced)
    masks = [operand.masks for operand in operands]
    if core.type.missing:
        masks.append({frozenset(core.type.axes): low.builder.holds(node)})
    joined = join(low.builder, masks)
    record = core.type.element
    return raw_record(low.builder, record, node, joined) if isinstance(record, RecordElement) else Value(node, joined)


def _tree(low: Lowering, core: Any) -> Lowered:
    from rewardlang.lower.trees import tree_value

    return tree_value(low, core)


_RULES: dict[type[c.Core], Callable[[Lowering, Any], Lowered]] = {
    c.Constant: _constant,
    c.Input: _input,
    c.ParamValue: _param,
    c.MemoryValue: _memory,
    c.Symbol: _symbol,
    c.Apply: _apply,
    c.Project: _project,
    c.Select: _select,
    c.Coalesce: _coalesce,
    c.Present: _present,
    c.Assume: _assume,
    c.Strict: _strict,
    c.Logic: _logic,
    c.ListOf: _list,
    c.Position: _position,
    c.Relabel: _relabel,
    c.Cut: _cut,
    c.Scan: _scan,
    c.ModelCall: _model,
    c.Tree: _tree,
}
