"""Calls of builtins: which masks of the operands become masks of the result, of the entries that count, or of rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rewardlang.lower.axes import relabelled, shortened
from rewardlang.lower.records import raw_record
from rewardlang.lower.values import Lowered, Masks, Value, join, node_of, with_masks
from rewardlang.ops.builtin import Gather, Lists, Reduction
from rewardlang.ops.internal import EVERY
from rewardlang.types import RecordElement

if TYPE_CHECKING:
    from rewardlang.check.core import Apply
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis, Element


@dataclass
class _Sorted:
    """The operands' masks by what they become."""

    result: list[Masks] = field(default_factory=list)
    skipped: list[NodeId] = field(default_factory=list)
    chosen: Masks = field(default_factory=dict)


def lower_apply(builder: Builder, core: Apply, operands: list[Lowered]) -> Lowered:
    """A builtin applied to operands that are lowered already."""
    record = core.type.element
    core, operands = _kept(builder, *_apart(builder, core, operands))
    masks = _sort_masks(builder, core, operands)
    node, held = _call(builder, core, [node_of(operand) for operand in operands], masks)
    result = join(builder, [*masks.result, held])
    if isinstance(record, RecordElement):
        return raw_record(builder, record, node, result)
    return Value(node, result)


def _apart(builder: Builder, core: Apply, operands: list[Lowered]) -> tuple[Apply, list[Lowered]]:
    """A list that is consumed has an axis of its own where another operand runs along the same: `x[index(time)]`."""
    consumed = [tuple(core.consumed[place]) if place < len(core.consumed) else () for place in range(len(operands))]
    for axis in {axis for axes in consumed for axis in axes}:
        beside = [place for place, axes in enumerate(consumed) if axis not in axes]
        if not any(axis in _axes_of(builder, operands[place]) for place in beside):
            continue
        new = replace(axis, identity=f"apart:{core.key}:{axis.identity}")
        for place, axes in enumerate(consumed):
            if axis in axes:
                operands = [*operands]
                operands[place] = relabelled(builder, operands[place], axis, new)
                consumed[place] = tuple(new if known == axis else known for known in axes)
    return replace(core, consumed=tuple(consumed)) if core.consumed else core, operands


def _axes_of(builder: Builder, operand: Lowered) -> set[Axis]:
    nodes = [*operand.masks.values(), node_of(operand)]
    return {axis for node in nodes for axis in builder[node].axes}


def _kept(builder: Builder, core: Apply, operands: list[Lowered]) -> tuple[Apply, list[Lowered]]:
    """The other lists without the entries that are skipped: the mask of a call is of its first list alone."""
    if core.missing != "skip" or not core.consumed:
        return core, operands
    consumed, found = list(core.consumed), list(operands)
    for place, axes in enumerate(consumed):
        along = [operand for operand, others in zip(operands, core.consumed, strict=False) if others == axes]
        skipped = [node for operand in along for level, node in operand.masks.items() if level & set(axes)]
        apart = axes != core.consumed[0] or isinstance(core.builtin, Lists)
        if place and skipped and len(axes) == 1 and apart:
            new = replace(axes[0], identity=f"kept:{core.key}:{place}", least=0)
            rest = {level: node for level, node in operands[place].masks.items() if axes[0] not in level}
            found[place] = shortened(builder, with_masks(operands[place], rest), builder.both(skipped), axes[0], new)
            consumed[place] = (new,)
    return replace(core, consumed=tuple(consumed)), found


def _call(builder: Builder, core: Apply, nodes: list[NodeId], masks: _Sorted) -> tuple[NodeId, Masks]:
    arguments = list(nodes)
    if masks.skipped:
        arguments.append(builder.both(masks.skipped))
    guard = join(builder, masks.result) if core.made is not None else {}
    if guard:
        arguments.append(builder.both(guard.values()))
    call = _caller(builder, core, masked=bool(masks.skipped), guarded=bool(guard))
    raw = _raw_element(builder, core, nodes) if isinstance(core.type.element, RecordElement) else core.type.element
    node = call(arguments, raw, core.type.range)
    held: list[Masks] = []
    for level, mask in masks.chosen.items():
        gathered = call([mask, *arguments[1:]], builder[mask].element, None)
        # Positions and conditions may run along axes that the list itself has not.
        held.append({_gathered(core, level) | frozenset(builder[gathered].axes): gathered})
    if _may_miss(core, masked=bool(masks.skipped)):
        level = frozenset(builder[node].axes) - {core.made}
        held.append({level: builder.holds(node)})
    return node, join(builder, held)


def _caller(builder: Builder, core: Apply, *, masked: bool, guarded: bool) -> Any:
    def call(arguments: list[NodeId], element: Element, interval: Any) -> NodeId:
        return builder.call(
            core.builtin,
            arguments,
            core.options,
            consumed=core.consumed,
            made=core.made,
            across=core.across,
            masked=masked,
            guarded=guarded,
            element=element,
            range=interval,
        )

    return call


def _raw_element(builder: Builder, core: Apply, nodes: list[NodeId]) -> Element:
    if isinstance(core.builtin, Gather | Lists) and isinstance(core.operands[0].type.element, RecordElement):
        return builder[nodes[0]].element
    return core.builtin.raw


def _may_miss(core: Apply, *, masked: bool) -> bool:
    options = dict(core.options)
    if isinstance(core.builtin, Reduction | Gather):
        least = 1
        for axis in core.consumed[0] if core.consumed else ():
            least *= axis.least
        options["least"] = 0 if masked else least
    return core.builtin.may_miss([operand.type for operand in core.operands], options)


def _gathered(core: Apply, level: frozenset[Any]) -> frozenset[Any]:
    """The level of a mask after its entries were chosen."""
    if core.builtin.keeps:
        return level
    return level - set(core.consumed[0]) | ({core.made} if core.made is not None else set())


def _sort_masks(builder: Builder, core: Apply, operands: list[Lowered]) -> _Sorted:
    masks = _Sorted()
    for index, operand in enumerate(operands):
        gone = set(core.consumed[index]) if index < len(core.consumed) else set()
        for level, node in operand.masks.items():
            touched = level & gone
            if core.across is not None:
                _across(builder, core, masks, level, node)
            elif not touched:
                masks.result.append({level: node})
            elif core.missing == "skip":
                masks.skipped.append(node)
            elif _moves(core) and index == 0 and touched <= set(builder[node].axes):
                masks.chosen[level] = node
            else:
                masks.result.append({level - touched: _every(builder, node, touched)})
    return masks


def _moves(core: Apply) -> bool:
    return isinstance(core.builtin, Gather) and not core.builtin.keyed


def _across(builder: Builder, core: Apply, masks: _Sorted, level: frozenset[Any], node: NodeId) -> None:
    if core.missing == "skip":
        masks.skipped.append(node)
    else:
        masks.result.append({level: builder.call(EVERY, (node,), across=core.across)})


def _every(builder: Builder, node: NodeId, touched: frozenset[Any]) -> NodeId:
    axes = tuple(axis for axis in builder[node].axes if axis in touched)
    return builder.call(EVERY, (node,), consumed=(axes,)) if axes else node
