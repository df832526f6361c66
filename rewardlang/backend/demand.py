"""Which samples ask a model: those whose result depends on the answer.

From the outputs backwards, each node learns under which condition it counts: a side of a choice where the condition
takes it, a side of `both` where the other holds, a term where it is active. The conditions are nodes of the graph, so
that they run where their parts do: on the host, or on the device where they depend on params or groups. A condition may
depend on other models, which are asked before. One that would have to wait for its own model is left out, which asks
more and not less.

Networks, the models of the device, are evaluated everywhere. Where one gives what is not finite, though its result is
never missing, and the result depends on it, the total is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rewardlang.ir.graph import Call, Model, Position, Scan
from rewardlang.ops.builtin import Rows, Scalar
from rewardlang.ops.internal import BOTH, CHOOSE, EITHER
from rewardlang.ops.registry import overloads
from rewardlang.passes.rebuild import continued, renumbered
from rewardlang.types import BOOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.types import Axis

_MOST = 16
"""With more reasons than these a node counts always: a condition that long is not worth its evaluation."""
_ANY = next(builtin for builtin in overloads("any") if builtin.parameters[0].accepts == (BOOL,))


def with_demands(graph: Graph) -> tuple[Graph, Mapping[NodeId, NodeId]]:
    """The graph with a bool for each call of a model of the host: where its answer counts.

    Other nodes keep their places; the total is also missing where a network fails.
    """
    if not any(isinstance(node.operation, Model) for node in graph.nodes):
        return graph, {}
    demands = _Demands(graph)
    demands.run()
    found = {node: demands.condition(node) for node in demands.models}
    present = demands.builder.both([graph.total_present, *demands.sound()])
    whole = renumbered(graph, tuple(demands.builder.nodes), list(range(len(graph.nodes))))
    return replace(whole, total_present=present), found


def _is_asked(node: GraphNode) -> bool:
    return isinstance(node.operation, Model) and not node.operation.traced


class _Demands:
    def __init__(self, graph: Graph) -> None:
        self.graph, self.builder = graph, continued(graph)
        self.true = self.builder.true()
        self.models = [i for i, node in enumerate(graph.nodes) if _is_asked(node)]
        self.asks: list[frozenset[NodeId]] = []
        """The models that each node depends on."""
        for index, node in enumerate(graph.nodes):
            own = frozenset((index,)) if _is_asked(node) else frozenset[int]()
            self.asks.append(own.union(*(self.asks[argument] for argument in node.arguments)))
        self.after = {model: self.asks[model] - {model} for model in self.models}
        """The models that must have answered before each is asked."""
        self.reaches: list[bool] = []
        """Whether each node depends on a model, asked or a network."""
        for node in graph.nodes:
            inside = any(self.reaches[argument] for argument in node.arguments)
            self.reaches.append(inside or isinstance(node.operation, Model))
        self.wanted: dict[NodeId, set[frozenset[NodeId]]] = {}
        """Why each node counts: one of these sets of conditions holds."""

    def condition(self, model: NodeId) -> NodeId:
        """Where the answer of a model counts; nowhere where nothing that is scored needs it."""
        reasons = [self.builder.both(self._known(model, reason)) for reason in self._minimal(model)]
        if self.true in reasons:
            return self.true
        # A list is asked about as a whole where any of its entries counts.
        node = self.graph.nodes[model]
        whole = {axis for axes in getattr(node.operation, "consumed", ()) for axis in axes}
        return self._fit(self.builder.either(reasons), tuple(axis for axis in node.axes if axis not in whole))

    def sound(self) -> list[NodeId]:
        """A bool for each network that cannot be missing: all its numbers are finite, or none of them counts."""
        never = {spec.name for spec in self.graph.models if not spec.result.optional}
        found = []
        for index, node in enumerate(self.graph.nodes):
            if isinstance(node.operation, Model) and node.operation.traced and node.operation.name in never:
                counts = self.builder.either([self.builder.both(sorted(reason)) for reason in self._minimal(index)])
                held = self.builder.holds(index)
                found.append(self._everywhere(self.builder.either([self.builder.opposite(counts), held])))
        return found

    def _everywhere(self, condition: NodeId) -> NodeId:
        """Whether a condition holds for all of a sample."""
        return self.builder.opposite(self._fit(self.builder.opposite(condition), ()))

    def _known(self, model: NodeId, reason: frozenset[NodeId]) -> list[NodeId]:
        """The conditions that are known before the model is asked; from now on it is asked after their models."""
        known = []
        for condition in sorted(reason):
            asked = self._asked(condition)
            if not self._wait(asked, model):
                known.append(condition)
                self.after[model] = self.after[model] | asked
        return known

    def _wait(self, models: frozenset[NodeId], model: NodeId) -> bool:
        """Whether one of these models is this one, or is asked after it."""
        seen: set[NodeId] = set()
        waiting = list(models)
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self.after[one]
        return model in seen

    def _minimal(self, node: NodeId) -> list[frozenset[NodeId]]:
        """The reasons of a node without those that another one includes; one that always holds where they are many."""
        reasons = self.wanted.get(node, set())
        kept = [reason for reason in reasons if not any(other < reason for other in reasons)]
        return sorted(kept, key=sorted) if len(kept) <= _MOST else [frozenset()]

    def run(self) -> None:
        graph = self.graph
        present = self._factors(graph.total_present)
        self._want(graph.total, present)
        self._want(graph.total_present, [])
        for term in graph.terms:
            self._want(term.active, [])
            self._want(term.present, [term.active])
            counted = [term.active, *self._factors(term.present)]
            for node in (term.raw, term.weight, term.contribution):
                if node is not None:
                    self._want(node, counted)
        for write in graph.writes:
            self._want(write.when, [])
            self._want(write.value, [write.when])
        for _, node in graph.resets:
            self._want(node, [])
        for index in reversed(range(len(graph.nodes))):
            if self.reaches[index] and index in self.wanted:
                self._pass_on(index, graph.nodes[index])

    def _factors(self, node: NodeId) -> list[NodeId]:
        """The bools of which this one is the conjunction."""
        here = self.graph.nodes[node]
        if isinstance(here.operation, Call) and here.operation.builtin is BOTH:
            return [factor for argument in here.arguments for factor in self._factors(argument)]
        return [node]

    def _want(self, node: NodeId, conditions: Iterable[NodeId]) -> None:
        """Want a node where all these conditions hold."""
        if self.reaches[node]:
            fitted = (self._fit(condition, self.graph.nodes[node].axes) for condition in conditions)
            reason = frozenset(condition for condition in fitted if condition != self.true)
            self.wanted.setdefault(node, set()).add(reason)

    def _asked(self, condition: NodeId) -> frozenset[NodeId]:
        while condition >= len(self.asks):
            node = self.builder.nodes[len(self.asks)]
            self.asks.append(frozenset[int]().union(*(self.asks[argument] for argument in node.arguments)))
        return self.asks[condition]

    def _fit(self, condition: NodeId, axes: tuple[Axis, ...], without: frozenset[Axis] = frozenset()) -> NodeId:
        """The condition along these axes alone: it holds where it holds anywhere along others."""
        known = self.builder[condition].axes
        over = [axis for axis in known if axis not in axes or axis in without]
        while over:
            # A list within another goes first.
            axis = next(a for a in over if not any(a in other.parents for other in over))
            over.remove(axis)
            condition = self.builder.call(_ANY, (condition,), consumed=((axis,),))
        return condition

    def _pass_on(self, index: NodeId, node: GraphNode) -> None:
        for reason in self._minimal(index):
            for place, argument in enumerate(node.arguments):
                if self.reaches[argument]:
                    spread = self._spread(reason, node, argument)
                    self._want(argument, [*spread, *self._guards(node, place)])

    def _spread(self, reason: frozenset[NodeId], node: GraphNode, argument: NodeId) -> list[NodeId]:
        """Where an argument counts for the sake of a node that counts for this reason."""
        operation = node.operation
        if isinstance(operation, Call) and operation.across is not None:
            # One sample that counts needs all of its group.
            return []
        whole: frozenset[Axis] = frozenset()
        pointwise = isinstance(operation, Call) and isinstance(operation.builtin, Scalar | Rows)
        if isinstance(operation, Call | Model) and not pointwise:
            whole = frozenset(axis for axes in operation.consumed for axis in axes)
        elif isinstance(operation, Scan):
            whole = frozenset((operation.axis,))
        elif isinstance(operation, Position):
            whole = frozenset(self.graph.nodes[argument].axes)
        return [self._fit(condition, self.graph.nodes[argument].axes, whole) for condition in reason]

    def _guards(self, node: GraphNode, place: int) -> Iterator[NodeId]:
        """What must hold for an argument to count, by the other arguments of a choice or connective."""
        if not isinstance(node.operation, Call):
            return
        builtin, arguments = node.operation.builtin, node.arguments
        if builtin is CHOOSE and place > 0:
            yield arguments[0] if place == 1 else self.builder.opposite(arguments[0])
        elif builtin is BOTH:
            yield from self._factors(arguments[1 - place])
        elif builtin is EITHER:
            yield self.builder.opposite(arguments[1 - place])
