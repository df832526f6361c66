"""Chains of calls that are done in one go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rewardlang.ir.graph import Call
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
