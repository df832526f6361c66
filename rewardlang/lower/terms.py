"""Reward trees as terms: every labelled entry with its raw value, weight, contribution, activity and presence.

A term's contribution is its value times a scale that is handed down: the product of the weights above it, 0 where
its branch is not taken. Below `product`, `all` and `any` there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rewardlang.check import core as c
from rewardlang.ir.graph import Term
from rewardlang.lower.trees import (
    DIVIDE,
    Part,
    multiply,
    nonzero,
    parts_of,
    taken,
    tier_scales,
    weight_sum,
)
from rewardlang.lower.values import presence
from rewardlang.ops.internal import WINS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import NodeId
    from rewardlang.lower.expressions import Lowering


@dataclass(frozen=True)
class Place:
    """Where in the tree: the path so far, the scale, and where the place is active."""

    path: str
    scale: NodeId | None
    active: NodeId


def terms_of(low: Lowering, core: c.Core) -> tuple[Term, ...]:
    """The terms of the returned block, in the order in which they are written."""
    builder = low.builder
    return tuple(_emit(low, core, Place("", builder.constant(1.0), builder.true())))


def _emit(low: Lowering, core: c.Core, place: Place) -> list[Term]:
    match core:
        case c.Tree(logged=True):
            return _emit_tree(low, core, place)
        case c.Select():
            return _emit_branches(low, core, place)
        case c.Strict(of=of) | c.Assume(of=of):
            return _emit(low, of, place)
    return []


def _emit_branches(low: Lowering, core: c.Select, place: Place) -> list[Term]:
    builder = low.builder
    condition = low.single(core.condition).node
    yes = _emit(low, core.yes, _within(builder, place, condition))
    no = _emit(low, core.no, _within(builder, place, builder.opposite(condition)))
    others = {term.path: term for term in no}
    merged = [_merge(builder, condition, term, others.pop(term.path, None)) for term in yes]
    return [*merged, *(term for term in no if term.path in others)]


def _merge(builder: Builder, condition: NodeId, yes: Term, no: Term | None) -> Term:
    if no is None:
        return yes
    contribution = None
    if yes.contribution is not None and no.contribution is not None:
        contribution = builder.select(condition, yes.contribution, no.contribution)
    return replace(
        yes,
        raw=builder.select(condition, yes.raw, no.raw),
        weight=builder.select(condition, yes.weight, no.weight),
        contribution=contribution,
        active=builder.select(condition, yes.active, no.active),
        present=builder.select(condition, yes.present, no.present),
    )


def _within(builder: Builder, place: Place, condition: NodeId) -> Place:
    scale = None if place.scale is None else builder.select(condition, place.scale, builder.constant(0.0))
    return replace(place, scale=scale, active=builder.both((place.active, condition)))


def _emit_tree(low: Lowering, core: c.Tree, place: Place) -> list[Term]:
    counted = parts_of(low, core)
    inner = dict(zip((id(part.entry) for part in counted), _places(low, core, counted, place), strict=True))
    terms: list[Term] = []
    for entry in core.entries:
        here = inner.get(id(entry))
        if here is None:
            zero = low.builder.constant(0.0)
            here = Place(place.path, zero, _metric_active(low, core, place))
        terms += _emit_entry(low, entry, here)
    return terms


def _metric_active(low: Lowering, core: c.Tree, place: Place) -> NodeId:
    if core.kind == "gate" and core.subject is not None:
        return low.builder.both((place.active, low.single(core.subject).node))
    return place.active


def _emit_entry(low: Lowering, entry: c.Entry, place: Place) -> list[Term]:
    if not entry.labels:
        return _emit(low, entry.value, place)
    builder = low.builder
    label = ",".join(entry.labels)
    path = f"{place.path}/{label}" if place.path else label
    value = low.single(entry.value)
    raw, present = builder.real(value.node), presence(builder, value.masks)
    weight = builder.constant(1.0) if entry.weight is None else low.number(entry.weight).node
    term = Term(
        path=path,
        kind=entry.mark or "entry",
        raw=raw,
        weight=weight,
        contribution=_contribution(builder, place, raw, present),
        active=place.active,
        present=present,
        span=entry.value.span,
    )
    return [term, *_emit(low, entry.value, replace(place, path=path))]


def _contribution(builder: Builder, place: Place, raw: NodeId, present: NodeId) -> NodeId | None:
    if place.scale is None:
        return None
    zero = builder.constant(0.0)
    if place.scale == zero:
        return zero
    product = multiply(builder, [place.scale, raw])
    counts = builder.both((place.active, present))
    return product if counts == builder.true() else builder.select(counts, product, zero)


def _places(low: Lowering, core: c.Tree, parts: list[Part], place: Place) -> Iterable[Place]:
    """The place of each counted entry: its scale in units of the total, and where it is active."""
    builder = low.builder
    match core.kind:
        case "product" | "all" | "any":
            return [replace(place, scale=None) for _ in parts]
        case "gate" if core.subject is not None:
            gated = _within(builder, place, low.single(core.subject).node)
            return [_scaled(builder, gated, _weight(builder, part)) for part in parts]
        case "choose":
            pairs = zip(taken(low, core, parts), parts, strict=True)
            return [_scaled(builder, _within(builder, place, here), _weight(builder, part)) for here, part in pairs]
        case "min" | "max":
            return [_within_scale(builder, place, winner) for winner in _winners(builder, core.kind, parts)]
        case "tiers":
            return list(_tiers(builder, parts, place))
        case "mean":
            total = weight_sum(builder, parts)
            held = nonzero(builder, total)
            inside = place if held == builder.true() else _within(builder, place, held)
            shares = [builder.call(DIVIDE, (_weight(builder, part), total)) for part in parts]
            return [_scaled(builder, inside, share) for share in shares]
    return [_scaled(builder, place, _weight(builder, part)) for part in parts]


def _weight(builder: Builder, part: Part) -> NodeId:
    return builder.constant(1.0) if part.weight is None else part.weight.node


def _scaled(builder: Builder, place: Place, factor: NodeId) -> Place:
    scale = None if place.scale is None else multiply(builder, [place.scale, factor])
    return replace(place, scale=scale)


def _winners(builder: Builder, kind: str, parts: list[Part]) -> list[NodeId]:
    values = [builder.real(part.value.node) for part in parts]
    # Beside an entry that is missing nothing wins: what stands in its place must not decide.
    known = builder.both(tuple(presence(builder, part.value.masks) for part in parts))
    wins = [builder.call(WINS, values, (("which", index), ("kind", kind))) for index in range(len(parts))]
    return [builder.both((here, known)) for here in wins]


def _tiers(builder: Builder, parts: list[Part], place: Place) -> Iterable[Place]:
    """The places of tiers: what stands above a tier decides its scale, and must be known."""
    known = builder.true()
    for factor, part in zip(tier_scales(builder, parts), parts, strict=True):
        yield _scaled(builder, _within_scale(builder, place, known), factor)
        known = builder.both((known, presence(builder, part.value.masks)))


def _within_scale(builder: Builder, place: Place, condition: NodeId) -> Place:
    """The scale where the condition holds; an entry that does not win is active all the same."""
    if condition == builder.true():
        return place
    scale = None if place.scale is None else builder.select(condition, place.scale, builder.constant(0.0))
    return replace(place, scale=scale)
