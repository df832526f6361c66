"""What a call need not compute: the host's nodes behind choices that bool params have decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import HOST
from rewardlang.backend.host import HostRun, HostValue
from rewardlang.ir.graph import Call, Param
from rewardlang.ops.internal import CHOOSE
from rewardlang.passes.rebuild import scored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.stage import Staged
    from rewardlang.ir.graph import Graph, GraphNode, NodeId


def spared(staged: Staged, params: Mapping[str, Any]) -> frozenset[NodeId]:
    """The host's nodes that no output needs with these params."""
    key = tuple(sorted((name, value) for name, value in params.items() if isinstance(value, bool)))
    if key not in staged.spared:
        staged.spared[key] = frozenset(staged.host) - _needed(staged, dict(key))
    return staged.spared[key]


def _needed(staged: Staged, params: Mapping[str, bool]) -> set[NodeId]:
    graph = staged.graph
    found: set[NodeId] = set()
    waiting = [*scored(graph), *staged.makers]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += _used(graph, graph.nodes[node], params)
    return found


def _used(graph: Graph, node: GraphNode, params: Mapping[str, bool]) -> tuple[NodeId, ...]:
    if isinstance(node.operation, Call) and node.operation.builtin is CHOOSE:
        condition, yes, no = node.arguments
        decided = graph.nodes[condition].operation
        # Only the device has params, so that a choice of the host still finds both its sides.
        if isinstance(decided, Param) and decided.name in params:
            return (condition, yes if params[decided.name] else no)
    return node.arguments


def stand_in(run: HostRun, nodes: frozenset[NodeId]) -> None:
    """Give the device zeros for the values among these nodes that it reads and does not use."""
    for crossing in run.staged.crossings:
        node = run.graph.nodes[crossing.node]
        if crossing.node in nodes and node.element in HOST:
            domain = run.domains.of(node.axes)
            parts = () if node.element.width == 1 else (node.element.width,)
            run.values[crossing.node] = HostValue(np.zeros((domain.rows, *parts), HOST[node.element]), domain.axes)
