"""Calls that are done in one go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rewardlang.ir.graph import Call, Holds
from rewardlang.ops.counts import CountEntries
from rewardlang.ops.json import LIST_LENGTH, ListOf
from rewardlang.ops.rewriting import REPLACE_IN_TURN
from rewardlang.ops.text import Replace
from rewardlang.passes.rebuild import outputs, rebuild

if TYPE_CHECKING:
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import Graph, GraphNode, NodeId, Operation

Pairs = tuple[tuple[str, str], ...]


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
    """The graph with the length of a JSON array in place of the list of its elements, where these are only counted."""
    counted = _only_counted(graph)
    old = iter(graph.nodes)

    def rule(builder: Builder, node: GraphNode) -> NodeId | None:
        before = next(old)
        if not before.arguments or before.arguments[0] not in counted:
            return None
        of, *guard = builder[node.arguments[0]].arguments
        length = builder.call(LIST_LENGTH, (of,))
        if isinstance(node.operation, Holds):
            return builder.add(node.operation, (length,), element=node.element, axes=node.axes, range=node.range)
        # A list is empty where its guard says so.
        return builder.select(guard[0], length, builder.constant(0)) if guard else length

    return rebuild(graph, rule)


def _only_counted(graph: Graph) -> set[NodeId]:
    """The lists of the elements of a JSON array of which nothing is read but how many there are, and whether."""
    lists = {place for place, node in enumerate(graph.nodes) if _is_plain_list(node.operation)}
    lists.difference_update(outputs(graph))
    for node in graph.nodes:
        if not isinstance(node.operation, Holds) and not _counts_one(node.operation):
            lists.difference_update(node.arguments)
    return lists


def _is_plain_list(operation: Operation) -> bool:
    if not isinstance(operation, Call) or not isinstance(operation.builtin, ListOf):
        return False
    return not operation.masked and dict(operation.options).get("record") is None


def _counts_one(operation: Operation) -> bool:
    """Whether it counts all entries of one list."""
    if not isinstance(operation, Call) or not isinstance(operation.builtin, CountEntries):
        return False
    return not operation.masked and operation.across is None and len(operation.consumed[0]) == 1
