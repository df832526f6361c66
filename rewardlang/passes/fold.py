"""Constant folding: a builtin on constants is its meaning on one sample, in float64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rewardlang.ir.graph import Call, Constant, Holds
from rewardlang.ops.builtin import Rows, Scalar
from rewardlang.passes.rebuild import rebuild
from rewardlang.types import BOOL, FLOAT, INT, TEXT

if TYPE_CHECKING:
    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import Graph, GraphNode, NodeId

_KINDS = {BOOL: bool, INT: int, FLOAT: float, TEXT: str}


def fold_constants(graph: Graph) -> Graph:
    """The graph with calls on constants computed. Nothing folds to a value that is not finite, or missing."""
    return rebuild(graph, _fold)


def _fold(builder: Builder, node: GraphNode) -> NodeId | None:
    match node.operation:
        case Call():
            value = _result(builder, node)
            return None if value is None else builder.constant(value)
        case Holds():
            call = builder[node.arguments[0]]
            if isinstance(call.operation, Constant):
                # The call was just folded, to a value: only what is present folds.
                return builder.true()
            known = isinstance(call.operation, Call) and _constants(builder, call) is not None
            return builder.constant(_meaning(builder, call) is not None) if known else None
    return None


def _constants(builder: Builder, node: GraphNode) -> list[Any] | None:
    call = node.operation
    if not isinstance(call, Call) or not isinstance(call.builtin, Scalar | Rows):
        return None
    if (
        not call.builtin.folds(dict(call.options))
        or call.across is not None
        or call.made is not None
        or call.masked
        or not node.arguments
    ):
        return None
    operations = [builder[argument].operation for argument in node.arguments]
    values = [operation.value for operation in operations if isinstance(operation, Constant)]
    return values if len(values) == len(operations) else None


def _meaning(builder: Builder, node: GraphNode) -> Any:
    values = _constants(builder, node)
    call = node.operation
    if values is None or not isinstance(call, Call):
        return None
    return call.builtin.one(*values, **dict(call.options))


def _result(builder: Builder, node: GraphNode) -> bool | int | float | str | None:
    kind = _KINDS.get(node.element)
    value = _meaning(builder, node) if kind is not None else None
    if kind is None or value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, str) != (kind is str):
        return None
    return kind(value)  # type: ignore[no-any-return]  # one of the four kinds
