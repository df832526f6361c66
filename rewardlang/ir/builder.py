"""Builds graphs: equal nodes become one node, constants are compared by their bits, types are computed."""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import InternalError
from rewardlang.facts import FULL, TRUTH, Interval, point
from rewardlang.ir.graph import (
    Call,
    Constant,
    GraphNode,
    Holds,
    Input,
    Memory,
    Model,
    NodeId,
    Operation,
    Param,
    Position,
    Relabel,
    Scan,
    Stack,
)
from rewardlang.ops.builtin import Parameter
from rewardlang.ops.internal import BOTH, CHOOSE, EITHER, REAL, range_of
from rewardlang.ops.logic import NOT
from rewardlang.types import BOOL, FLOAT, INT, TEXT, Axis, Element, Type, broadcast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rewardlang.ir.graph import Graph
    from rewardlang.ops.builtin import Builtin
    from rewardlang.source import Span


class Builder:
    """A graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self._known: dict[tuple[Operation, tuple[NodeId, ...]], NodeId] = {}
        self.span: Span | None = None

    def __getitem__(self, node: NodeId) -> GraphNode:
        return self.nodes[node]

    def type_of(self, node: NodeId) -> Type:
        """The type of a node."""
        here = self.nodes[node]
        return Type(here.element, here.axes, range=here.range)

    def add(
        self,
        operation: Operation,
        arguments: Sequence[NodeId] = (),
        *,
        element: Element,
        axes: Iterable[Axis] = (),
        range: Interval | None = None,  # noqa: A002 - the field's name
    ) -> NodeId:
        """The node of an operation on these arguments, a new one only where there is none.

        Where an equal node has a wider range, the narrower of the two is kept: both were proved.
        """
        key = (operation, tuple(arguments))
        if range is None and element.numeric:
            range = TRUTH if element == BOOL else FULL  # noqa: A001 - the field's name
        known = self._known.get(key)
        if known is not None:
            here = self.nodes[known]
            if range is not None and here.range is not None and range != here.range:
                self.nodes[known] = replace(here, range=here.range.meet(range))
            return known
        self.nodes.append(GraphNode(operation, tuple(arguments), element, tuple(axes), range, self.span))
        self._known[key] = len(self.nodes) - 1
        return len(self.nodes) - 1

    def constant(self, value: float | str) -> NodeId:
        """A constant. Floats with different bits are different constants."""
        match value:
            case bool():
                return self.add(Constant(value, str(value)), element=BOOL, range=point(int(value)))
            case int():
                return self.add(Constant(value, str(value)), element=INT, range=point(value))
            case float():
                return self.add(Constant(value, struct.pack(">d", value).hex()), element=FLOAT, range=point(value))
        return self.add(Constant(value, repr(value)), element=TEXT)

    def input(self, name: str, type_: Type, part: str = "value") -> NodeId:
        """A column of the caller's, or one of its masks."""
        return self.add(Input(name, part), element=type_.element, axes=type_.axes, range=type_.range)

    def param(self, name: str, type_: Type) -> NodeId:
        """A traced scalar."""
        return self.add(Param(name), element=type_.element, range=type_.range)

    def call(
        self,
        builtin: Builtin,
        arguments: Sequence[NodeId],
        options: tuple[tuple[str, Any], ...] = (),
        *,
        consumed: tuple[tuple[Axis, ...], ...] = (),
        made: Axis | None = None,
        across: Axis | None = None,
        masked: bool = False,
        guarded: bool = False,
        element: Element | None = None,
        range: Interval | None = None,  # noqa: A002 - the field's name
    ) -> NodeId:
        """A builtin on the arguments; element and range come from the builtin where they are not given."""
        count = len(arguments) - masked - guarded
        types = [self.type_of(node) for node in arguments[:count]]
        operation = Call(builtin, options, consumed, made, across, masked, guarded)
        axes = call_axes(operation, [self.nodes[node].axes for node in arguments])
        element = element or builtin.element(types, dict(options))
        if range is None and element.numeric:
            range = builtin.range(*(range_of(type_) for type_ in types), **dict(options))  # noqa: A001 - the field's name
        return self.add(operation, arguments, element=element, axes=axes, range=range)

    def holds(self, call: NodeId) -> NodeId:
        """Where the result of a call, or of a model, is present."""
        here = self.nodes[call]
        made = here.operation.made if isinstance(here.operation, Call) else None
        return self.add(Holds(), (call,), element=BOOL, axes=[axis for axis in here.axes if axis != made])

    def true(self) -> NodeId:
        """The constant true."""
        return self.constant(value=True)

    def both(self, nodes: Iterable[NodeId]) -> NodeId:
        """The conjunction of bools; the constant true where there are none."""
        return self._fold(BOTH, nodes, empty=True)

    def either(self, nodes: Iterable[NodeId]) -> NodeId:
        """The disjunction of bools; the constant false where there are none."""
        return self._fold(EITHER, nodes, empty=False)

    def _fold(self, builtin: Builtin, nodes: Iterable[NodeId], *, empty: bool) -> NodeId:
        neutral = self.constant(empty)
        rest = [node for node in dict.fromkeys(nodes) if node != neutral]
        if not rest:
            return neutral
        result = rest[0]
        for node in rest[1:]:
            result = self.call(builtin, (result, node))
        return result

    def opposite(self, node: NodeId) -> NodeId:
        """The negation of a bool."""
        return self.call(NOT, (node,))

    def select(self, condition: NodeId, yes: NodeId, no: NodeId) -> NodeId:
        """`yes` where the condition holds, else `no`."""
        return yes if yes == no else self.call(CHOOSE, (condition, yes, no))

    def real(self, node: NodeId) -> NodeId:
        """A number as a float."""
        here = self.nodes[node]
        if here.element == FLOAT:
            return node
        if isinstance(here.operation, Constant):
            return self.constant(float(here.operation.value))
        return self.call(REAL, (node,))

    def stack(self, items: Sequence[NodeId], axis: Axis, element: Element) -> NodeId:
        """The items, broadcast against each other, along a new axis of fixed size."""
        types = [self.type_of(node) for node in items]
        ranges = [type_.interval for type_ in types if type_.range is not None]
        hull = ranges[0] if ranges else None
        for interval in ranges[1:]:
            hull = hull.hull(interval) if hull else interval
        return self.add(Stack(axis), items, element=element, axes=(*broadcast(types), axis), range=hull)

    def position(self, axis: Axis, along: NodeId) -> NodeId:
        """0, 1, 2, … along an axis of the node `along`."""
        most = FULL.high if axis.most is None else max(axis.most - 1, 0)
        return self.add(Position(axis), (along,), element=INT, axes=(*axis.parents, axis), range=Interval(0, most))

    def relabel(self, node: NodeId, old: Axis, new: Axis, most: int | None = None) -> NodeId:
        """The node with the axis `old` called `new`; the node itself where it has no such axis."""
        here = self.nodes[node]
        if old not in here.axes:
            return node
        axes = [new if axis == old else axis for axis in here.axes]
        return self.add(Relabel(old, new, most), (node,), element=here.element, axes=axes, range=here.range)

    def model(
        self, name: str, arguments: Sequence[NodeId], consumed: tuple[tuple[Axis, ...], ...], type_: Type, *,
        traced: bool = False,
    ) -> NodeId:  # fmt: skip
        """A call of a model: see `ir.graph.Model`."""
        operation = Model(name, consumed, traced)
        return self.add(operation, arguments, element=type_.element, axes=type_.axes, range=type_.range)

    def memory(self, name: str, type_: Type) -> NodeId:
        """What a memory held before the call."""
        return self.add(Memory(name), element=type_.element, axes=type_.axes, range=type_.range)

    def scan(self, axis: Axis, body: Graph, arguments: Sequence[NodeId], scanned: int, type_: Type) -> NodeId:
        """Carries along an axis: see `ir.graph.Scan`."""
        # What the step reduces is no axis of the carry.
        carried = {*self.nodes[arguments[0]].axes, *body.nodes[body.total].axes}
        axes: list[Axis] = []
        for node in arguments:
            axes += [a for a in self.nodes[node].axes if a not in axes and a != axis and a in carried]
        operation = Scan(axis, scanned, body)
        return self.add(operation, arguments, element=type_.element, axes=(*axes, axis), range=type_.range)


