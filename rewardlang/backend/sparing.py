"""What a call need not compute: nodes behind choices that bool params have decided, and rows that do not count.

From the outputs backwards, each node learns which conditions hold wherever it counts: that of a choice for what it
chooses, the other bools of a conjunction. A call that takes long per row is computed where all of them hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.dtypes import HOST
from rewardlang.backend.host_values import HostValue, Spared
from rewardlang.ir.graph import Call, Holds, Param
from rewardlang.ops.builtin import Rows, Scalar
from rewardlang.ops.internal import BOTH, CHOOSE, EITHER
from rewardlang.ops.logic import NOT
from rewardlang.passes.rebuild import scored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

    from rewardlang.backend.domains import Domain
    from rewardlang.backend.host import HostRun
    from rewardlang.backend.host_values import Condition
    from rewardlang.backend.stage import Staged
    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.types import Axis

    Places = npt.NDArray[np.int64]


MOST = 0.7
"""Where more of the rows count, all are computed."""


def spared(staged: Staged, params: Mapping[str, Any] | None) -> Spared:
    """What no output needs with these params; with any, where they are not known."""
    known = () if params is None else ((name, value) for name, value in params.items() if isinstance(value, bool))
    key = tuple(sorted(known))
    found = staged.spared
    if key not in found:
        host, needed = frozenset(staged.host), _needed(staged, dict(key))
        conditions = _conditions(staged, dict(key), needed)
        slow = (node for node in staged.host if node in conditions and _is_slow(staged.graph.nodes[node]))
        rows = {node: asked for node in slow if (asked := _asked(staged.graph, host, conditions[node]))}
        # What a model is asked is read again where its answer is explained.
        reads = {} if staged.demands else _reads(staged, host & needed, rows)
        found[key] = Spared(host - needed, rows, reads)
    return found[key]


def _reads(
    staged: Staged, nodes: Iterable[NodeId], rows: Mapping[NodeId, tuple[Condition, ...]]
) -> dict[NodeId, tuple[NodeId, ...]]:  # fmt: skip
    """What each of the host's nodes reads, but for what is kept for others than nodes of the host."""
    graph, kept = staged.graph, staged.constants.union(staged.roots)
    found: dict[NodeId, tuple[NodeId, ...]] = {}
    for index in nodes:
        node = graph.nodes[index]
        read = {*node.arguments, *(condition for condition, _ in rows.get(index, ()))}
        if isinstance(node.operation, Holds):
            # Where a call's result is present depends on the call's arguments.
            read.update(graph.nodes[node.arguments[0]].arguments)
        found[index] = tuple(read - kept)
    return found


def _needed(staged: Staged, params: Mapping[str, bool]) -> set[NodeId]:
    graph = staged.graph
    found: set[NodeId] = set()
    waiting = [*scored(graph), *staged.makers]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += (argument for argument, _ in _used(graph, graph.nodes[node], params))
    return found


def _is_slow(node: GraphNode) -> bool:
    call = node.operation
    return isinstance(call, Call) and isinstance(call.builtin, Rows) and call.builtin.slow


def _conditions(
    staged: Staged, params: Mapping[str, bool], needed: set[NodeId]
) -> dict[NodeId, frozenset[Condition]]:  # fmt: skip
    """For each of these nodes what holds wherever it counts.

    A node learns only of conditions that stand before it: so a condition is never left out itself where it is asked.
    """
    graph = staged.graph
    demands = (demand for model, demand in staged.demands.items() if model in needed)
    roots = (*scored(graph), *staged.makers, *demands)
    found: dict[NodeId, frozenset[Condition]] = {node: frozenset() for node in roots}
    for index in range(len(graph.nodes) - 1, -1, -1):
        if index not in found:
            continue
        node = graph.nodes[index]
        passed = frozenset(_passed(graph, node, found[index]))
        for argument, guards in _used(graph, node, params):
            axes = set(graph.nodes[argument].axes)
            own = frozenset(
                (condition, truth)
                for condition, truth in passed.union(guards)
                if condition < argument and axes.issuperset(graph.nodes[condition].axes)
            )
            found[argument] = found[argument] & own if argument in found else own
    return found


