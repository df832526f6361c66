"""What a legal graph is. Run between stages by tests, and by the driver when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from rewardlang.diagnostics import InternalError
from rewardlang.ir.builder import call_axes, parameter_at
from rewardlang.ir.graph import Call, Constant, Holds, Input, Model, Position, Relabel, Scan, Stack
from rewardlang.ops.builtin import Role
from rewardlang.ops.records import BUNDLE, CAPTURES
from rewardlang.types import BOOL, FLOAT, INT, JSON, TEXT, RecordElement

if TYPE_CHECKING:
    from rewardlang.ir.graph import Graph, GraphNode, NodeId
    from rewardlang.types import Axis

_CONSTANTS = {bool: BOOL, int: INT, float: FLOAT, str: TEXT}


def verify(graph: Graph) -> None:
    """Check a graph.

    Raises:
        InternalError: It breaks a rule; names the node.
    """
    defined = _defined_axes(graph)
    for index, node in enumerate(graph.nodes):
        _check_node(graph, index, node, defined)
    _check_outputs(graph)


def _fail(index: NodeId, why: str) -> NoReturn:
    raise InternalError(f"node %{index}: {why}")


def _defined_axes(graph: Graph) -> set[Axis]:
    """Axes that a column, a list maker, a stack or a new name brings."""
    defined: set[Axis] = set()
    for node in graph.nodes:
        match node.operation:
            case Input() | Model():
                defined |= set(node.axes)
            case Call(made=axis) if axis is not None:
                defined.add(axis)
            case Stack(axis=axis) | Relabel(new=axis):
                defined.add(axis)
            case _:
                pass
    return defined


def _check_node(graph: Graph, index: NodeId, node: GraphNode, defined: set[Axis]) -> None:
    for argument in node.arguments:
        if not 0 <= argument < index:
            _fail(index, f"argument %{argument} does not come before it")
    if len(set(node.axes)) != len(node.axes):
        _fail(index, "an axis appears twice")
    for axis in node.axes:
        if axis.size is None and axis not in defined:
            _fail(index, f"nothing defines the axis `{axis}`")
        if not set(axis.parents) <= set(node.axes):
            _fail(index, f"the axis `{axis}` is there without the axes that it depends on")
    if isinstance(node.element, RecordElement):
        _fail(index, "records are not part of a graph")
    if node.element.numeric != (node.range is not None):
        _fail(index, "a number has a range, and nothing else has")
    _check_operation(graph, index, node)


def _check_operation(graph: Graph, index: NodeId, node: GraphNode) -> None:  # noqa: C901, PLR0912 - one rule a kind
    arguments = [graph.nodes[argument] for argument in node.arguments]
    match node.operation:
        case Call() as call:
            _check_call(index, node, call, arguments)
        case Holds():
            if len(arguments) != 1 or not isinstance(arguments[0].operation, Call | Model):
                _fail(index, "`holds` of something that cannot be missing")
            if node.element != BOOL:
                _fail(index, "a mask is a bool")
        case Constant(value=value):
            if _CONSTANTS[type(value)] != node.element or node.axes:
                _fail(index, f"a constant {type(value).__name__} cannot be a {node.element}")
        case Position(axis=axis):
            if len(arguments) != 1 or axis not in arguments[0].axes:
                _fail(index, f"a position along `{axis}` needs a value along it")
        case Relabel(old=old, new=new):
            if old not in arguments[0].axes or new not in node.axes:
                _fail(index, f"`{old}` is not an axis of the argument")
        case Stack(axis=axis):
            if axis.size != len(arguments):
                _fail(index, f"{len(arguments)} items along an axis of {axis.size}")
        case Scan(axis=axis, scanned=scanned):
            if any(axis not in argument.axes for argument in arguments[1 : 1 + scanned]):
                _fail(index, f"a scanned list without the axis `{axis}`")
        case Input(part=part):
            if part not in ("value", "present", "whole") or (part != "value" and node.element != BOOL):
                _fail(index, f"a column has no part `{part}` that is a {node.element}")
        case _:
            pass


def _check_call(index: NodeId, node: GraphNode, call: Call, arguments: list[GraphNode]) -> None:
    count = len(arguments) - call.masked - call.guarded
    if count < 0 or any(argument.element != BOOL for argument in arguments[count:]):
        _fail(index, "a mask is a bool")
    _check_signature(index, call, count)
    if call.made is not None and call.builtin.makes is None:
        _fail(index, f"{call.builtin.name} makes no axis")
    if call.across is not None and any(call.consumed):
        _fail(index, "a reduction over samples consumes no axis")
    if set(call_axes(call, [argument.axes for argument in arguments])) != set(node.axes):
        _fail(index, f"the axes of {call.builtin.name} do not follow from its arguments")
    for place, argument in enumerate(arguments[:count]):
        accepted = parameter_at(call.builtin, place).accepts
        # Records travel as JSON or as these.
        if argument.element not in (*accepted, JSON, CAPTURES, BUNDLE):
            _fail(index, f"{call.builtin.name} takes no {argument.element}")


def _check_signature(index: NodeId, call: Call, count: int) -> None:
    """An argument for each value parameter, an option for each of the others."""
    values = [parameter for parameter in call.builtin.parameters if not parameter.option]
    wanted = sum(2 if parameter.role is Role.RANGE else 1 for parameter in values)
    if any(parameter.variadic for parameter in values):
        wanted = max(wanted - 1, count)
    if count != wanted:
        _fail(index, f"{call.builtin.name} takes {wanted} arguments, not {count}")
    options = {parameter.name for parameter in call.builtin.parameters if parameter.option}
    if {name for name, _ in call.options} != options:
        _fail(index, f"the options of {call.builtin.name} are {', '.join(sorted(options)) or 'none'}")


def _check_outputs(graph: Graph) -> None:
    count = len(graph.nodes)
    masks = [graph.total_present, *(term.active for term in graph.terms), *(term.present for term in graph.terms)]
    masks += [write.when for write in graph.writes] + [present for _, _, present in graph.lets]
    masks += [node for _, node in graph.resets]
    values = [graph.total, *(term.raw for term in graph.terms), *(term.weight for term in graph.terms)]
    values += [term.contribution for term in graph.terms if term.contribution is not None]
    for node in (*masks, *values, *(write.value for write in graph.writes), *(value for _, value, _ in graph.lets)):
        if not 0 <= node < count:
            raise InternalError(f"the output %{node} is no node")
    for node in masks:
        if graph.nodes[node].element != BOOL:
            _fail(node, "a mask is a bool")
    for node in values:
        if not graph.nodes[node].element.numeric:
            _fail(node, f"a score is no {graph.nodes[node].element}")
