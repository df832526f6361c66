"""Where each node runs: on the host, on whole columns in float64, or on the device, traced, in float32.

Host: columns, texts and JSON, models that are asked, what such an operation needs, discrete results of numbers from
text or from such a model, and masks of host values. Networks are the device's. Constants stand wherever they are used.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from rewardlang.diagnostics import InternalError
from rewardlang.ir.graph import Call, Constant, Holds, Input, Memory, Model, Param, Position
from rewardlang.ops.builtin import Lists, Reduction, Rows, Scalar
from rewardlang.ops.internal import CHOOSE
from rewardlang.types import BOOL, INT

if TYPE_CHECKING:
    from rewardlang.ir.graph import Graph, GraphNode, NodeId


class Place(Enum):
    """Where a node runs."""

    HOST = "host"
    DEVICE = "device"
    ANYWHERE = "anywhere"


def place(graph: Graph) -> tuple[Place, ...]:
    """The place of each node.

    Raises:
        InternalError: A host operation needs what only the device knows; the checker reports it as
        `param-reaches-host`.
    """
    capable = _capable(graph)
    host = _host(graph, capable, _from_text(graph))
    for index in sorted(host):
        if not capable[index]:
            raise InternalError(f"the host needs node %{index}, which depends on a param, memory or a group")
    return tuple(_place(node, index in host) for index, node in enumerate(graph.nodes))


def _place(node: GraphNode, on_host: bool) -> Place:  # noqa: FBT001 - a fact about the node
    if isinstance(node.operation, Constant):
        return Place.ANYWHERE
    return Place.HOST if on_host else Place.DEVICE


def _capable(graph: Graph) -> list[bool]:
    """Whether a node depends on columns and constants alone."""
    capable: list[bool] = []
    for node in graph.nodes:
        call = node.operation
        own = not isinstance(call, Param | Memory) and not (isinstance(call, Call) and call.across is not None)
        own = own and not (isinstance(call, Model) and call.traced)
        capable.append(own and all(capable[argument] for argument in node.arguments))
    return capable


def _from_text(graph: Graph) -> list[bool]:
    """Whether a node derives from texts, JSON or the answer of a model that was asked."""
    derived: list[bool] = []
    for node in graph.nodes:
        own = node.element.host_only and not isinstance(node.operation, Constant)
        own = own or _is_asked(node)
        derived.append(own or _is_host_call(node) or any(derived[argument] for argument in node.arguments))
    return derived


def _is_asked(node: GraphNode) -> bool:
    return isinstance(node.operation, Model) and not node.operation.traced


def _is_host_call(node: GraphNode) -> bool:
    return isinstance(node.operation, Call) and isinstance(node.operation.builtin, Rows | Lists)


def _host(graph: Graph, capable: list[bool], derived: list[bool]) -> set[NodeId]:
    host = {
        index
        for index, node in enumerate(graph.nodes)
        if isinstance(node.operation, Input)
        or _is_asked(node)
        or _is_host_call(node)
        or _takes_host_values(graph, node)
        or (node.element.host_only and not isinstance(node.operation, Memory))
        or (_is_discrete(node) and capable[index] and derived[index])
    }
    known = 0
    while known != len(host):
        known = len(host)
        _add_arguments(graph, host)
        for index, node in enumerate(graph.nodes):
            if capable[index] and _follows(graph, node, host, derived[index]):
                host.add(index)
    return host


def _takes_host_values(graph: Graph, node: GraphNode) -> bool:
    """Whether it makes a list, whose lengths are the host's to know, or looks at entries that live there alone."""
    if not isinstance(node.operation, Call):
        return False
    return node.operation.made is not None or any(graph.nodes[a].element.host_only for a in node.arguments)


def _is_discrete(node: GraphNode) -> bool:
    call = node.operation
    return isinstance(call, Call) and call.builtin.discrete


def _follows(graph: Graph, node: GraphNode, host: set[NodeId], derived: bool) -> bool:  # noqa: FBT001 - a fact about the node
    """Masks stay where their values are: `holds` of host calls, bools made of host bools, and selections by them.

    A selection on the host (`number(t) ?? 0`) also leaves a number from text exact for a comparison with a param; one
    between two ints that are constants would cross as more bytes than the bool that it goes by. Of a list of bools the
    device needs no more than what `any`, `all` or `count` says.
    """
    if isinstance(node.operation, Holds):
        return node.arguments[0] in host
    call = node.operation
    if not derived or not isinstance(call, Call):
        return False
    if isinstance(call.builtin, Scalar):
        chosen = call.builtin is CHOOSE and not (node.element == INT and _between_constants(graph, node))
        if node.element != BOOL and not chosen:
            return False
    elif not (isinstance(call.builtin, Reduction) and call.builtin.flat):
        return False
    return all(a in host or isinstance(graph.nodes[a].operation, Constant) for a in node.arguments)


def _between_constants(graph: Graph, choice: GraphNode) -> bool:
    return all(isinstance(graph.nodes[branch].operation, Constant) for branch in choice.arguments[1:])


def _add_arguments(graph: Graph, host: set[NodeId]) -> None:
    waiting = list(host)
    while waiting:
        node = graph.nodes[waiting.pop()]
        if isinstance(node.operation, Position):
            continue
        for argument in node.arguments:
            if argument not in host and not isinstance(graph.nodes[argument].operation, Constant):
                host.add(argument)
                waiting.append(argument)
