"""Calls that are done in one go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rewardlang.ir.graph import Call, Constant, Holds
from rewardlang.ops.counts import AnyHolds, CountEntries
from rewardlang.ops.json import LIST_LENGTH, ListOf
from rewardlang.ops.json_parts import AGREEING_COUNT, HAS_KEY, HAS_KEY_AT, KEY_COUNT, KEY_JACCARD, Agreeing, Keys
from rewardlang.ops.rewriting import REPLACE_IN_TURN
from rewardlang.ops.sets import Jaccard
from rewardlang.ops.text import Replace
from rewardlang.ops.text_compare import TextEqual, TextEquals
from rewardlang.passes.rebuild import outputs, rebuild

if TYPE_CHECKING:
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import Graph, GraphNode, NodeId, Operation
    from rewardlang.ops.builtin import Builtin
    from rewardlang.types import Axis

Pairs = tuple[tuple[str, str], ...]
_LENGTHS: dict[type[Builtin], Builtin] = {ListOf: LIST_LENGTH, Keys: KEY_COUNT, Agreeing: AGREEING_COUNT}
"""What counts the entries of a list without making it."""


def fuse_replacements(graph: Graph) -> Graph:
    """The graph with `replace(replace(x, a, b), c, d)` as one call, where nothing else reads the inner one."""
    uses = Counter(argument for node in graph.nodes for argument in node.arguments)
    uses.update(outputs(graph))
    old = iter(graph.nodes)

    def rule(builder: Builder, node: GraphNode) -> NodeId | None:
        before = next(old)
        pairs = _pairs(node.operation)
        if not pairs or uses[before.arguments[0]] != 1:
            return None
        inner = builder[node.arguments[0]]
        first = _pairs(inner.operation)
        if not first:
            return None
        call = Call(REPLACE_IN_TURN, (("pairs", first + pairs),))
        return builder.add(call, inner.arguments, element=node.element, axes=node.axes, range=node.range)

    return rebuild(graph, rule)


def _pairs(operation: Operation) -> Pairs:
    """What a call replaces by what, in order; nothing for other operations."""
    if not isinstance(operation, Call):
        return ()
    options = dict(operation.options)
    if isinstance(operation.builtin, Replace):
        return ((options["old"], options["new"]),)
    return options["pairs"] if operation.builtin is REPLACE_IN_TURN else ()


def count_elements(graph: Graph) -> Graph:
    """The graph with a number in place of a list of elements or keys of JSON, where these are only counted."""
    counted = _only_counted(graph)
    old = iter(graph.nodes)

    def rule(builder: Builder, node: GraphNode) -> NodeId | None:
        before = next(old)
        if not before.arguments or before.arguments[0] not in counted:
            return None
        call, of, guard = _list(builder[node.arguments[0]])
        length = builder.call(_LENGTHS[type(call.builtin)], of, call.options if len(of) > 1 else ())
        if isinstance(node.operation, Holds):
            return builder.add(node.operation, (length,), element=node.element, axes=node.axes, range=node.range)
        # A list is empty where its guard says so.
        return length if guard is None else builder.select(guard, length, builder.constant(0))

    return rebuild(graph, rule)


def _only_counted(graph: Graph) -> set[NodeId]:
    """The lists of elements or keys of which nothing is read but how many there are, and whether."""
    lists = {place for place, node in enumerate(graph.nodes) if _is_plain_list(node.operation)}
    lists.difference_update(outputs(graph))
    for node in graph.nodes:
        if not isinstance(node.operation, Holds) and not _counts_one(node.operation):
            lists.difference_update(node.arguments)
    return lists


def _is_plain_list(operation: Operation) -> bool:
    if not isinstance(operation, Call) or type(operation.builtin) not in _LENGTHS:
        return False
    return not operation.masked and dict(operation.options).get("record") is None


def _list(node: GraphNode) -> tuple[Call, tuple[NodeId, ...], NodeId | None]:
    """The call that makes a list, what it is made of, and where alone it is made."""
    call = node.operation
    assert isinstance(call, Call)  # noqa: S101 - the caller has looked
    return (call, node.arguments[:-1], node.arguments[-1]) if call.guarded else (call, node.arguments, None)


def _counts_one(operation: Operation) -> bool:
    """Whether it counts all entries of one list."""
    if not isinstance(operation, Call) or not isinstance(operation.builtin, CountEntries):
        return False
    return not operation.masked and operation.across is None and len(operation.consumed[0]) == 1


def look_for_keys(graph: Graph) -> Graph:
    """The graph with a look-up in place of `any(keys(x) == key)`, and keys compared without lists of them."""
    return rebuild(graph, _without_keys)


def _without_keys(builder: Builder, node: GraphNode) -> NodeId | None:
    found = _look_for_key(builder, node)
    return _compare_keys(builder, node) if found is None else found


def _compare_keys(builder: Builder, node: GraphNode) -> NodeId | None:
    call = node.operation
    if not isinstance(call, Call) or not isinstance(call.builtin, Jaccard) or call.masked or call.guarded:
        return None
    pairs = zip(node.arguments, call.consumed, strict=True)
    lists = [found for keys, consumed in pairs if (found := _keys(builder, keys, consumed)) is not None]
    if len(lists) < len(node.arguments):
        return None
    guards = [builder.true() if guard is None else guard for _, guard in lists]
    return builder.call(KEY_JACCARD, (*(of for of, _ in lists), *guards))


def _look_for_key(builder: Builder, node: GraphNode) -> NodeId | None:
    asked = node.operation
    if not isinstance(asked, Call) or not isinstance(asked.builtin, AnyHolds) or asked.masked or asked.across:
        return None
    same = builder[node.arguments[0]]
    if not isinstance(same.operation, Call) or not isinstance(same.operation.builtin, TextEqual | TextEquals):
        return None
    for keys, key in (same.arguments, same.arguments[::-1]):
        list_ = _keys(builder, keys, asked.consumed[0])
        if list_ is not None and not set(asked.consumed[0]).intersection(builder[key].axes):
            of, guard = list_
            known = builder[key].operation
            if isinstance(known, Constant):
                found = builder.call(HAS_KEY, (of,), (("key", str(known.value)),))
            else:
                found = builder.call(HAS_KEY_AT, (of, key))
            return found if guard is None else builder.both((found, guard))
    return None


def _keys(builder: Builder, node: NodeId, axes: tuple[Axis, ...]) -> tuple[NodeId, NodeId | None] | None:
    """The object that a node lists the keys of, along an axis that is all of `axes`, and where alone; else None."""
    call = builder[node].operation
    if not isinstance(call, Call) or not isinstance(call.builtin, Keys) or axes != (call.made,):
        return None
    _, (of,), guard = _list(builder[node])
    return of, guard