def call_axes(call: Call, arguments: Sequence[tuple[Axis, ...]]) -> tuple[Axis, ...]:
    """The axes of a call's result: what is not consumed, broadcast; what is kept; what is made.

    Raises:
        InternalError: A consumed axis is not one of its argument's.
    """
    extras = call.masked + call.guarded
    count = len(arguments) - extras
    every = {axis for axes in call.consumed for axis in axes}
    axes: list[Axis] = []
    for index, present in enumerate(arguments):
        gone = set(call.consumed[index]) if index < min(count, len(call.consumed)) else every
        if index < count and not gone <= set(present):
            raise InternalError(f"{call.builtin.name}: argument {index} lacks an axis that is consumed")
        axes += [axis for axis in present if axis not in gone and axis not in axes]
    axes += [axis for axis in kept_axes(call) if axis not in axes]
    return (*axes, call.made) if call.made is not None else tuple(axes)


def kept_axes(call: Call) -> tuple[Axis, ...]:
    """The consumed axes that the result still has."""
    names = {
        name: axis
        for index, gone in enumerate(call.consumed)
        for name, axis in zip(parameter_at(call.builtin, index).axes, gone, strict=False)
    }
    return tuple(names[name] for name in call.builtin.keeps if name in names)


@cache
def parameter_at(builtin: Builtin, index: int) -> Parameter:
    """The parameter of a value argument: options have no argument, a range has two, the last may repeat."""
    from rewardlang.ops.builtin import Role

    places: list[Parameter] = []
    for parameter in builtin.parameters:
        if not parameter.option:
            places += [parameter] * (2 if parameter.role is Role.RANGE else 1)
            if parameter.variadic:
                places += [parameter] * max(0, index - len(places) + 1)
    return places[min(index, len(places) - 1)] if places else Parameter("x")
