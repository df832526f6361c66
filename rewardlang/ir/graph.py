"""The graph of one reward: a hash-consed list of nodes in dependency order. Data only.

Nothing in a graph is missing: what the language calls a value that may be missing is here a value node (finite
anywhere) and one or more bool nodes that say where it is present. `sample` is the outermost axis of every node and
is not written. Records are gone: there is a node a field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rewardlang.facts import Interval
    from rewardlang.ops.builtin import Builtin
    from rewardlang.source import Span
    from rewardlang.types import Axis, Element
    from rewardlang.types.declared import Field, MemorySpec, ModelSpec, ParamSpec

NodeId = int


@dataclass(frozen=True)
class Operation:
    """What a node does."""


@dataclass(frozen=True)
class Input(Operation):
    """A column: `part` is `value`, `present` (entry by entry) or `whole` (a list as a whole)."""

    name: str
    part: str = "value"


@dataclass(frozen=True)
class Param(Operation):
    """A traced scalar."""

    name: str


@dataclass(frozen=True)
class Constant(Operation):
    """A bool, int, float or text. Floats are interned by their bits: `bits` keeps 0.0 and -0.0 apart."""

    value: bool | int | float | str
    bits: str


@dataclass(frozen=True)
class Call(Operation):
    """A builtin on the arguments. See `check.core.Apply` for consumed, made and across.

    For a consuming builtin under `missing: skip`, `masked` says that the last argument is the bool mask of the
    entries of the first argument that count. For a list maker, `guarded` says that the last argument (after that
    mask) is a bool over the rows of the result: where it is false an argument is missing, and the list is empty.
    """

    builtin: Builtin
    options: tuple[tuple[str, Any], ...] = ()
    consumed: tuple[tuple[Axis, ...], ...] = ()
    made: Axis | None = None
    across: Axis | None = None
    masked: bool = False
    guarded: bool = False


@dataclass(frozen=True)
class Holds(Operation):
    """Where the result of its argument, a `Call` of a partial builtin, is present."""


@dataclass(frozen=True)
class Stack(Operation):
    """The arguments, laid along a new axis of fixed size."""

    axis: Axis


@dataclass(frozen=True)
class Position(Operation):
    """0, 1, 2, … along an axis. Its argument is any node over the axis, for its lengths."""

    axis: Axis


@dataclass(frozen=True)
class Relabel(Operation):
    """The argument with axis `old` called `new`, which has the same lengths, cut at `most` where that is given."""

    old: Axis
    new: Axis
    most: int | None = None


@dataclass(frozen=True)
class Scan(Operation):
    """Carries along `axis`. Arguments: start, then the scanned lists, then the values that `body` takes from outside.

    `body` is a graph of its own whose inputs are named `carry`, `scanned0`, …, and `outer0`, ….
    Its one output is the next carry.
    """

    axis: Axis
    scanned: int
    body: Graph


@dataclass(frozen=True)
class Model(Operation):
    """A model called on the arguments; `Holds` of it says where it answered.

    `consumed[i]` are the axes of argument i that it takes as a whole; it is asked once for each entry of the others.
    One that is `traced` is part of the device function; the host asks the others.
    """

    name: str
    consumed: tuple[tuple[Axis, ...], ...] = ()
    traced: bool = False


@dataclass(frozen=True)
class Memory(Operation):
    """What a memory held before the call."""

    name: str


@dataclass(frozen=True)
class GraphNode:
    """An operation on earlier nodes, and the type of its result. `element` may be internal, such as `captures`."""

    operation: Operation
    arguments: tuple[NodeId, ...]
    element: Element
    axes: tuple[Axis, ...]
    range: Interval | None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Term:
    """A labelled entry of the reward tree.

    Nodes of its raw value, weight, contribution (None below `product`, `all`, `any`), of whether it is active (its
    branch is taken) and of whether its raw value is present.
    """

    path: str
    kind: str  # `entry`, `metric` or `outcome`
    raw: NodeId
    weight: NodeId
    contribution: NodeId | None
    active: NodeId
    present: NodeId
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Write:
    """A `remember`: nodes of the value and of where it applies."""

    memory: str
    value: NodeId
    when: NodeId


@dataclass(frozen=True)
class Graph:
    """One reward. `total_present` is the constant true where the total cannot be missing."""

    nodes: tuple[GraphNode, ...]
    total: NodeId
    total_present: NodeId
    terms: tuple[Term, ...] = ()
    writes: tuple[Write, ...] = ()
    resets: tuple[tuple[str, NodeId], ...] = ()
    """Memories that a bool of the sample sets back, after the writes."""
    lets: tuple[tuple[str, NodeId, NodeId], ...] = ()
    """Named values for explanations: name, value node, present node (records are left out)."""
    inputs: tuple[Field, ...] = ()
    params: tuple[ParamSpec, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    memories: tuple[MemorySpec, ...] = ()
    name: str = ""
