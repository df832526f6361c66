"""What the compiler knows of each node: its place, its range, and which outputs need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardlang.analysis.placement import place
from rewardlang.ir.text import write_node

if TYPE_CHECKING:
    from rewardlang.ir.graph import Graph


def print_facts(graph: Graph) -> str:
    """A line a node: where it runs, its proved range, the terms that it serves."""
    serves: dict[int, list[str]] = {node: [] for node in range(len(graph.nodes))}
    for term in graph.terms:
        for root in (term.raw, term.weight, term.active):
            for node in _below(graph, root):
                if term.path not in serves[node]:
                    serves[node].append(term.path)
    lines = [f"facts {graph.name}".rstrip()]
    for node, where in enumerate(place(graph)):
        terms = f"  for {', '.join(serves[node])}" if serves[node] else ""
        lines.append(f"  %{node}: {where.value:8} {write_node(graph.nodes[node])}{terms}")
    return "\n".join(lines)


def _below(graph: Graph, root: int) -> set[int]:
    found: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += graph.nodes[node].arguments
    return found
