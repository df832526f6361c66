"""The fingerprint of a reward: a hash of what it means, not of how it is written."""

from __future__ import annotations

from dataclasses import fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from rewardlang.check.core import FieldName, PromptTemplate, ReplyDef
from rewardlang.ir.graph import Graph
from rewardlang.ops.builtin import Builtin
from rewardlang.passes.rebuild import reachable, scored
from rewardlang.types import Axis, Element, RecordElement, Type, write_type

if TYPE_CHECKING:
    from rewardlang.ir.graph import NodeId
    from rewardlang.types.declared import ModelSpec


def fingerprint(graph: Graph) -> str:
    """A hash of the unoptimised graph, its builtins' versions, params, models, memories and term paths.

    Formatting, comments, names of locals and of axes, and the name of the reward do not change it.
    """
    writer = _Writer(graph)
    return blake2b(writer.text().encode(), digest_size=16).hexdigest()


def _default(item: Any) -> str:
    return "" if item.default is None else f"= {item.default!r}"


class _Writer:
    """Writes a graph with axes and nodes numbered in the order in which the outputs reach them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.axes: dict[Axis, int] = {}
        live = sorted(reachable(graph, scored(graph)))
        self.numbers: dict[NodeId, int] = {node: number for number, node in enumerate(live)}

    def text(self) -> str:
        graph = self.graph
        lines = []
        for node, number in self.numbers.items():
            here = graph.nodes[node]
            arguments = [self.numbers[argument] for argument in here.arguments]
            axes = [self.value(axis) for axis in here.axes]
            lines.append(f"{number} {self.value(here.operation)} {arguments} {here.element} {axes} {here.range}")
        lines.append(f"total {self.numbers[graph.total]} {self.numbers[graph.total_present]}")
        for term in graph.terms:
            nodes = (term.raw, term.weight, term.contribution, term.active, term.present)
            lines.append(f"{term.kind} {term.path} {[None if n is None else self.numbers[n] for n in nodes]}")
        lines += [f"input {item.name} {write_type(item.type, bounds=True)} {_default(item)}" for item in graph.inputs]
        lines += [f"param {item.name} {write_type(item.type)} {item.default!r}" for item in graph.params]
        for model in graph.models:
            shape = ", ".join(f"{field.name}: {write_type(field.type)}" for field in model.fields)
            lines.append(f"model {model.name} ({shape}) {write_type(model.result)} {self._backend(model)}")
        lines += [
            f"memory {m.name} {write_type(m.type)} {m.capacity} {m.initial} {m.per_sample} {m.reset}"
            for m in graph.memories
        ]
        return "\n".join(lines)

    def _backend(self, model: ModelSpec) -> str:
        """The backend without its address: the same model elsewhere is the same reward."""
        if model.backend is None:
            return ""
        options = [f"{name}={self._option(value)}" for name, value in model.backend.options if name != "url"]
        return f"{model.backend.name}({', '.join(options)})"

    def _option(self, value: Any) -> str:
        match value:
            case PromptTemplate(parts=parts):
                return repr([f"field {part.name}" if isinstance(part, FieldName) else part for part in parts])
            case ReplyDef(reward=reward):
                from rewardlang.lower import lower

                return f"({_Writer(lower(reward)).text()})"
        return repr(value)

    def value(self, value: Any) -> str:
        """Any part of an operation, written so that equal parts are equal texts."""
        match value:
            case Axis():
                size = "" if value.size is None else f"={value.size}"
                bound = "" if value.most is None else f"<={value.most}"
                return f"axis{self.axes.setdefault(value, len(self.axes))}{size}{bound}"
            case Builtin():
                return f"{value.name}@{value.version}"
            case RecordElement():
                return f"record({', '.join(f'{f.name}: {write_type(f.type)}' for f in value.fields)})"
            case Type():
                return write_type(value)
            case Element():
                return value.name
            case Graph():
                return f"({_Writer(value).text()})"
            case tuple():
                return f"({', '.join(self.value(item) for item in value)})"
        if hasattr(value, "__dataclass_fields__"):
            parts = ", ".join(self.value(getattr(value, part.name)) for part in fields(value) if part.compare)
            return f"{type(value).__name__}({parts})"
        return repr(value)
