"""A plan to its graph. Whatever is read, the result is a legal graph, or one error that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from rewardlang.diagnostics import CallError, InternalError
from rewardlang.ir import plan as p
from rewardlang.ir.builder import Builder
from rewardlang.ir.graph import (
    Call,
    Graph,
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
    Term,
    Write,
)
from rewardlang.ir.verify import verify
from rewardlang.ops.records import BUNDLE, CAPTURES
from rewardlang.ops.registry import builtin_of
from rewardlang.source import Source, Span
from rewardlang.types.declared import Field, MemorySpec, ModelSpec, ParamSpec
from rewardlang.types.interchange import Part, RecordPart, TypePart, TypeReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rewardlang.columns.tokenizers import Tokenizer
    from rewardlang.types import Type

Read = TypeVar("Read", bound=Part)
_ELEMENTS = {element.name: element for element in (CAPTURES, BUNDLE)}


def read_plan(data: bytes, tokenizers: Mapping[str, Tokenizer]) -> tuple[Graph, dict[str, Type]]:
    """The graph of a plan, verified, and the types that stand beside it.

    Raises:
        CallError: it is no plan, one of another version or of another meaning of a builtin, or not a legal one.
    """
    if (found := _decoded(data, p.VersionPart).format) != p.FORMAT:
        raise CallError(f"it has the format {found}, and this version of rewardlang reads {p.FORMAT}")
    plan = _decoded(data, p.PlanPart)
    reader = _Reader(plan, tokenizers)
    try:
        graph = reader.graph()
        verify(graph)
    except InternalError as error:
        raise CallError(str(error)) from None
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise CallError(f"it is not legal: {error}") from None
    return graph, {name: reader.types.type(part) for name, part in plan.types.items()}


def _decoded(data: bytes, kind: type[Read]) -> Read:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise CallError(f"it cannot be read: {error}") from None


class _Reader:
    def __init__(self, plan: p.PlanPart, tokenizers: Mapping[str, Tokenizer]) -> None:
        self.plan, self.tokenizers = plan, tokenizers
        self.types = TypeReader(plan.axes, _ELEMENTS)

    def graph(self) -> Graph:
        plan, type_of = self.plan, self.types.type
        declared = {
            Input: {field.name for field in plan.inputs},
            Param: {spec.name for spec in plan.params},
            Model: {spec.name for spec in plan.models},
            Memory: {spec.name for spec in plan.memories},
        }
        builder = self._nodes(plan.nodes, declared)
        for memory in [write.memory for write in plan.writes] + [name for name, _ in plan.resets]:
            _declared(memory, declared[Memory])
        return Graph(
            nodes=tuple(builder.nodes),
            total=plan.total,
            total_present=plan.present,
            terms=tuple(Term(**msgspec.structs.asdict(term)) for term in plan.terms),
            writes=tuple(Write(**msgspec.structs.asdict(write)) for write in plan.writes),
            resets=plan.resets,
            lets=plan.lets,
            inputs=tuple(map(self.field, plan.inputs)),
            params=tuple(ParamSpec(spec.name, type_of(spec.type), spec.default) for spec in plan.params),
            models=tuple(
                ModelSpec(spec.name, tuple(map(self.field, spec.fields)), type_of(spec.result)) for spec in plan.models
            ),
            memories=tuple(
                MemorySpec(s.name, type_of(s.type), s.capacity, s.initial, s.per_sample, s.reset) for s in plan.memories
            ),
            name=plan.name,
        )

    def field(self, part: p.FieldPart) -> Field:
        return Field(part.name, self.types.type(part.type), self.value(part.default))

    def _nodes(self, parts: Iterable[p.AnyNode], declared: Mapping[type[Operation], set[str]]) -> Builder:
        """The nodes, each where it is told to be: a graph has none twice."""
        builder = Builder()
        for place, part in enumerate(parts):
            try:
                found = self._node(builder, part, declared)
            except CallError as error:
                raise CallError(f"node %{place}: {error}") from None
            if found != place:
                raise CallError(f"node %{place} is node %{found} again")
        return builder

    def _node(self, builder: Builder, part: p.AnyNode, declared: Mapping[type[Operation], set[str]]) -> int:
        type_ = self.types.type(part.type)
        builder.span = None if part.text is None else Span(Source("<plan>", part.text), 0, len(part.text))
        if isinstance(part, p.ConstantPart):
            value = self.value(part.value)
            if not isinstance(value, bool | int | float | str):
                raise CallError(f"no constant is a {type(value).__name__}")
            return builder.constant(value)
        operation = self._operation(part)
        if isinstance(operation, Input | Param | Model | Memory):
            _declared(operation.name, declared[type(operation)])
        return builder.add(operation, part.arguments, element=type_.element, axes=type_.axes, range=type_.range)

    def _operation(self, part: p.AnyNode) -> Operation:  # noqa: C901 - one rule a kind
        axis, axes = self.types.axis, self.types.axes
        match part:
            case p.InputPart():
                return Input(part.name, part.part)
            case p.ParamPart():
                return Param(part.name)
            case p.CallPart():
                return self._call(part)
            case p.HoldsPart():
                return Holds()
            case p.StackPart():
                return Stack(axis(part.axis))
            case p.PositionPart():
                return Position(axis(part.axis))
            case p.RelabelPart():
                return Relabel(axis(part.old), axis(part.new), part.most)
            case p.ScanPart():
                return Scan(axis(part.axis), part.scanned, self._body(part))
            case p.ModelPart():
                return Model(part.name, tuple(map(axes, part.consumed)), part.traced)
            case p.MemoryPart():
                return Memory(part.name)
            case _:
                raise InternalError(f"a graph has no operation for {type(part).__name__}")

    def _call(self, part: p.CallPart) -> Call:
        builtin = builtin_of(part.builtin, part.kind)
        if builtin is None:
            raise CallError(f"this version of rewardlang has no builtin `{part.builtin}` ({part.kind})")
        if builtin.version != part.version:
            change = f"had the meaning {part.version}, and has {builtin.version} in this version of rewardlang"
            raise CallError(f"the builtin `{part.builtin}` {change}")
        return Call(
            builtin, tuple((name, self.value(value)) for name, value in part.options.items()),
            tuple(map(self.types.axes, part.consumed)),
            None if part.made is None else self.types.axis(part.made),
            None if part.across is None else self.types.axis(part.across),
            part.masked, part.guarded,
        )  # fmt: skip

    def _body(self, part: p.ScanPart) -> Graph:
        count = len(part.arguments) - 1
        if not 0 <= part.scanned <= count:
            raise CallError(f"a scan of {part.scanned} lists with {count} arguments beside its start")
        names = {"carry", *(f"scanned{i}" for i in range(part.scanned))}
        names |= {f"outer{i}" for i in range(count - part.scanned)}
        inside = self._nodes(part.body.nodes, {Input: names, Param: set(), Model: set(), Memory: set()})
        body = Graph(tuple(inside.nodes), part.body.total, part.body.present, name=part.body.name)
        verify(body)
        return body

    def value(self, value: Any) -> Any:
        """A value as `ir.plan` says."""
        match value:
            case None | bool() | int() | float() | str():
                return value
            case list():
                return tuple(self.value(item) for item in value)
            case {"float": "inf" | "-inf" | "nan" as text} if len(value) == 1:
                return float(text)
            case {"list": list(items)} if len(value) == 1:
                return [self.value(item) for item in items]
            case {"type": part} if len(value) == 1:
                return self.types.type(_converted(part, TypePart))
            case {"record": part} if len(value) == 1:
                return self.types.record(_converted(part, RecordPart))
            case {"tokenizer": str(name)} if len(value) == 1:
                if name not in self.tokenizers:
                    raise CallError(f"there is no tokenizer `{name}`")
                return self.tokenizers[name]
        raise CallError(f"no value has the form {str(value)[:40]}")


def _converted(value: Any, kind: type[Read]) -> Read:
    try:
        return msgspec.convert(value, kind)
    except msgspec.MsgspecError as error:
        raise CallError(str(error)) from None


def _declared(name: str, known: set[str]) -> None:
    if name not in known:
        raise CallError(f"nothing declares `{name}`")
