"""Staging: a graph split into a host plan, a device function, and the columns that cross."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rewardlang.analysis.placement import Place, place
from rewardlang.backend.dtypes import HOST, operand_elements
from rewardlang.backend.shared import shared
from rewardlang.ir.graph import Call, Constant, Holds, Input, Memory, Model, Position, Relabel
from rewardlang.ir.text import write_node
from rewardlang.ops.builtin import Rows, Scalar
from rewardlang.passes.rebuild import outputs, reachable, scored
from rewardlang.types import FLOAT, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.backend.answers import Answering
    from rewardlang.backend.fusing import Fused, Program
    from rewardlang.backend.host import Form
    from rewardlang.backend.host_scalars import ScalarCall
    from rewardlang.backend.host_values import HostValue, Spared
    from rewardlang.backend.networks import Network
    from rewardlang.backend.shared import Shared
    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.types import Axis

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
"""Builtins that compare a float64 from the host with a device value exactly: see `backend.pairs`."""


@dataclass(frozen=True)
class Crossing:
    """A host value that the device needs. `pair`: as two float32, the nearest and what it leaves."""

    node: NodeId
    pair: bool


@dataclass(frozen=True, eq=False)
class Unchanging:
    """Nodes without axes of which one value holds for many calls; values, and where a result is present, if known."""

    nodes: frozenset[NodeId]
    values: dict[NodeId, HostValue]
    held: dict[NodeId, HostValue]


@dataclass(frozen=True)
class Staged:
    """A graph and its plan.

    `host` are the host's nodes of a call in order, `explained` those that only named values need; `device` the
    device's, constants among them. `axes` are all axes in canonical order (parents
    first, then by first appearance), `device_axes` those whose lengths the device needs. `demands` are bools, one for
    each call of a model that is asked: where its answer counts; `answering` these models, `networks` those of the
    device.
    """

    graph: Graph
    host: tuple[NodeId, ...]
    explained: tuple[NodeId, ...]
    device: tuple[NodeId, ...]
    crossings: tuple[Crossing, ...]
    axes: tuple[Axis, ...]
    device_axes: tuple[Axis, ...]
    demands: Mapping[NodeId, NodeId]
    answering: Mapping[str, Answering]
    networks: Mapping[str, Network]

    @cached_property
    def operands(self) -> tuple[tuple[str | None, ...], ...]:
        """For each node the dtypes of its arguments as arrays on the host, None where they are no arrays."""
        return tuple(_operands(self.graph, node) for node in self.graph.nodes)

    @cached_property
    def settling(self) -> dict[NodeId, Mapping[bool, int]]:
        """The calls whose first argument can settle the result: see `Scalar.settles`."""
        calls = ((index, node.operation) for index, node in enumerate(self.graph.nodes))
        return {
            index: operation.builtin.settles
            for index, operation in calls
            if isinstance(operation, Call) and isinstance(operation.builtin, Scalar) and operation.builtin.settles
        }

    @cached_property
    def constants(self) -> frozenset[NodeId]:
        """The constants, and what is computed from them alone."""
        found: set[NodeId] = set()
        for index, node in enumerate(self.graph.nodes):
            call = node.operation
            scalar = isinstance(call, Call) and isinstance(call.builtin, Scalar) and found.issuperset(node.arguments)
            if isinstance(call, Constant) or (scalar and not node.axes):
                found.add(index)
        return frozenset(found)

    def unchanging(self, absent: frozenset[str]) -> Unchanging:
        """The nodes that have the same value in each call in which these inputs are absent, and have their defaults."""
        known = self._unchanging
        if absent not in known:
            known[absent] = Unchanging(_unchanging(self.graph, absent), {}, {})
        return known[absent]

    @cached_property
    def _unchanging(self) -> dict[frozenset[str], Unchanging]:
        return {}

    @cached_property
    def forms(self) -> dict[NodeId, Form]:
        """How the host evaluates calls, as far as it has."""
        return {}

    @cached_property
    def scalars(self) -> dict[NodeId, ScalarCall]:
        """The host's scalar calls, as far as it has computed them by themselves."""
        return {}

    @cached_property
    def fused(self) -> Mapping[NodeId, Fused]:
        """The host's calls that can be put off until they are read: see `backend.fusing`."""
        from rewardlang.backend.fusing import fused

        return fused(self.graph, (*self.host, *self.explained), self.operands)

    @cached_property
    def programs(self) -> dict[Any, Program]:
        """What `backend.fusing` made of them."""
        return {}

    @cached_property
    def users(self) -> tuple[tuple[NodeId, ...], ...]:
        """For each node those that read it: where a call's result is present depends on the call's arguments."""
        found: list[list[NodeId]] = [[] for _ in self.graph.nodes]
        for index, node in enumerate(self.graph.nodes):
            read = set(node.arguments)
            if isinstance(node.operation, Holds):
                read.update(self.graph.nodes[node.arguments[0]].arguments)
            for argument in read:
                found[argument].append(index)
        return tuple(map(tuple, found))

    @cached_property
    def asking(self) -> frozenset[NodeId]:
        """The models that the host asks."""
        return frozenset(node for node in self.host if isinstance(self.graph.nodes[node].operation, Model))

    @cached_property
    def decided(self) -> frozenset[NodeId]:
        """The models of which the device must say where their answers count."""
        places = place(self.graph)
        return frozenset(model for model, demand in self.demands.items() if places[demand] is Place.DEVICE)

    @cached_property
    def encoding(self) -> dict[str, tuple[NodeId, ...]]:
        """For each model of the device that takes texts the host's nodes that hold them."""
        found: dict[str, set[NodeId]] = {}
        for node in self.device:
            operation = self.graph.nodes[node].operation
            if isinstance(operation, Model):
                texts = {a for a in self.graph.nodes[node].arguments if self.graph.nodes[a].element == TEXT}
                if texts:
                    found.setdefault(operation.name, set()).update(texts)
        return {name: tuple(sorted(nodes)) for name, nodes in found.items()}

    @cached_property
    def relabels(self) -> tuple[Relabel, ...]:
        """Where axes get another name, in order."""
        return tuple(node.operation for node in self.graph.nodes if isinstance(node.operation, Relabel))

    @cached_property
    def memory_axes(self) -> tuple[Axis, ...]:
        """The axes of what memories with a capacity hold: the caller's state has their lengths."""
        memories = (node for node in self.graph.nodes if isinstance(node.operation, Memory))
        return tuple(axis for node in memories for axis in node.axes if axis.size is None)

    @cached_property
    def ragged_axes(self) -> tuple[Axis, ...]:
        """The device's axes whose lengths differ between samples, and come with a batch."""
        return tuple(axis for axis in self.device_axes if axis.size is None and axis not in self.memory_axes)

    @cached_property
    def fixed_sizes(self) -> dict[Axis, int]:
        """The sizes of the device's axes that are the same for all batches."""
        sizes = {axis: axis.size for axis in self.device_axes if axis.size is not None}
        return sizes | {axis: axis.most for axis in self.memory_axes if axis.most is not None}

    @cached_property
    def makers(self) -> tuple[NodeId, ...]:
        """What gives the device the lengths of its lists."""
        return tuple(
            index
            for index, operation in enumerate(node.operation for node in self.graph.nodes)
            if (isinstance(operation, Call) and operation.made in self.device_axes)
            or (isinstance(operation, Relabel) and operation.new in self.device_axes)
        )

    @cached_property
    def roots(self) -> tuple[NodeId, ...]:
        """The host's nodes that the device reads, and that give its lists their lengths."""
        return tuple(sorted({crossing.node for crossing in self.crossings} | (set(self.makers) & set(self.host))))

    def among(self, names: frozenset[str]) -> tuple[NodeId, ...]:
        """The host's nodes that depend on these inputs alone, and are needed by others or by the device."""
        if names not in self._among:
            self._among[names] = _among(self, names)
        return self._among[names]

    @cached_property
    def _among(self) -> dict[frozenset[str], tuple[NodeId, ...]]:
        return {}

    @cached_property
    def shared(self) -> Mapping[NodeId, Shared]:
        """The host's calls that are answered together with others."""
        return shared(self.graph, self.host)

    @cached_property
    def spared(self) -> dict[tuple[tuple[str, bool], ...], Spared]:
        """What `backend.sparing` found, by the values of the params."""
        return {}

    @cached_property
    def sources(self) -> tuple[frozenset[str], ...]:
        """The names of the inputs that each node of the graph depends on."""
        found: list[frozenset[str]] = []
        for node in self.graph.nodes:
            own = frozenset((node.operation.name,)) if isinstance(node.operation, Input) else frozenset[str]()
            found.append(own.union(*(found[argument] for argument in node.arguments)))
        return tuple(found)


