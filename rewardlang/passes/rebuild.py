"""Rebuilds a graph node by node; a rule may give another node of the new graph instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.ir.builder import Builder

if TYPE_CHECKING:
    from rewardlang.ir.graph import Graph, GraphNode, NodeId

Rule = Callable[[Builder, "GraphNode"], "NodeId | None"]
"""What stands for a node whose arguments are nodes of the builder; None keeps it."""


def rebuild(graph: Graph, rule: Rule) -> Graph:
    """The graph with `rule` applied to each node in order, where its node fits in the old one's place."""
    builder = Builder()
    new: list[NodeId] = []
    for node in graph.nodes:
        here = replace(node, arguments=tuple(new[argument] for argument in node.arguments))
        found = rule(builder, here)
        if found is None or not _stands_for(builder[found], here):
            builder.span = node.span
            found = builder.add(here.operation, here.arguments, element=here.element, axes=here.axes, range=here.range)
        new.append(found)
    return renumbered(graph, tuple(builder.nodes), new)


def continued(graph: Graph) -> Builder:
    """A builder that holds the graph's nodes in their places, for nodes that are added."""
    builder = Builder()
    for node in graph.nodes:
        builder.add(node.operation, node.arguments, element=node.element, axes=node.axes, range=node.range)
    return builder


def _stands_for(found: GraphNode, node: GraphNode) -> bool:
    return found.element == node.element and set(found.axes) == set(node.axes)


def renumbered(graph: Graph, nodes: tuple[GraphNode, ...], new: list[NodeId]) -> Graph:
    """The graph with these nodes, its outputs mapped by `new`."""
    terms = tuple(
        replace(
            term,
            raw=new[term.raw],
            weight=new[term.weight],
            contribution=None if term.contribution is None else new[term.contribution],
            active=new[term.active],
            present=new[term.present],
        )
        for term in graph.terms
    )
    return replace(
        graph,
        nodes=nodes,
        total=new[graph.total],
        total_present=new[graph.total_present],
        terms=terms,
        writes=tuple(replace(write, value=new[write.value], when=new[write.when]) for write in graph.writes),
        resets=tuple((memory, new[node]) for memory, node in graph.resets),
        lets=tuple((name, new[value], new[present]) for name, value, present in graph.lets),
    )


def outputs(graph: Graph) -> list[NodeId]:
    """Every node that something outside the graph reads, named values for explanations included."""
    found = scored(graph)
    for _, value, present in graph.lets:
        found += [value, present]
    return found


def scored(graph: Graph) -> list[NodeId]:
    """The nodes that a call needs: totals, terms, writes and resets."""
    found = [graph.total, graph.total_present]
    for term in graph.terms:
        found += [term.raw, term.weight, term.active, term.present]
        found += [] if term.contribution is None else [term.contribution]
    for write in graph.writes:
        found += [write.value, write.when]
    found += [node for _, node in graph.resets]
    return found


def reachable(graph: Graph, roots: list[NodeId]) -> set[NodeId]:
    """The roots and all that they are made from."""
    found: set[NodeId] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += graph.nodes[node].arguments
    return found
