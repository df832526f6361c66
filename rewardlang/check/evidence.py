"""Where a fault comes from: the parts of a Core that a diagnostic points at, and what a reward depends on."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from rewardlang.check.core import Apply, Assume, Coalesce, Core, Entry, Input, Present, Project, Select, Symbol, Tree
from rewardlang.diagnostics import Label
from rewardlang.types import BATCH, GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewardlang.check.core import CheckedReward
    from rewardlang.facts import Interval

BRIEF = 40


def brief(core: Core) -> str:
    """The text of an expression, short enough for a message."""
    text = " ".join(core.span.text.split())
    return text if len(text) <= BRIEF else "…"


def children(core: Core) -> Iterator[Core]:
    """The operands of a node, those of its entries included."""
    for item in fields(core):
        yield from _cores(getattr(core, item.name))


def _cores(value: object) -> Iterator[Core]:
    if isinstance(value, Core):
        yield value
    elif isinstance(value, Entry):
        yield value.value
        if value.weight is not None:
            yield value.weight
    elif isinstance(value, tuple):
        for item in value:
            yield from _cores(item)


def walk(core: Core) -> Iterator[Core]:
    """Every distinct node below and including `core`."""
    seen: set[int] = set()
    stack = [core]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(children(node))


def missing_causes(core: Core) -> tuple[Label, ...]:
    """The expressions because of which a value may be missing, other than the value itself."""
    sources = [node for node in _sources(core) if node.span != core.span and node.span.source == core.span.source]
    labels = {node.span: Label(node.span, _reason(node)) for node in sources}
    return tuple(labels.values())[:3]


def _sources(core: Core) -> Iterator[Core]:
    if not core.type.optional or isinstance(core, Coalesce | Present | Assume):
        if isinstance(core, Coalesce):
            yield from _sources(core.default)
        return
    inner = [child for child in _paths(core) if child.type.optional]
    if not inner:
        yield core
    for child in inner:
        yield from _sources(child)


def _paths(core: Core) -> list[Core]:
    if isinstance(core, Select):
        return [core.yes, core.no]
    if isinstance(core, Tree):
        return [entry.value for entry in core.entries if entry.mark != "metric"]
    return list(children(core))


def _reason(node: Core) -> str:
    match node:
        case Input():
            return "an optional field"
        case Symbol():
            return "may be missing"
        case Project(name=name):
            return f"`{name}` is an optional field"
        case Apply(builtin=builtin):
            return MISSING_WHEN.get(builtin.name, "missing where it finds nothing")
        case _:
            return "may be missing"


MISSING_WHEN = {
    "/": "missing when the divisor is 0",
    "%": "missing when the divisor is 0",
    "**": "missing where the power is not real",
    "log": "missing for a number that is not positive",
    "sqrt": "missing for a negative number",
    "mean": "missing for an empty list",
    "max": "missing for an empty list",
    "min": "missing for an empty list",
    "std": "missing for an empty list",
    "argmax": "missing for an empty list",
    "argmin": "missing for an empty list",
    "first": "missing for an empty list",
    "last": "missing for an empty list",
    "between": "missing when the text has no such part",
    "number": "missing when it is no number",
    "find": "missing when nothing matches",
    "json": "missing when it is no JSON",
    "json_list": "missing when it is no JSON list",
    "json_lines": "missing when a line is no JSON",
    "member": "missing when there is no such key",
    "at": "missing outside the list",
}


def widest_entry(core: Core, wanted: Interval) -> tuple[Label, ...]:
    """The entry of a tree that widens it most beyond `wanted`."""
    if not isinstance(core, Tree):
        return ()
    ranked = []
    for entry in core.entries:
        range_ = entry.value.type.range
        if entry.mark == "metric" or range_ is None:
            continue
        if entry.weight is not None:
            range_ = range_ * entry.weight.type.interval
        excess = float(max(0, range_.high - wanted.high) + max(0, wanted.low - range_.low))
        ranked.append((max(excess, float(range_.high - range_.low) * 1e-9), entry.value.span, range_))
    if not ranked:
        return ()
    _, span, range_ = max(ranked, key=lambda row: row[0])
    return (Label(span, f"counts {range_}"),)


def across(reward: CheckedReward) -> frozenset[str]:
    """Whether a score depends on other samples of the call: `group`, `batch`, both or neither."""
    reduced = {node.across.name for node in walk(reward.body) if isinstance(node, Apply) and node.across is not None}
    # The axis of a declared model is its own, by the name that says what it is.
    asked = {axis.name for model in reward.models for field in model.fields for axis in field.type.axes}
    return frozenset((reduced | asked) & {GROUP.name, BATCH.name})
