"""Reward trees as values: each kind of block is arithmetic on its entries, presence included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewardlang.diagnostics import InternalError
from rewardlang.lower.expressions import kleene
from rewardlang.lower.values import Value, join, select
from rewardlang.ops import arithmetic
from rewardlang.ops.internal import CHOICE, CHOSEN
from rewardlang.ops.powers import POWER

if TYPE_CHECKING:
    from rewardlang.check.core import Entry, Tree
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.lower.expressions import Lowering

_ARITHMETIC = {type(builtin): builtin for builtin in arithmetic.BUILTINS}
ADD, MULTIPLY = _ARITHMETIC[arithmetic.Add], _ARITHMETIC[arithmetic.Multiply]
DIVIDE = _ARITHMETIC[arithmetic.Divide]
_BEST = {"min": _ARITHMETIC[arithmetic.Least], "max": _ARITHMETIC[arithmetic.Greatest]}
ELSE = ("else",)


@dataclass(frozen=True)
class Part:
    """A counted entry: its value, and its weight or None for 1."""

    entry: Entry
    value: Value
    weight: Value | None


def parts_of(low: Lowering, core: Tree) -> list[Part]:
    """The entries that count."""
    return [
        Part(entry, low.single(entry.value), None if entry.weight is None else low.number(entry.weight))
        for entry in core.entries
        if entry.mark != "metric"
    ]


def tree_value(low: Lowering, core: Tree) -> Value:
    """The value of a block. A missing counted entry makes it missing, but only where the block takes the entry."""
    parts = parts_of(low, core)
    builder = low.builder
    match core.kind:
        case "all" | "any":
            operator = "and" if core.kind == "all" else "or"
            value = kleene(builder, operator, [part.value for part in parts])
        case "gate":
            value = _gated(low, core, parts)
        case "choose":
            value = _chosen(low, core, parts)
        case _:
            node = _combined(builder, core.kind, parts)
            masks = [part.value.masks for part in parts] + [part.weight.masks for part in parts if part.weight]
            value = Value(node, join(builder, masks))
    return _ranged(builder, core, value)


def _ranged(builder: Builder, core: Tree, value: Value) -> Value:
    node = builder.real(value.node) if core.type.element.name == "float" else value.node
    here = builder[node]
    if core.type.range is not None and here.range is not None:
        builder.add(
            here.operation, here.arguments, element=here.element, axes=here.axes, range=here.range.meet(core.type.range)
        )
    return Value(node, value.masks)


def _combined(builder: Builder, kind: str, parts: list[Part]) -> NodeId:
    match kind:
        case "sum":
            return add(builder, [weighted(builder, part) for part in parts])
        case "mean":
            return _mean(builder, parts)
        case "product":
            return multiply(builder, [_powered(builder, part) for part in parts])
        case "min" | "max":
            values = [builder.real(part.value.node) for part in parts]
            return values[0] if len(values) == 1 else builder.call(_BEST[kind], values)
        case "tiers":
            before = tier_scales(builder, parts)
            return add(
                builder,
                [
                    multiply(builder, [scale, builder.real(part.value.node)])
                    for scale, part in zip(before, parts, strict=True)
                ],
            )
    raise InternalError(f"no block of kind `{kind}`")


def add(builder: Builder, nodes: list[NodeId]) -> NodeId:
    """The sum of nodes from the left; 0 where there are none."""
    if not nodes:
        return builder.constant(0.0)
    result = nodes[0]
    for node in nodes[1:]:
        result = builder.call(ADD, (result, node))
    return result


def multiply(builder: Builder, nodes: list[NodeId]) -> NodeId:
    """The product of nodes from the left, ones left out."""
    one = builder.constant(1.0)
    rest = [node for node in nodes if node != one]
    if not rest:
        return one
    result = rest[0]
    for node in rest[1:]:
        result = builder.call(MULTIPLY, (result, node))
    return result


def weighted(builder: Builder, part: Part) -> NodeId:
    """The value times its weight, as a float."""
    value = builder.real(part.value.node)
    return value if part.weight is None else multiply(builder, [part.weight.node, value])


def _powered(builder: Builder, part: Part) -> NodeId:
    value = builder.real(part.value.node)
    return value if part.weight is None else builder.call(POWER, (value, part.weight.node))


def weight_sum(builder: Builder, parts: list[Part]) -> NodeId:
    """Σ w of a `mean`."""
    if all(part.weight is None for part in parts):
        return builder.constant(float(len(parts)))
    return add(builder, [builder.constant(1.0) if part.weight is None else part.weight.node for part in parts])


def _mean(builder: Builder, parts: list[Part]) -> NodeId:
    if not parts:
        return builder.constant(0.0)
    quotient = builder.call(
        DIVIDE, (add(builder, [weighted(builder, part) for part in parts]), weight_sum(builder, parts))
    )
    return builder.select(nonzero(builder, weight_sum(builder, parts)), quotient, builder.constant(0.0))


def nonzero(builder: Builder, node: NodeId) -> NodeId:
    """Where a divisor is not 0; the constant true where its range excludes 0."""
    if 0 not in builder.type_of(node).interval:
        return builder.true()
    return builder.holds(builder.call(DIVIDE, (builder.constant(1.0), node)))


def tier_scales(builder: Builder, parts: list[Part]) -> list[NodeId]:
    """The factor of each tier: its weight times all values before it."""
    scales: list[NodeId] = []
    before = builder.constant(1.0)
    for part in parts:
        scales.append(before if part.weight is None else multiply(builder, [part.weight.node, before]))
        before = multiply(builder, [before, builder.real(part.value.node)])
    return scales


def _gated(low: Lowering, core: Tree, parts: list[Part]) -> Value:
    if core.subject is None:
        raise InternalError("a gate without a condition")
    builder = low.builder
    masks = join(builder, [part.value.masks for part in parts] + [p.weight.masks for p in parts if p.weight])
    inside = Value(_combined(builder, "sum", parts), masks)
    gated = select(builder, low.single(core.subject).node, inside, Value(builder.constant(0.0)))
    assert isinstance(gated, Value)  # noqa: S101 - the caller has looked
    return gated


def taken(low: Lowering, core: Tree, parts: list[Part]) -> list[NodeId]:
    """For each entry of a `choose`, where it is the one that is taken."""
    if core.subject is None:
        raise InternalError("a choice without a subject")
    builder = low.builder
    labels = tuple(part.entry.labels for part in parts if part.entry.labels != ELSE)
    choice = builder.call(CHOICE, (low.single(core.subject).node,), (("labels", labels),))
    places = {part.entry.labels: len(labels) for part in parts} | {label: i for i, label in enumerate(labels)}
    return [builder.call(CHOSEN, (choice,), (("which", places[part.entry.labels]),)) for part in parts]


def _chosen(low: Lowering, core: Tree, parts: list[Part]) -> Value:
    builder = low.builder
    conditions = taken(low, core, parts)
    last = next(index for index, part in enumerate(parts) if part.entry.labels == ELSE)
    order = [index for index in range(len(parts)) if index != last]
    result = _whole(builder, parts[last])
    for index in reversed(order):
        merged = select(builder, conditions[index], _whole(builder, parts[index]), result)
        assert isinstance(merged, Value)  # noqa: S101 - the caller has looked
        result = merged
    return result


def _whole(builder: Builder, part: Part) -> Value:
    masks = [part.value.masks] + ([part.weight.masks] if part.weight else [])
    return Value(weighted(builder, part), join(builder, masks))
