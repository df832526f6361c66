"""Typed expressions: what the checker leaves to the lowering.

Names are resolved, defs and rewards inlined, axes chosen, every node typed (`Type` with axes, levels of missing and
range). Missing is still implicit: the lowering makes it explicit. `key` says what a node computes: equal keys, equal
values; it is the identity of the lists that a node makes.
"""

from __future__ import annotations

from dataclasses import field, fields
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from rewardlang.ops.builtin import Builtin
from rewardlang.source.frozen import frozen, frozen_identity
from rewardlang.types import Axis, RecordElement

if TYPE_CHECKING:
    from rewardlang.source import Span
    from rewardlang.types import Type
    from rewardlang.types.declared import MemorySpec, ModelSpec, ParamSpec


@frozen_identity
class Core:
    """A typed expression."""

    type: Type
    span: Span = field(repr=False)

    @cached_property
    def key(self) -> str:
        """A digest of what the node computes, names of locals and places in the text left out."""
        parts = (_written(getattr(self, f.name)) for f in fields(self) if f.name not in ("type", "span", "logged"))
        text = f"{type(self).__name__}({','.join(parts)})"
        return blake2b(text.encode(), digest_size=12).hexdigest()


def _written(value: Any) -> str:
    match value:
        case Core():
            return value.key
        case tuple():
            return "(" + ",".join(_written(item) for item in value) + ")"
        case Axis():
            return value.identity
        case Builtin():
            return f"{value.name}@{value.version}"
        case RecordElement():
            return repr(value)
        case Entry():
            return _written((value.labels, value.value, value.weight, value.mark))
        case _:
            return f"{type(value).__name__}:{value!r}"


@frozen_identity
class Constant(Core):
    """A bool, int, float or text known when compiling."""

    value: bool | int | float | str


@frozen_identity
class Input(Core):
    """A field of the reward that is compiled. Its `type` may be a record, may be missing (an optional field)."""

    name: str


@frozen_identity
class ParamValue(Core):
    """The value of a `param`, traced."""

    name: str


@frozen_identity
class MemoryValue(Core):
    """What a `memory` held before the call."""

    name: str


@frozen_identity
class Symbol(Core):
    """A variable bound by an enclosing `Scan`: the carry, or an entry of a scanned list."""

    name: str


@frozen_identity
class Apply(Core):
    """A builtin applied.

    `consumed[i]` are the axes of operand i that the builtin consumes, in the order of the parameter's axis variables
    (`over (a, b)` of a reduction consumes both). Other axes of the operands are broadcast by identity. `made` is the
    axis that a list-making builtin adds. `across` is GROUP or BATCH where the reduction is over samples: then nothing
    is consumed, and the result has the operand's axes. `missing` says what a consuming builtin does with missing
    entries: `refuse` (there are none), `skip`, or `spread` (the result is missing where any entry is).
    """

    builtin: Builtin
    operands: tuple[Core, ...]
    options: tuple[tuple[str, Any], ...] = ()
    consumed: tuple[tuple[Axis, ...], ...] = ()
    made: Axis | None = None
    across: Axis | None = None
    missing: str = "refuse"


@frozen_identity
class Project(Core):
    """A field of a record."""

    of: Core
    name: str


@frozen_identity
class Select(Core):
    """`if condition then yes else no`: only the taken branch counts, for its presence too."""

    condition: Core
    yes: Core
    no: Core


@frozen_identity
class Coalesce(Core):
    """`value ?? default`. Where `default` is an empty `ListOf`, a missing list becomes an empty one of its axis."""

    value: Core
    default: Core


@frozen_identity
class Present(Core):
    """Whether `of` is present, over the axes of its levels of missing."""

    of: Core


@frozen_identity
class Assume(Core):
    """`of`, known to be present where the result is used."""

    of: Core


@frozen_identity
class Strict(Core):
    """`of`, missing where any of `guards` is: the call of a def with arguments that may be missing."""

    of: Core
    guards: tuple[Core, ...]


@frozen_identity
class Logic(Core):
    """`and` or `or` of bools, Kleene: `false and missing` is false."""

    operator: str
    operands: tuple[Core, ...]


@frozen_identity
class ListOf(Core):
    """A list literal, over `axis` (of fixed size), its items broadcast against each other."""

    items: tuple[Core, ...]
    axis: Axis


@frozen_identity
class Position(Core):
    """`index(axis)`: 0, 1, 2, … along an axis."""

    axis: Axis


@frozen_identity
class Relabel(Core):
    """`rename(x, old: new)`: `of` with the axis `old` replaced by `new`, another identity of the same lengths."""

    of: Core
    old: Axis
    new: Axis


@frozen_identity
class Cut(Core):
    """A list cut along `old`; `new` has the bound (`let x: T[a 0..64] = …`)."""

    of: Core
    old: Axis
    new: Axis


@frozen_identity
class Scan(Core):
    """`scan(step, x, y over axis, start: s)`: the carries after each step, along `axis`.

    `body` holds the Symbols `carry` and `names[i]`, and may use values from outside.
    """

    start: Core
    operands: tuple[Core, ...]
    axis: Axis
    carry: str
    names: tuple[str, ...]
    body: Core


@frozen_identity
class ModelCall(Core):
    """A call of a `model`. `consumed` are the axes of each operand that it takes as a whole.

    `traced`: it is part of the device function.
    """

    model: str
    operands: tuple[Core, ...]
    consumed: tuple[tuple[Axis, ...], ...] = ()
    traced: bool = False


@frozen
class Entry:
    """An entry of a `Tree`. A bare block has no label; several labels are `choose`'s, whose `("else",)` is the rest."""

    labels: tuple[str, ...]
    value: Core
    weight: Core | None
    mark: str | None


@frozen_identity
class Tree(Core):
    """A block. `subject`: the condition of `gate`, the text of `choose`. `principles` became a `mean` of models.

    `logged`: it stands in the reward's tree, so that its labels are those of terms.
    """

    kind: str
    subject: Core | None
    entries: tuple[Entry, ...]
    logged: bool


# --- what a module declares ------------------------------------------------------------------------------------------


@frozen
class InputField:
    """A field of a reward: `default` is the Core for an absent column, None where the column is required.

    An optional field without a default is missing where its column is absent.
    """

    name: str
    type: Type
    default: Core | None


@frozen
class FieldName:
    """`{field}` in a prompt."""

    name: str


@frozen
class PromptTemplate:
    """A prompt: literal parts and fields of the model in turn."""

    parts: tuple[str | FieldName, ...]


@frozen
class ReplyDef:
    """A def of the module that reads a reply: a reward of the one field `reply`."""

    reward: CheckedReward


@frozen
class RememberCore:
    """`remember memory = value when condition`."""

    memory: str
    value: Core
    when: Core | None


@frozen
class CheckedReward:
    """A reward, property or example: fields, body, and what it uses.

    `lets` are the named values of the body in order, for explanations. A property or example has a bool body, no
    fields for an example.
    """

    name: str
    kind: str
    inputs: tuple[InputField, ...]
    result: Type
    body: Core
    lets: tuple[tuple[str, Core], ...] = ()
    remembers: tuple[RememberCore, ...] = ()
    params: tuple[ParamSpec, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    memories: tuple[MemorySpec, ...] = ()
    span: Span | None = field(default=None, repr=False)