def _operands(graph: Graph, node: GraphNode) -> tuple[str | None, ...]:
    if not isinstance(node.operation, Call):
        return ()
    elements = tuple(graph.nodes[argument].element for argument in node.arguments)
    return tuple(HOST.get(element) for element in operand_elements(node.operation.builtin, elements, node.element))


def _unchanging(graph: Graph, absent: frozenset[str]) -> frozenset[NodeId]:
    found: set[NodeId] = set()
    for index, node in enumerate(graph.nodes):
        operation = node.operation
        if isinstance(operation, Input):
            lasting = operation.name in absent
        elif isinstance(operation, Call):
            lasting = isinstance(operation.builtin, Scalar | Rows) and found.issuperset(node.arguments)
        else:
            lasting = isinstance(operation, Constant) or (
                isinstance(operation, Holds) and found.issuperset(node.arguments)
            )
        if lasting and not node.axes:
            found.add(index)
    return frozenset(found)


def _among(staged: Staged, names: frozenset[str]) -> tuple[NodeId, ...]:
    # What depends on no input at all is at hand on both sides.
    inside = {node for node in staged.host if staged.sources[node] and staged.sources[node] <= names}
    others = (node for node in staged.host if node not in inside)
    needed = {argument for node in others for argument in staged.graph.nodes[node].arguments}
    return tuple(sorted((needed | set(staged.roots)) & inside))


