"""A graph to its plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from rewardlang.columns.tokenizers import Tokenizer
from rewardlang.diagnostics import CallError, InternalError
from rewardlang.ir import plan as p
from rewardlang.ir.graph import (
    Call,
    Constant,
    Holds,
    Input,
    Memory,
    Model,
    Param,
    Position,
    Relabel,
    Scan,
    Stack,
)
from rewardlang.types import RecordElement, Type
from rewardlang.types.interchange import TypePart, TypeWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rewardlang.ir.graph import Graph, GraphNode
    from rewardlang.types.declared import Field, MemorySpec, ModelSpec


def write_plan(graph: Graph, types: Mapping[str, Type]) -> bytes:
    """The JSON of a graph, and of the types that stand beside it. The same graph gives the same bytes.

    Raises:
        CallError: a text of it is no Unicode.
    """
    try:
        return msgspec.json.encode(_Writer().plan(graph, types))
    except UnicodeEncodeError as error:
        raise CallError(f"`{graph.name}` holds a text that JSON cannot: {error.reason}") from None


class _Writer:
    def __init__(self) -> None:
        self.types = TypeWriter()

    def plan(self, graph: Graph, types: Mapping[str, Type]) -> p.PlanPart:
        terms = [
            p.TermPart(
                path=t.path, kind=t.kind, raw=t.raw, weight=t.weight, contribution=t.contribution, active=t.active,
                present=t.present,
            )
            for t in graph.terms
        ]  # fmt: skip
        params = [p.ParamSpecPart(name=s.name, type=self.types.type(s.type), default=s.default) for s in graph.params]
        parts: dict[str, Any] = {
            "nodes": tuple(map(self.node, graph.nodes)),
            "terms": tuple(terms),
            "writes": tuple(p.WritePart(memory=w.memory, value=w.value, when=w.when) for w in graph.writes),
            "inputs": tuple(map(self.field, graph.inputs)),
            "params": tuple(params),
            "models": tuple(map(self.model, graph.models)),
            "memories": tuple(map(self.memory, graph.memories)),
            "types": {name: self.types.type(type_) for name, type_ in types.items()},
        }
        return p.PlanPart(
            format=p.FORMAT, name=graph.name, axes=tuple(self.types.axes), total=graph.total,
            present=graph.total_present, resets=graph.resets, lets=graph.lets, **parts,
        )  # fmt: skip

    def field(self, field: Field) -> p.FieldPart:
        return p.FieldPart(name=field.name, type=self.types.type(field.type), default=self.value(field.default))

    def model(self, spec: ModelSpec) -> p.ModelSpecPart:
        fields = tuple(map(self.field, spec.fields))
        return p.ModelSpecPart(name=spec.name, fields=fields, result=self.types.type(spec.result))

    def memory(self, spec: MemorySpec) -> p.MemorySpecPart:
        initial = None if spec.initial is None else float(spec.initial)
        return p.MemorySpecPart(
            name=spec.name, type=self.types.type(spec.type), capacity=spec.capacity, initial=initial,
            per_sample=spec.per_sample, reset=spec.reset,
        )  # fmt: skip

    def node(self, node: GraphNode) -> p.AnyNode:  # noqa: C901 - one rule a kind
        shared: dict[str, Any] = {
            "type": self._type(node),
            "arguments": node.arguments,
            "text": node.span.text if node.span is not None and _is_told(node) else None,
        }
        places = self.types.places
        match node.operation:
            case Input(name=name, part=part):
                return p.InputPart(name=name, part=part, **shared)
            case Param(name=name):
                return p.ParamPart(name=name, **shared)
            case Constant(value=value):
                return p.ConstantPart(value=self.value(value), **shared)
            case Call() as call:
                return self._call(call, shared)
            case Holds():
                return p.HoldsPart(**shared)
            case Stack(axis=axis):
                return p.StackPart(axis=self.types.axis(axis), **shared)
            case Position(axis=axis):
                return p.PositionPart(axis=self.types.axis(axis), **shared)
            case Relabel(old=old, new=new, most=most):
                return p.RelabelPart(old=self.types.axis(old), new=self.types.axis(new), most=most, **shared)
            case Scan(axis=axis, scanned=scanned, body=body):
                nodes = tuple(map(self.node, body.nodes))
                inside = p.BodyPart(name=body.name, nodes=nodes, total=body.total, present=body.total_present)
                return p.ScanPart(axis=self.types.axis(axis), scanned=scanned, body=inside, **shared)
            case Model(name=name, consumed=consumed, traced=traced):
                return p.ModelPart(name=name, consumed=tuple(map(places, consumed)), traced=traced, **shared)
            case Memory(name=name):
                return p.MemoryPart(name=name, **shared)
        raise InternalError(f"a plan has no form for {type(node.operation).__name__}")

    def _type(self, node: GraphNode) -> TypePart:
        return self.types.type(Type(node.element, node.axes, range=node.range))

    def _call(self, call: Call, shared: Mapping[str, Any]) -> p.CallPart:
        return p.CallPart(
            builtin=call.builtin.name, kind=type(call.builtin).__name__, version=call.builtin.version,
            options={name: self.value(value) for name, value in call.options},
            consumed=tuple(map(self.types.places, call.consumed)),
            made=None if call.made is None else self.types.axis(call.made),
            across=None if call.across is None else self.types.axis(call.across),
            masked=call.masked, guarded=call.guarded, **shared,
        )  # fmt: skip

    def value(self, value: Any) -> Any:
        """A value as `ir.plan` says."""
        match value:
            case float() if not math.isfinite(value):
                return {"float": str(value)}
            case None | bool() | int() | float() | str():
                return value
            case tuple():
                return tuple(self.value(item) for item in value)
            case list():
                return {"list": [self.value(item) for item in value]}
            case Type():
                return {"type": self.types.type(value)}
            case RecordElement():
                return {"record": self.types.record(value)}
            case Tokenizer(name=name):
                return {"tokenizer": name}
        raise InternalError(f"a plan has no form for a {type(value).__name__}")


def _is_told(node: GraphNode) -> bool:
    """Whether what the spec says there is of use to those who have no spec: calls that can be named in words."""
    return isinstance(node.operation, Call) and node.operation.builtin.host_only and not node.operation.builtin.internal
