"""The plan: a graph as a JSON document, without the spec that it came from. Data only.

A node names its arguments by their places in the list. A value that JSON has no form for is an object with one key:
`float` (infinite), `list`, `type`, `record` or `tokenizer`; an array is a tuple.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rewardlang.types.interchange import AxisPart, Part, Places, TypePart

FORMAT = 1
"""Goes up when an older reader would not understand, or misunderstand, what is written."""


class NodePart(Part, tag_field="op", kw_only=True):
    """A `GraphNode`; `text` is what the spec says there, for explanations."""

    type: TypePart
    arguments: Places = ()
    text: str | None = None


class InputPart(NodePart, tag="input", kw_only=True):
    """An `Input`."""

    name: str
    part: str = "value"


class ParamPart(NodePart, tag="param", kw_only=True):
    """A `Param`."""

    name: str


class ConstantPart(NodePart, tag="constant", kw_only=True):
    """A `Constant`."""

    value: Any


class CallPart(NodePart, tag="call", kw_only=True):
    """A `Call` of the builtin of this name and class, in this version of its meaning."""

    builtin: str
    kind: str
    version: int = 1
    options: dict[str, Any] = msgspec.field(default_factory=dict)
    consumed: tuple[Places, ...] = ()
    made: int | None = None
    across: int | None = None
    masked: bool = False
    guarded: bool = False


class HoldsPart(NodePart, tag="holds", kw_only=True):
    """A `Holds`."""


class StackPart(NodePart, tag="stack", kw_only=True):
    """A `Stack`."""

    axis: int


class PositionPart(NodePart, tag="position", kw_only=True):
    """A `Position`."""

    axis: int


class RelabelPart(NodePart, tag="relabel", kw_only=True):
    """A `Relabel`."""

    old: int
    new: int
    most: int | None = None


class ScanPart(NodePart, tag="scan", kw_only=True):
    """A `Scan`."""

    axis: int
    scanned: int
    body: BodyPart


class ModelPart(NodePart, tag="model", kw_only=True):
    """A `Model`."""

    name: str
    consumed: tuple[Places, ...] = ()
    traced: bool = False


class MemoryPart(NodePart, tag="memory", kw_only=True):
    """A `Memory`."""

    name: str


AnyNode = (
    InputPart
    | ParamPart
    | ConstantPart
    | CallPart
    | HoldsPart
    | StackPart
    | PositionPart
    | RelabelPart
    | ScanPart
    | ModelPart
    | MemoryPart
)


class BodyPart(Part):
    """The body of a `Scan`: nodes, and the one that is the next carry."""

    name: str
    nodes: tuple[AnyNode, ...]
    total: int
    present: int


class TermPart(Part):
    """A `Term`."""

    path: str
    kind: str
    raw: int
    weight: int
    contribution: int | None
    active: int
    present: int


class WritePart(Part):
    """A `Write`."""

    memory: str
    value: int
    when: int


class FieldPart(Part):
    """A `Field`."""

    name: str
    type: TypePart
    default: Any = None


class ParamSpecPart(Part):
    """A `ParamSpec`."""

    name: str
    type: TypePart
    default: bool | int | float


class ModelSpecPart(Part):
    """A `ModelSpec`, without its backend."""

    name: str
    fields: tuple[FieldPart, ...]
    result: TypePart


class MemorySpecPart(Part):
    """A `MemorySpec`."""

    name: str
    type: TypePart
    capacity: int | None
    initial: float | None
    per_sample: bool
    reset: str | None


class PlanPart(Part):
    """A `Graph`, and the types that stand beside it, by name."""

    format: int
    name: str
    axes: tuple[AxisPart, ...]
    nodes: tuple[AnyNode, ...]
    total: int
    present: int
    terms: tuple[TermPart, ...] = ()
    writes: tuple[WritePart, ...] = ()
    resets: tuple[tuple[str, int], ...] = ()
    lets: tuple[tuple[str, int, int], ...] = ()
    inputs: tuple[FieldPart, ...] = ()
    params: tuple[ParamSpecPart, ...] = ()
    models: tuple[ModelSpecPart, ...] = ()
    memories: tuple[MemorySpecPart, ...] = ()
    types: dict[str, TypePart] = msgspec.field(default_factory=dict)


class VersionPart(Part, forbid_unknown_fields=False):
    """The part of a plan of any version that says which it is."""

    format: int
