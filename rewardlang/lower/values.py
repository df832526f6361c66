"""What an expression becomes: a node and the masks that say where it is present, or a record of such values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rewardlang.diagnostics import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis, RecordElement, Type
    from rewardlang.types.type import Level

Masks = dict["Level", "NodeId"]


@dataclass(frozen=True)
class Value:
    """A node, and a bool node for each level at which it may be missing. It is present where all of them hold."""

    node: NodeId
    masks: Masks = field(default_factory=dict)


@dataclass(frozen=True)
class RecordValue:
    """A record: `project` gives a field, the record's own masks left out.

    `raw` is the host node of the JSON values or captures that it is decoded from, where there is one.
    """

    element: RecordElement
    raw: NodeId | None
    project: Callable[[str, Type], Lowered]
    masks: Masks = field(default_factory=dict)


Lowered = Value | RecordValue


def node_of(value: Lowered) -> NodeId:
    """The one node of a value.

    Raises:
        InternalError: It is a record that no longer has one.
    """
    node = value.node if isinstance(value, Value) else value.raw
    if node is None:
        raise InternalError("a record put together from two sources cannot be taken as a whole")
    return node


def with_masks(value: Lowered, masks: Masks) -> Lowered:
    """The value with these masks instead of its own."""
    return replace(value, masks=masks)


def join(builder: Builder, several: Iterable[Mapping[Level, NodeId]]) -> Masks:
    """The masks of a value that needs all of these: those of one level are joined by `and`."""
    joined: dict[Level, list[NodeId]] = {}
    for masks in several:
        for level, node in masks.items():
            joined.setdefault(level, []).append(node)
    return {level: builder.both(nodes) for level, nodes in joined.items()}


def presence(builder: Builder, masks: Mapping[Level, NodeId]) -> NodeId:
    """Where a value with these masks is present; the constant true where it has none."""
    return builder.both(masks.values())


def select(builder: Builder, condition: NodeId, yes: Lowered, no: Lowered) -> Lowered:
    """`yes` where the condition holds, else `no`; only the taken branch counts for presence."""
    along = frozenset(builder[condition].axes)
    masks = select_masks(builder, condition, yes.masks, no.masks, along)
    if isinstance(yes, Value) and isinstance(no, Value):
        return Value(builder.select(condition, yes.node, no.node), masks)
    if isinstance(yes, Value) or isinstance(no, Value):
        raise InternalError("a record and another value in the branches of one selection")
    return _select_records(builder, condition, yes, no, masks)


def select_masks(
    builder: Builder,
    condition: NodeId,
    yes: Mapping[Level, NodeId],
    no: Mapping[Level, NodeId],
    along: frozenset[Axis] = frozenset(),
) -> Masks:
    """The masks of a selection, at the levels of both branches joined with the axes `along` of the condition."""
    true = builder.true()
    return join(
        builder,
        (
            {level | along: builder.select(condition, yes.get(level, true), no.get(level, true))}
            for level in {**yes, **no}
        ),
    )


def _select_records(
    builder: Builder, condition: NodeId, yes: RecordValue, no: RecordValue, masks: Masks
) -> RecordValue:
    raw = None
    if yes.raw is not None and no.raw is not None and builder[yes.raw].element == builder[no.raw].element:
        raw = builder.select(condition, yes.raw, no.raw)

    def project(name: str, type_: Type) -> Lowered:
        known = yes.element.field(name)
        if known is not None and known.type.axes and raw is not None:
            # A list of either record has lengths of its own: only the record as a whole can be selected.
            from rewardlang.lower.records import project_raw

            return project_raw(builder, raw, yes.element, name, type_, {})
        return select(builder, condition, yes.project(name, type_), no.project(name, type_))

    return RecordValue(yes.element, raw, project, masks)
