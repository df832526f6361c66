"""Which floats of the device keep within their proved ranges by themselves, so that nothing has to hold them there.

What is rounded once stays between the rounded ends of what is exact: rounding keeps the order of numbers. So a sum of
numbers in 0..1 and 0..2 is in 0..3 as long as these ends are floats, while a `tanh` is as good as its polynomial.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.facts import FULL, TRUTH
from rewardlang.ir.graph import Call, Constant, Input, Param
from rewardlang.ops.builtin import Scalar
from rewardlang.types import BOOL, FLOAT, INT

if TYPE_CHECKING:
    from collections.abc import Collection

    from rewardlang.facts import Interval
    from rewardlang.ir.graph import Graph, GraphNode, NodeId


def kept(graph: Graph, outputs: Collection[NodeId], dtype: str) -> frozenset[NodeId]:
    """The calls whose floats, in this dtype, are in their range where all `outputs` are kept in theirs."""
    within: set[NodeId] = set()
    found: set[NodeId] = set()
    for index, node in enumerate(graph.nodes):
        if _rounded_once(graph, node, within):
            found.add(index)
        if index in found or index in outputs or _is_given(node):
            ends = _range(node)
            if ends is not None and _is_float(ends.low, dtype) and _is_float(ends.high, dtype):
                within.add(index)
    return frozenset(found)


def _is_given(node: GraphNode) -> bool:
    """Whether it is exact, or within its range before it comes here."""
    return isinstance(node.operation, Input | Param | Constant) or node.element in (INT, BOOL)


def _range(node: GraphNode) -> Interval | None:
    return TRUTH if node.element == BOOL else node.range


def _is_float(end: float, dtype: str) -> bool:
    """Whether an end is a float, or beyond them all; no subnormal one, with which the device computes as with 0."""
    limits = np.finfo(dtype)
    if end == 0 or abs(end) > limits.max:
        return True
    # Ends are fractions: what a decimal says, exactly.
    return bool(abs(end) >= limits.tiny) and Fraction(float(limits.dtype.type(end))) == end


def _rounded_once(graph: Graph, node: GraphNode, within: Collection[NodeId]) -> bool:
    call = node.operation
    if not isinstance(call, Call) or not isinstance(call.builtin, Scalar) or not call.builtin.rounds_once:
        return False
    if node.element != FLOAT or node.range is None:
        return False
    ranges = [(_range(graph.nodes[argument]) if argument in within else None) or FULL for argument in node.arguments]
    return call.builtin.range(*ranges, **dict(call.options)).flushed().within(node.range)
