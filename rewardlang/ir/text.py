"""A graph as text: a node a line, for people and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ir.graph import (
    Call,
    Constant,
    Holds,
    Input,
    Memory,
    Model,
    Operation,
    Param,
    Position,
    Relabel,
    Scan,
    Stack,
)
from rewardlang.types import RecordElement, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.ir.graph import Graph, GraphNode


def print_graph(graph: Graph) -> str:
    """The graph, one line a node, then its outputs."""
    lines = [f"graph {graph.name}".rstrip()]
    lines += [f"  %{index}: {write_node(node)}" for index, node in enumerate(graph.nodes)]
    lines += [f"  total %{graph.total} present %{graph.total_present}"]
    for term in graph.terms:
        contribution = "none" if term.contribution is None else f"%{term.contribution}"
        lines.append(
            f"  {term.kind} {term.path}: raw %{term.raw} weight %{term.weight} contribution {contribution}"
            f" active %{term.active} present %{term.present}"
        )
    lines += [f"  write {write.memory}: %{write.value} when %{write.when}" for write in graph.writes]
    lines += [f"  reset {memory}: where %{node}" for memory, node in graph.resets]
    lines += [f"  let {name}: %{value} present %{present}" for name, value, present in graph.lets]
    return "\n".join(lines) + "\n"


def write_node(node: GraphNode) -> str:
    """Type, operation and arguments of a node."""
    return f"{write_type(Type(node.element, node.axes, range=node.range))} = {_write(node.operation, node.arguments)}"


def _write(operation: Operation, arguments: Sequence[int]) -> str:  # noqa: C901 - one rule a kind
    inside = ", ".join(f"%{argument}" for argument in arguments)
    match operation:
        case Input(name=name, part=part):
            return f"input {name}" + ("" if part == "value" else f" {part}")
        case Param(name=name):
            return f"param {name}"
        case Constant(value=value):
            return f"constant {value!r}"
        case Call():
            return f"{operation.builtin.name}({inside}){_details(operation)}"
        case Holds():
            return f"holds({inside})"
        case Stack(axis=axis):
            return f"stack({inside}; along {axis})"
        case Position(axis=axis):
            return f"position({inside}; along {axis})"
        case Relabel(old=old, new=new, most=most):
            return f"relabel({inside}; {old} to {new}" + (")" if most is None else f", at most {most})")
        case Scan(axis=axis, body=body):
            return f"scan({inside}; over {axis})\n" + "\n".join(
                f"    {line}" for line in print_graph(body).splitlines()
            )
        case Model(name=name, consumed=consumed):
            whole = ", ".join("(" + " ".join(axis.name for axis in axes) + ")" for axes in consumed)
            return f"model {name}({inside}; whole {whole})" if any(consumed) else f"model {name}({inside})"
        case Memory(name=name):
            return f"memory {name}"
    return f"{type(operation).__name__.lower()}({inside})"


def _details(call: Call) -> str:
    parts = [f"{name}={_option(value)}" for name, value in call.options]
    over = ["(" + " ".join(axis.name for axis in axes) + ")" for axes in call.consumed]
    if any(call.consumed):
        parts.append("over " + ", ".join(over))
    if call.made is not None:
        parts.append(f"makes {call.made}")
    if call.across is not None:
        parts.append(f"across {call.across}")
    parts += [word for word, here in (("masked", call.masked), ("guarded", call.guarded)) if here]
    return " [" + "; ".join(parts) + "]" if parts else ""


def _option(value: Any) -> str:
    if isinstance(value, Type):
        return write_type(value)
    return value.name if isinstance(value, RecordElement) else repr(value)
