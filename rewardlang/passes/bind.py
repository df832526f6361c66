"""Binding: what the caller gives for the names in a spec takes their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.ir.graph import Call, Scan
from rewardlang.passes.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.ir.builder import Builder
    from rewardlang.ir.graph import Graph, GraphNode, NodeId, Operation


def bind(graph: Graph, given: Mapping[str, Any]) -> Graph:
    """The graph with what is given for each name that is left to the caller.

    Raises:
        CallError: a name is not given.
    """

    def rule(builder: Builder, node: GraphNode) -> NodeId | None:
        bound = _bound(node.operation, given)
        if bound is node.operation:
            return None
        builder.span = node.span
        return builder.add(bound, node.arguments, element=node.element, axes=node.axes, range=node.range)

    return rebuild(graph, rule)


def _bound(operation: Operation, given: Mapping[str, Any]) -> Operation:
    match operation:
        case Scan(body=body):
            inside = bind(body, given)
            return operation if inside == body else replace(operation, body=inside)
        case Call(builtin=builtin, options=options) if names := builtin.unbound(dict(options)):
            found = tuple((name, _find(value, given) if name in names else value) for name, value in options)
            return replace(operation, options=found)
    return operation


def _find(name: str, given: Mapping[str, Any]) -> Any:
    if name not in given:
        close = suggest(name, list(given))
        hint = f"; did you mean `{close}`?" if close else ""
        raise CallError(
            f'the spec uses the tokenizer `{name}`: give it, `load(…, tokenizers={{"{name}": "tokenizer.json"}})`{hint}'
        )
    return given[name]
