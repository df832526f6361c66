"""A checked reward to a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.check import core as c
from rewardlang.ir.builder import Builder
from rewardlang.ir.graph import Graph, Term, Write
from rewardlang.lower.defaults import field_of
from rewardlang.lower.expressions import Lowering, children
from rewardlang.lower.terms import terms_of
from rewardlang.lower.values import RecordValue, Value, presence
from rewardlang.types import FLOAT

if TYPE_CHECKING:
    from rewardlang.ir.graph import NodeId
    from rewardlang.types import Axis


def lower(reward: c.CheckedReward) -> Graph:
    """The graph of a reward, property or example.

    Raises:
        InternalError: The expressions are not what the checker promises.
    """
    roots = [reward.body, *(core for _, core in reward.lets)]
    roots += [part for write in reward.remembers for part in (write.value, write.when) if part is not None]
    fields = [c.Input(type=field.type, span=reward.body.span, name=field.name) for field in reward.inputs]
    low = Lowering(Builder(), _carriers([*roots, *fields]), {})
    total = low.number(reward.body) if reward.result.element == FLOAT else low.single(reward.body)
    present = presence(low.builder, total.masks)
    terms: tuple[Term, ...] = terms_of(low, reward.body) if reward.kind == "reward" else ()
    writes = tuple(_write(low, write) for write in reward.remembers)
    by_name = {field.name: field for field in fields}
    # Examples and properties need not have the field: they are called once.
    kept = [(m.name, m.reset) for m in reward.memories if m.reset is not None and reward.kind == "reward"]
    resets = tuple((memory, low.single(by_name[field]).node) for memory, field in kept)
    lets = tuple(_lets(low, reward))
    return Graph(
        nodes=tuple(low.builder.nodes),
        total=total.node,
        total_present=present,
        terms=terms,
        writes=writes,
        resets=resets,
        lets=lets,
        inputs=tuple(map(field_of, reward.inputs)),
        params=reward.params,
        models=reward.models,
        memories=reward.memories,
        name=reward.name,
    )


def _write(low: Lowering, write: c.RememberCore) -> Write:
    value = low.single(write.value)
    when = low.single(write.when) if write.when is not None else Value(low.builder.true())
    held = [presence(low.builder, value.masks), presence(low.builder, when.masks)]
    return Write(write.memory, value.node, low.builder.both([when.node, *held]))


def _lets(low: Lowering, reward: c.CheckedReward) -> list[tuple[str, NodeId, NodeId]]:
    named: list[tuple[str, NodeId, NodeId]] = []
    for name, core in reward.lets:
        value = low.value(core)
        if not isinstance(value, RecordValue):
            named.append((name, value.node, presence(low.builder, value.masks)))
    return named


def _carriers(roots: list[c.Core]) -> dict[Axis, list[c.Core]]:
    """For each axis, the expressions that have it and do not ask for positions along it, for `index(axis)`."""
    found: dict[Axis, list[c.Core]] = {}
    asked: dict[str, frozenset[Axis]] = {}
    waiting = list(roots)
    while waiting:
        core = waiting[-1]
        parts = list(children(core))
        rest = [part for part in parts if part.key not in asked]
        if rest:
            waiting += rest
            continue
        waiting.pop()
        if core.key in asked:
            continue
        own = {core.axis} if isinstance(core, c.Position) else set()
        asked[core.key] = frozenset(own).union(*(asked[part.key] for part in parts))
        for axis in core.type.axes:
            if axis not in asked[core.key]:
                found.setdefault(axis, []).append(core)
    return found
