"""What a module declares beside expressions: fields, params, memories and models, as every later stage knows them."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from rewardlang.source.frozen import frozen

if TYPE_CHECKING:
    from rewardlang.source import Span
    from rewardlang.types.type import Type

Value = Any
"""A bool, number or text, or lists of them (points and boxes as tuples): what stands for an absent column."""


@frozen
class Field:
    """A field of a reward or model: `default` is what stands for an absent column, None where nothing does."""

    name: str
    type: Type
    default: Value = None

    @property
    def required(self) -> bool:
        """Whether there must be a column: a field without a default that cannot be missing."""
        return self.default is None and not self.type.optional


@frozen
class ParamSpec:
    """A `param`: `type` is a float, int or bool with its range."""

    name: str
    type: Type
    default: bool | int | float


@frozen
class MemorySpec:
    """A `memory`: a ring of `capacity` entries, or one value from `initial`; one state a lane where `per_sample`."""

    name: str
    type: Type
    capacity: int | None
    initial: float | None
    per_sample: bool
    reset: str | None


@frozen
class BackendSpec:
    """The backend of a model: its name, and the options that it is given.

    Values are texts, tuples of texts, numbers, bools, `check.core.PromptTemplate` or `check.core.ReplyDef`.
    """

    name: str
    options: tuple[tuple[str, Any], ...]
    written: str
    span: Span | None = field(default=None, repr=False)


@frozen
class ModelSpec:
    """A `model`: its signature, and its backend where the module has one."""

    name: str
    fields: tuple[Field, ...]
    result: Type
    backend: BackendSpec | None = None
    span: Span | None = field(default=None, repr=False)
