"""Dead code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.passes.rebuild import outputs, reachable, renumbered

if TYPE_CHECKING:
    from rewardlang.ir.graph import Graph, NodeId


def drop_dead(graph: Graph) -> Graph:
    """The graph without the nodes that no output needs."""
    live = sorted(reachable(graph, outputs(graph)))
    places: dict[NodeId, NodeId] = {old: new for new, old in enumerate(live)}
    nodes = tuple(
        replace(graph.nodes[old], arguments=tuple(places[argument] for argument in graph.nodes[old].arguments))
        for old in live
    )
    return renumbered(graph, nodes, [places.get(old, 0) for old in range(len(graph.nodes))])
