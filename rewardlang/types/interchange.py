"""Types as JSON: axes stand in a table, and what has them names their places in it.

Ends of ranges are texts, exact: `1/3`, `-inf`.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from rewardlang.diagnostics import CallError
from rewardlang.facts import Interval
from rewardlang.types.axes import Axis
from rewardlang.types.elements import ELEMENTS, Element, RecordElement, RecordField
from rewardlang.types.type import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Places = tuple[int, ...]
Ends = tuple[str, str]
_END = re.compile(r"-?(?:inf|\d{1,1000}(?:/\d{1,1000})?)")
"""Longer numbers than any range has would take long to read."""


class Part(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a JSON document: only what differs from the defaults is written, and nothing unknown is read."""


class AxisPart(Part):
    """An `Axis`; parents stand before it in the table."""

    identity: str
    name: str
    parents: Places = ()
    least: int = 0
    most: int | None = None


class RecordPart(Part):
    """A `RecordElement`."""

    name: str
    fields: tuple[FieldPart, ...]


class TypePart(Part):
    """A `Type`."""

    element: str | RecordPart
    axes: Places = ()
    missing: tuple[Places, ...] = ()
    range: Ends | None = None
    traced: str | None = None


class FieldPart(Part):
    """A `RecordField`."""

    name: str
    type: TypePart


class TypeWriter:
    """Writes types; `axes` is the table so far."""

    def __init__(self) -> None:
        self.axes: list[AxisPart] = []
        self._places: dict[tuple[Any, ...], int] = {}

    def axis(self, axis: Axis) -> int:
        """The place of an axis in the table. Axes that are equal but named otherwise have places of their own."""
        parents = self.places(axis.parents)
        key = (axis.identity, axis.name, parents, axis.least, axis.most)
        if key not in self._places:
            self._places[key] = len(self.axes)
            self.axes.append(
                AxisPart(identity=axis.identity, name=axis.name, parents=parents, least=axis.least, most=axis.most)
            )
        return self._places[key]

    def places(self, axes: Iterable[Axis]) -> Places:
        """The places of axes."""
        return tuple(self.axis(axis) for axis in axes)

    def type(self, type_: Type) -> TypePart:
        """A type."""
        missing = tuple(sorted(tuple(sorted(self.places(level))) for level in type_.missing))
        ends = None if type_.range is None else (str(type_.range.low), str(type_.range.high))
        element = self.record(type_.element) if isinstance(type_.element, RecordElement) else type_.element.name
        return TypePart(element=element, axes=self.places(type_.axes), missing=missing, range=ends, traced=type_.traced)

    def record(self, record: RecordElement) -> RecordPart:
        """A record."""
        fields = tuple(FieldPart(name=field.name, type=self.type(field.type)) for field in record.fields)
        return RecordPart(name=record.name, fields=fields)


class TypeReader:
    """Reads types, by a table of axes. `elements` are those beside the language's own.

    Raises:
        CallError: on a place that is not in the table, an unknown element, or a range that is none.
    """

    def __init__(self, axes: Sequence[AxisPart], elements: Mapping[str, Element] | None = None) -> None:
        self._elements = {**ELEMENTS, **(elements or {})}
        self._axes: list[Axis] = []
        for part in axes:
            parents = self.axes(part.parents)
            self._axes.append(Axis(part.identity, part.name, parents, part.least, part.most))

    def axis(self, place: int) -> Axis:
        """The axis at a place."""
        if not 0 <= place < len(self._axes):
            raise CallError(f"there is no axis {place} before this place")
        return self._axes[place]

    def axes(self, places: Iterable[int]) -> tuple[Axis, ...]:
        """The axes at these places."""
        return tuple(self.axis(place) for place in places)

    def type(self, part: TypePart) -> Type:
        """A type."""
        missing = frozenset(frozenset(self.axes(level)) for level in part.missing)
        element = self._element(part.element)
        if element.numeric != (part.range is not None):
            raise CallError(f"a number has a range, and nothing else has: `{element}`")
        return Type(element, self.axes(part.axes), missing, self._interval(part.range), part.traced)

    def record(self, part: RecordPart) -> RecordElement:
        """A record."""
        fields = tuple(RecordField(field.name, self.type(field.type)) for field in part.fields)
        return RecordElement(part.name, fields=fields)

    def _element(self, part: str | RecordPart) -> Element:
        if isinstance(part, RecordPart):
            return self.record(part)
        if part not in self._elements:
            raise CallError(f"there is no element `{part}`")
        return self._elements[part]

    def _interval(self, ends: Ends | None) -> Interval | None:
        if ends is None:
            return None
        low, high = (_end(text) for text in ends)
        if low > high:
            raise CallError(f"`{ends[0]}` to `{ends[1]}` is no range")
        return Interval(low, high)


def _end(text: str) -> Any:
    if not _END.fullmatch(text):
        raise CallError(f"`{text[:40]}` is no end of a range")
    if text.endswith("inf"):
        return -math.inf if text.startswith("-") else math.inf
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise CallError(f"`{text[:40]}` is no end of a range") from None
