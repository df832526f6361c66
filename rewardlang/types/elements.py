"""The elements of values: what one entry of a column, or of a list, is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewardlang.types.type import Type


@dataclass(frozen=True)
class Element:
    """A kind of entry. `width` is the number of trailing components on the device; 0 where it never gets there."""

    name: str
    width: int = 0
    numeric: bool = False

    @property
    def host_only(self) -> bool:
        """Whether values of it live on the host alone."""
        return self.width == 0

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class RecordField:
    """A field of a record. An optional field of a wrong type is missing; a required one makes the record missing."""

    name: str
    type: Type


@dataclass(frozen=True)
class RecordElement(Element):
    """A product of fields, decoded from JSON by name."""

    fields: tuple[RecordField, ...] = ()

    def field(self, name: str) -> RecordField | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


BOOL = Element("bool", 1, numeric=True)
INT = Element("int", 1, numeric=True)
FLOAT = Element("float", 1, numeric=True)
TEXT = Element("text")
JSON = Element("json")
POINT = Element("point", 2)
BOX = Element("box", 4)
IMAGE = Element("image")

ELEMENTS = {element.name: element for element in (BOOL, INT, FLOAT, TEXT, JSON, POINT, BOX, IMAGE)}
