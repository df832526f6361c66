"""What a model of a spec is: its fields and its result, and the templates that its prompts are made from."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Parameter:
    """A field of a model. One of a group holds a list, an entry a member."""

    name: str
    element: str
    is_group: bool = False


@dataclass(frozen=True, init=False)
class ModelSignature:
    """The name, fields and result of a model, as the spec declares them; the result lies in `low..high`."""

    name: str
    fields: tuple[Parameter, ...]
    result: str
    low: float
    high: float

    def __init__(
        self, name: str, fields: tuple[tuple[str, str, bool], ...], result: str, low: float = -inf, high: float = inf
    ) -> None:
        values = (name, tuple(Parameter(*field) for field in fields), result, float(low), float(high))
        for attribute, value in zip(("name", "fields", "result", "low", "high"), values, strict=True):
            object.__setattr__(self, attribute, value)

    @property
    def texts(self) -> list[str]:
        """The names of the text fields that are no lists."""
        return [field.name for field in self.fields if field.element == "text" and not field.is_group]

    @property
    def images(self) -> list[str]:
        """The names of the fields that hold images."""
        return [field.name for field in self.fields if field.element == "image"]

    @property
    def groups(self) -> list[str]:
        """The names of the fields that hold a list."""
        return [field.name for field in self.fields if field.is_group]


@dataclass(frozen=True)
class Field:
    """The place of a field in a template."""

    name: str


@dataclass(frozen=True)
class Template:
    """A text with places for fields: what a field holds is put there as it is, and never read as a template itself."""

    parts: tuple[str | Field, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it names, in order."""
        return tuple(part.name for part in self.parts if isinstance(part, Field))
