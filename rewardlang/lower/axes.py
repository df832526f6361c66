"""Values along other axes: a list under another name, or a shorter one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.lower.records import raw_record
from rewardlang.lower.values import Lowered, Value, node_of
from rewardlang.ops.registry import BUILTINS

if TYPE_CHECKING:
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis

KEEP = next(known for known in BUILTINS if known.name == "keep")


def relabelled(builder: Builder, value: Lowered, old: Axis, new: Axis, most: int | None = None) -> Lowered:
    """The value and its masks, with the axis `old` called `new`."""
    masks = {
        frozenset(new if axis == old else axis for axis in level): builder.relabel(node, old, new, most)
        for level, node in value.masks.items()
    }
    if isinstance(value, Value):
        return Value(builder.relabel(value.node, old, new, most), masks)
    node = builder.relabel(node_of(value), old, new, most)
    return replace(raw_record(builder, value.element, node, masks), masks=masks)


def shortened(builder: Builder, value: Lowered, where: NodeId, old: Axis, new: Axis) -> Lowered:
    """The entries along `old` for which a condition over it holds, along `new`."""

    def kept(node: NodeId) -> NodeId:
        here = builder[node]
        if old not in here.axes:
            return node
        consumed = ((old,), (old,))
        return builder.call(KEEP, (node, where), consumed=consumed, made=new, element=here.element, range=here.range)

    masks = {frozenset(new if a == old else a for a in level): kept(node) for level, node in value.masks.items()}
    if isinstance(value, Value):
        return Value(kept(value.node), masks)
    return replace(raw_record(builder, value.element, kept(node_of(value)), masks), masks=masks)
