"""Records: taken apart into a node a field, lazily, so that a field that is not used costs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.diagnostics import InternalError
from rewardlang.lower.values import Lowered, Masks, RecordValue, Value, presence
from rewardlang.ops.records import BUNDLE, CAPTURE, CAPTURES, DECODE, ITEMS, MEMBER, PART
from rewardlang.types import RecordElement, Type

if TYPE_CHECKING:
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis


def raw_record(builder: Builder, element: RecordElement, raw: NodeId, masks: Masks) -> RecordValue:
    """The record that a node of JSON values or captures holds."""

    def project(name: str, type_: Type) -> Lowered:
        return project_raw(builder, raw, element, name, type_, masks)

    return RecordValue(element, raw, project, masks)


def project_raw(builder: Builder, raw: NodeId, record: RecordElement, name: str, type_: Type, masks: Masks) -> Lowered:
    """A field of the record in `raw`, with its own masks; `type_` is its type with the axes that it has here."""
    known = record.field(name)
    if known is None:
        raise InternalError(f"{record} has no field `{name}`")
    if builder[raw].element == CAPTURES:
        text = builder.call(CAPTURE, (raw,), (("group", 1 + record.fields.index(known)),))
        return Value(text, {frozenset(builder[text].axes): builder.holds(text)} if known.type.optional else {})
    if builder[raw].element == BUNDLE:
        part = builder.call(PART, (raw,), (("key", name), ("type", known.type)))
        return Value(part, {frozenset(builder[part].axes): builder.holds(part)} if known.type.optional else {})
    made = [axis for axis in type_.axes if axis not in builder[raw].axes]
    field_type = _renamed(known.type, made)
    member = builder.call(MEMBER, (raw,), (("key", name),))
    guard = presence(builder, masks) if masks else None
    return _decoded(builder, member, field_type, guard)


def _renamed(type_: Type, made: list[Axis]) -> Type:
    """The declared type of a field, over the axes that it has at this place."""
    if len(made) != len(type_.axes):
        raise InternalError(f"a field with {len(type_.axes)} axes has {len(made)} here")
    new = dict(zip(type_.axes, made, strict=True))
    levels = frozenset(frozenset(new[axis] for axis in level) for level in type_.missing)
    return Type(type_.element, tuple(made), levels, type_.range)


def _decoded(builder: Builder, node: NodeId, type_: Type, guard: NodeId | None) -> Lowered:
    masks: Masks = {}
    while type_.axes:
        axis = type_.axes[0]
        arguments = (node,) if guard is None else (node, guard)
        node = builder.call(ITEMS, arguments, (("type", type_),), made=axis, guarded=guard is not None)
        if type_.whole_missing:
            masks[frozenset(builder[node].axes) - {axis}] = builder.holds(node)
        levels = frozenset(level - {axis} for level in type_.missing if axis in level)
        type_, guard = replace(type_, axes=type_.axes[1:], missing=levels), None
    node = builder.call(DECODE, (node,), (("type", type_.present()),))
    if type_.whole_missing:
        masks[frozenset(builder[node].axes)] = builder.holds(node)
    if isinstance(type_.element, RecordElement):
        return raw_record(builder, type_.element, node, masks)
    return Value(node, masks)