def _used(
    graph: Graph, node: GraphNode, params: Mapping[str, bool]
) -> Iterator[tuple[NodeId, Iterable[Condition]]]:  # fmt: skip
    """The arguments that can count, each with what must hold for it beyond what must for the node."""
    call, arguments = node.operation, node.arguments
    builtin = call.builtin if isinstance(call, Call) else None
    if builtin is CHOOSE:
        condition, yes, no = arguments
        decided = graph.nodes[condition].operation
        # Only the device has params, so that a choice of the host still finds both its sides.
        if isinstance(decided, Param) and decided.name in params:
            yield from ((condition, ()), (yes if params[decided.name] else no, ()))
        else:
            yield condition, ()
            yield yes, _implied(graph, condition, truth=True)
            yield no, _implied(graph, condition, truth=False)
    elif builtin is BOTH or builtin is EITHER:
        for argument, other in (arguments, arguments[::-1]):
            yield argument, _implied(graph, other, truth=builtin is BOTH)
    else:
        yield from ((argument, ()) for argument in arguments)


def _implied(graph: Graph, condition: NodeId, *, truth: bool) -> Iterator[Condition]:
    """What is known where a bool is true, or false."""
    call = graph.nodes[condition].operation
    builtin = call.builtin if isinstance(call, Call) else None
    yield condition, truth
    if builtin is NOT:
        yield from _implied(graph, graph.nodes[condition].arguments[0], truth=not truth)
    elif builtin is (BOTH if truth else EITHER):
        for part in graph.nodes[condition].arguments:
            yield from _implied(graph, part, truth=truth)


def _passed(graph: Graph, node: GraphNode, conditions: Iterable[Condition]) -> Iterable[Condition]:
    """What holds where the arguments of a node count, as it holds where the node does."""
    call = node.operation
    if isinstance(call, Holds):
        return conditions
    if not isinstance(call, Call) or call.across is not None:
        return ()
    if isinstance(call.builtin, Scalar | Rows):
        return conditions
    # An entry of the result looks at many along these axes.
    mixed = {axis for axes in call.consumed for axis in axes} | {call.made}
    return (known for known in conditions if mixed.isdisjoint(graph.nodes[known[0]].axes))


def _asked(graph: Graph, host: frozenset[NodeId], conditions: frozenset[Condition]) -> tuple[Condition, ...]:
    """Those of the conditions that the host can ask, without what others of them imply."""
    known = {condition for condition in conditions if condition[0] in host}
    for node, truth in sorted(known, reverse=True):
        if (node, truth) in known:
            known.difference_update(set(_implied(graph, node, truth=truth)) - {(node, truth)})
    return tuple(sorted(known))


def counting(run: HostRun, index: NodeId, domain: Domain) -> Places | None:
    """The rows of a call that count, int64[any], where they are so few that it pays to leave the others out."""
    conditions = run.spared.rows.get(index)
    if conditions is None:
        return None
    key = (conditions, domain.axes)
    if key not in run.counting:
        run.counting[key] = _holding(run, conditions, domain)
    return run.counting[key]


def _holding(run: HostRun, conditions: Iterable[Condition], domain: Domain) -> Places | None:
    along: dict[tuple[Axis, ...], Any] = {}
    # Those of the same axes first, which have fewer rows.
    for condition, truth in conditions:
        value = run.values[condition]
        column: Any = value.column if truth else ~value.column
        axes = () if value.uniform else value.axes
        along[axes] = along[axes] & column if axes in along else column
    values = (HostValue(held, axes, len(held) == 1) for axes, held in along.items() if not held.all())
    masks = [run.spread(value, domain) for value in values]
    if not masks:
        return None
    held: Any = np.logical_and.reduce(masks) if len(masks) > 1 else masks[0]
    return np.flatnonzero(held) if np.count_nonzero(held) <= MOST * domain.rows else None


def stand_in(run: HostRun) -> None:
    """Give the device zeros for the values of nodes that were left out, which it reads and does not use."""
    for crossing in run.staged.crossings:
        node = run.graph.nodes[crossing.node]
        if crossing.node in run.spared.nodes and node.element in HOST:
            domain = run.domains.of(node.axes)
            parts = () if node.element.width == 1 else (node.element.width,)
            run.values[crossing.node] = HostValue(np.zeros((domain.rows, *parts), HOST[node.element]), domain.axes)
