"""Records taken apart: internal builtins, one for each way in which a field is held.

A value of a record type is one column: of JSON objects that are known to fit the record, of the captures of a regular
expression, or of a bundle of columns. `unpack` says how each field comes out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.facts import FULL, Interval
from rewardlang.ops import json_meaning
from rewardlang.ops.builtin import Builtin, Lists, Made, Parameter, Role, Rows
from rewardlang.types import JSON, TEXT, Element, RecordElement, RecordField, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.bundle import Bundle
    from rewardlang.columns.column import Captures, Json

CAPTURES = Element("captures")
"""What the groups of a pattern matched: a column `Captures`."""
BUNDLE = Element("bundle")
"""Several columns of one length: a column `Bundle`."""

KEY = Parameter("key", (TEXT,), role=Role.CONST)
OF = Parameter("of", (), role=Role.RECORD)
"""The type that a field declares."""


def _declared(options: Mapping[str, Any]) -> Interval:
    range_: Interval | None = options["of"].range
    return FULL if range_ is None else range_


class Decode(Rows):
    """The field `key` of a record held as JSON, for a field that is no list. A nested record stays JSON.

    Shapes: x: any axes, JSON objects.
    Units: none.
    Missing: where there is no such key, or its value is not of the type `of`: never for a required field of a record
        that fits.
    Errors: none.
    Source: no coercion; an `int` is a number with a whole value, so 1.0 is 1; null is missing.
    Example: present(json("{}"))
    """

    name = "decode"
    parameters = (Parameter("x", (JSON,)), KEY, OF)
    result = None
    partial = True
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        element: Element = options["of"].element
        return element

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return _declared(options)

    def one(self, x: Any, key: str, of: Type) -> Any:
        return json_meaning.decode(x.get(key), of) if isinstance(x, dict) else None

    def rows(self, x: Json, key: str, of: Type) -> Any:
        from rewardlang.columns.decode import decode, field

        return decode(field(x, key), of)


class DecodeList(Lists):
    """The field `key` of a record held as JSON, for a list field.

    Shapes: x: any axes, JSON objects; the result has a new axis, that of the type `of`.
    Units: none.
    Missing: where there is no such key, or its value is no array whose entries are all of the type, or has too few.
    Errors: none.
    Source: entry by entry as `decode`; a null among `json` entries is a value; cut at the bound of the axis.
    Example: present(json("{}"))
    """

    name = "decode_list"
    parameters = (Parameter("x", (JSON,)), KEY, OF)
    result = None
    makes = Made("item")
    partial = True
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        element: Element = options["of"].element
        return element

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return _declared(options)

    def one(self, x: Any, key: str, of: Type) -> Any:
        return json_meaning.decode_list(x.get(key), of) if isinstance(x, dict) else None

    def lists(self, x: Json, key: str, of: Type) -> Any:
        from rewardlang.columns.decode import decode_list, field

        return decode_list(field(x, key), of)


class Capture(Rows):
    """What one group of a match captured.

    Shapes: x: any axes.
    Units: none.
    Missing: where the group took no part in the match.
    Errors: none.
    Source: as Python's `match[group]`; group 0 is the whole match.
    Example: (find("a1", /(?P<digit>[0-9])/).digit ?? "") == "1"
    """

    name = "capture"
    parameters = (Parameter("x", (CAPTURES,)), Parameter("group", role=Role.CONST))
    result = TEXT
    partial = True
    internal = True

    def one(self, x: Sequence[str | None], group: int) -> str | None:
        return x[group]

    def rows(self, x: Captures, group: int) -> Any:
        return x.group(group)


class Part(Rows):
    """One column of a bundle.

    Shapes: x: any axes.
    Units: those of the part.
    Missing: where x is.
    Errors: none.
    Source: the field of that name.
    Example: sum(spans("a1", /[0-9]/).start) == 1
    """

    name = "part"
    parameters = (Parameter("x", (BUNDLE,)), KEY, OF)
    result = None
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        element: Element = options["of"].element
        return element

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        return _declared(options)

    def one(self, x: Mapping[str, Any], key: str, of: Type) -> Any:
        return x[key]

    def rows(self, x: Bundle, key: str, of: Type) -> Any:
        return x.parts[key]


DECODE, DECODE_LIST, CAPTURE, PART = Decode(), DecodeList(), Capture(), Part()


@dataclass(frozen=True)
class Unpacking:
    """How one field comes out of the column that holds its record: a builtin on that column, with these options."""

    field: RecordField
    builtin: Builtin
    options: tuple[tuple[str, Any], ...]


def unpack(record: RecordElement, raw: Element) -> tuple[Unpacking, ...]:
    """The fields of a record whose values are held as `raw`: JSON, CAPTURES or BUNDLE.

    A field that is a record itself comes out as JSON again, to be unpacked in its turn.
    """
    return tuple(_field(item, place, raw) for place, item in enumerate(record.fields, start=1))


def _field(item: RecordField, place: int, raw: Element) -> Unpacking:
    if raw == CAPTURES:
        return Unpacking(item, CAPTURE, (("group", place),))
    options = (("key", item.name), ("of", item.type))
    if raw == BUNDLE:
        return Unpacking(item, PART, options)
    return Unpacking(item, DECODE_LIST if item.type.axes else DECODE, options)


BUILTINS: tuple[Builtin, ...] = (DECODE, DECODE_LIST, CAPTURE, PART)