def stage(
    graph: Graph, demands: Mapping[NodeId, NodeId] | None = None, answering: Mapping[str, Answering] | None = None,
    networks: Mapping[str, Network] | None = None,
) -> Staged:  # fmt: skip
    """The plan of a graph, with what `backend.demand` added to it and the models that can be asked.

    Raises:
        InternalError: A host operation depends on a param, a model, memory or a group statistic.
    """
    places = place(graph)
    live = reachable(graph, scored(graph))
    device = _device(graph, places)
    needed = reachable(graph, outputs(graph))
    axes = axis_order(graph)
    crossings = _crossings(graph, places, device)
    on_device = {axis for node in device for axis in _axes_used(graph, node)}
    on_device |= {axis for crossing in crossings for axis in graph.nodes[crossing.node].axes}
    return Staged(
        graph=graph,
        host=tuple(n for n in sorted(live) if places[n] is Place.HOST),
        explained=tuple(n for n in sorted(needed - live) if places[n] is Place.HOST),
        device=device,
        crossings=crossings,
        axes=axes,
        device_axes=tuple(axis for axis in axes if axis in on_device),
        demands=demands or {},
        answering=answering or {},
        networks=networks or {},
    )


def _device(graph: Graph, places: tuple[Place, ...]) -> tuple[NodeId, ...]:
    """What the device computes for the outputs; host values end the search."""
    found: set[NodeId] = set()
    waiting = scored(graph)
    while waiting:
        node = waiting.pop()
        if node not in found and places[node] in (Place.DEVICE, Place.ANYWHERE):
            found.add(node)
            waiting += device_arguments(graph.nodes[node])
    return tuple(sorted(node for node in found if not graph.nodes[node].element.host_only))


def device_arguments(node: GraphNode) -> tuple[NodeId, ...]:
    """The arguments whose values count: a position needs the lengths of its axis alone."""
    return () if isinstance(node.operation, Position) else node.arguments


def _axes_used(graph: Graph, node: NodeId) -> set[Axis]:
    here = graph.nodes[node]
    axes = set(here.axes)
    for argument in device_arguments(here):
        axes |= set(graph.nodes[argument].axes)
    return axes


def _crossings(graph: Graph, places: tuple[Place, ...], device: tuple[NodeId, ...]) -> tuple[Crossing, ...]:
    crossing = {node for node in scored(graph) if places[node] is Place.HOST}
    pairs: set[NodeId] = set()
    for node in device:
        here = graph.nodes[node]
        arguments = [a for a in device_arguments(here) if places[a] is Place.HOST]
        crossing |= set(arguments)
        if isinstance(here.operation, Call) and here.operation.builtin.name in COMPARISONS:
            compared = {_renamed(graph, argument) for argument in device_arguments(here)}
            pairs |= {node for node in compared if places[node] is Place.HOST and graph.nodes[node].element == FLOAT}
    return tuple(Crossing(node, node in pairs) for node in sorted(crossing))


def _renamed(graph: Graph, node: NodeId) -> NodeId:
    """What this node is, before its axes got other names."""
    while isinstance(graph.nodes[node].operation, Relabel):
        node = graph.nodes[node].arguments[0]
    return node


def axis_order(graph: Graph) -> tuple[Axis, ...]:
    """All axes, parents before children, else by first appearance."""
    order: list[Axis] = []

    def add(axis: Axis) -> None:
        if axis not in order:
            for parent in axis.parents:
                add(parent)
            order.append(axis)

    for node in graph.nodes:
        for axis in node.axes:
            add(axis)
        if isinstance(node.operation, Relabel):
            add(node.operation.new)
    return tuple(order)


def print_staged(staged: Staged) -> str:
    """The plan, a node a line."""
    graph = staged.graph
    pairs = {crossing.node: crossing.pair for crossing in staged.crossings}
    lines = [f"host {graph.name}".rstrip()]
    lines += [f"  %{node}: {write_node(graph.nodes[node])}{_crosses(pairs, node)}" for node in staged.host]
    groups = dict.fromkeys(staged.shared.values())
    lines += ["together"] * bool(groups) + [f"  {group}" for group in groups]
    lines.append("device")
    shown = [node for node in staged.device if not isinstance(graph.nodes[node].operation, Constant)]
    lines += [f"  %{node}: {write_node(graph.nodes[node])}" for node in shown]
    if staged.device_axes:
        lines.append("lengths " + ", ".join(axis.name for axis in staged.device_axes))
    if staged.explained:
        lines.append("explained")
        lines += [f"  %{node}: {write_node(graph.nodes[node])}" for node in staged.explained]
    return "\n".join(lines) + "\n"


def _crosses(pairs: dict[NodeId, bool], node: NodeId) -> str:
    if node not in pairs:
        return ""
    return "  -> device, as a pair" if pairs[node] else "  -> device"
