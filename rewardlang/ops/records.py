"""Builtins that take records apart: members of objects, items of arrays, typed values, groups, parts of bundles.

A value of a wrong type is missing; numbers, bools and texts are never coerced into each other; `null` is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import FULL, Interval
from rewardlang.ops import json_meaning
from rewardlang.ops.builtin import Lists, Made, Parameter, Role, Rows
from rewardlang.types import BOOL, BOX, FLOAT, INT, JSON, POINT, TEXT, Element, RecordElement, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import Bundle, Captures, Column, JsonColumn

_JSON = Parameter("x", (JSON,))
_TYPE = Parameter("type", (), role=Role.CONST)
_INT32 = 2**31 - 1
CAPTURES = Element("captures")
"""Matches of a regular expression with named groups: rows of `columns.column.Captures`."""
BUNDLE = Element("bundle")
"""Records that a builtin made of several columns: rows of `columns.column.Bundle`."""


class Member(Rows):
    """The value of one key of a JSON object.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no object, or has no such key, or null there.
    Errors: none.
    Source: RFC 8259; the last of repeated keys.
    """

    name = "member"
    parameters = (_JSON, Parameter("key", (TEXT,), role=Role.CONST))
    result = JSON
    partial = True
    internal = True

    def one(self, x: Any, key: str) -> Any:
        return x.get(key) if isinstance(x, dict) else None

    def rows(self, x: JsonColumn, key: str) -> Any:
        from rewardlang.columns import json
        from rewardlang.columns.column import JsonColumn

        found = json.lookup(x.tape, x.nodes, key.encode())
        return JsonColumn(x.tape, found), (found >= 0) & ~json.is_null(x.tape, found)


class Decode(Rows):
    """A JSON value as a value of `type`, which has no axes.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is of another type, or a number outside the range of `type`.
    Errors: none.
    Source: RFC 8259; numbers by value: an int is a whole number that fits into 32 bits, so 1.0 is 1.
    """

    name = "decode"
    parameters = (_JSON, _TYPE)
    partial = True
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        element: Element = options["type"].element
        return JSON if isinstance(element, RecordElement) else element

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        interval: Interval | None = options["type"].range
        return FULL if interval is None else interval

    def one(self, x: Any, type: Type) -> Any:  # noqa: A002 - the option's name
        # A record stays JSON: its fields are taken out one by one.
        found = json_meaning.decode(x, type)
        return x if isinstance(type.element, RecordElement) and found is not None else found

    def rows(self, x: JsonColumn, type: Type) -> Any:  # noqa: A002 - the option's name
        return decode(x, type)


class Items(Lists):
    """The items of a JSON array, for a `type` whose first axis they lie along.

    Shapes: x: any axes; makes the axis.
    Units: none.
    Missing: where x is no array, or its length or an item does not fit `type`.
    Errors: none; an array longer than the axis's bound is cut.
    Source: RFC 8259.
    """

    name = "items"
    parameters = (_JSON, _TYPE)
    result = JSON
    makes = Made("item")
    partial = True
    internal = True

    def one(self, x: Any, type: Type) -> Any:  # noqa: A002 - the option's name
        return None if json_meaning.decode(x, type) is None else x[: type.axes[0].most]

    def lists(self, x: JsonColumn, type: Type) -> Any:  # noqa: A002 - the option's name
        import numpy as np

        from rewardlang.columns import json
        from rewardlang.columns.column import JsonColumn, Ragged

        present = fits(x, type)
        _, offsets, nodes = json.elements(x.tape, np.where(present, x.nodes, -1))
        most = type.axes[0].most
        if most is not None and len(nodes) and (np.diff(offsets) > most).any():
            owner = np.repeat(np.arange(len(x)), np.diff(offsets))
            nodes = nodes[np.arange(len(nodes)) - offsets[owner] < most]
            offsets = np.concatenate(([0], np.cumsum(np.minimum(np.diff(offsets), most))))
        return Ragged(offsets, JsonColumn(x.tape, nodes)), present


class Group(Rows):
    """The text of one named group of a match.

    Shapes: x: any axes.
    Units: none.
    Missing: where the group took no part in the match.
    Errors: none.
    Source: named groups of Python's `re`.
    """

    name = "group"
    parameters = (Parameter("x", (CAPTURES,)), Parameter("group", (TEXT,), role=Role.CONST))
    result = TEXT
    partial = True
    internal = True

    def one(self, x: Mapping[str, str | None], group: str) -> str | None:
        return x[group]

    def rows(self, x: Captures, group: str) -> Any:
        return x.group(group)


class Part(Rows):
    """One column of a bundle.

    Shapes: x: any axes.
    Units: those of the part.
    Missing: where x is.
    Errors: none.
    Source: the field of that name.
    """

    name = "part"
    parameters = (Parameter("x", (BUNDLE,)), Parameter("key", (TEXT,), role=Role.CONST), _TYPE)
    internal = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        element: Element = options["type"].element
        return element

    def range(self, *ranges: Interval, **options: Any) -> Interval:
        interval: Interval | None = options["type"].range
        return FULL if interval is None else interval

    def one(self, x: Mapping[str, Any], key: str, type: Type) -> Any:  # noqa: A002 - the option's name
        return x[key]

    def rows(self, x: Bundle, key: str, type: Type) -> Any:  # noqa: A002 - the option's name
        return x.parts[key]


MEMBER, DECODE, ITEMS, GROUP, PART = Member(), Decode(), Items(), Group(), Part()
RECORDS = (MEMBER, DECODE, ITEMS, GROUP, PART)


def whole_missing(type_: Type) -> bool:
    """Whether a field of this type may be missing as a whole."""
    return frozenset() in type_.missing


def _entry(type_: Type) -> Type:
    """The type of one item of the first axis."""
    first = type_.axes[0]
    levels = frozenset(level - {first} for level in type_.missing if first in level)
    return Type(type_.element, type_.axes[1:], levels, type_.range)


# --- columns ----------------------------------------------------------------------------------------------------------


def decode(column: JsonColumn, type_: Type) -> tuple[Column, Any]:
    """(values, present) of a column of JSON values decoded as `type_`, which has no axes."""
    from rewardlang.columns import json
    from rewardlang.columns.texts import Texts

    tape, nodes = column.tape, column.nodes
    match type_.element:
        case RecordElement() as record:
            return column, conforms(column, record)
        case element if element == BOOL:
            return json.bools(tape, nodes)
        case element if element in (INT, FLOAT):
            return _decode_numbers(column, type_)
        case element if element == TEXT:
            spans, present = json.texts(tape, nodes)
            return Texts(spans.buffer, spans.starts, spans.ends), present
        case element if element in (POINT, BOX):
            return _decode_vectors(column, element.width)
    return column, (nodes >= 0) & ~json.is_null(tape, nodes)


def _decode_numbers(column: JsonColumn, type_: Type) -> tuple[Column, Any]:
    import numpy as np

    from rewardlang.columns import json

    values, present = json.numbers(column.tape, column.nodes)
    low, high = (float(end) for end in (type_.interval.low, type_.interval.high))
    present = present & (values >= low) & (values <= high)
    if type_.element == INT:
        present &= (values == np.floor(values)) & (np.abs(values) <= _INT32)
        return np.where(present, values, 0).astype(np.int64), present
    return np.where(present, values, 0.0), present


def _decode_vectors(column: JsonColumn, width: int) -> tuple[Column, Any]:
    import numpy as np

    from rewardlang.columns import json

    array, offsets, nodes = json.elements(column.tape, column.nodes)
    right = array & (np.diff(offsets) == width)
    numbers, finite = json.numbers(column.tape, nodes)
    places = np.where(right, offsets[:-1], 0)[:, None] + np.arange(width)
    if not len(nodes):
        return np.zeros((len(column), width)), right & False
    places = np.minimum(places, len(nodes) - 1)
    present = right & finite[places].all(axis=1)
    return np.where(present[:, None], numbers[places], 0.0), present


def fits(column: JsonColumn, type_: Type) -> Any:
    """bool[rows]: where a JSON value is one of `type_`, lists included."""
    import numpy as np

    from rewardlang.columns import json
    from rewardlang.columns.column import JsonColumn

    if not type_.axes:
        return decode(column, type_)[1]
    present, offsets, nodes = json.elements(column.tape, column.nodes)
    lengths = np.diff(offsets)
    axis, entry = type_.axes[0], _entry(type_)
    present = present & (lengths >= axis.least) & (axis.size is None or lengths == axis.size)
    if whole_missing(entry):
        return present
    bad = np.concatenate(([0], np.cumsum(~fits(JsonColumn(column.tape, nodes), entry))))
    return present & (bad[offsets[1:]] == bad[offsets[:-1]])


def conforms(column: JsonColumn, record: RecordElement) -> Any:
    """bool[rows]: where a JSON value is an object with every required field of the record."""
    from rewardlang.columns import json
    from rewardlang.columns.column import JsonColumn

    present = json.kinds(column.tape, column.nodes) == json.OBJECT
    for field in record.fields:
        if not whole_missing(field.type):
            nodes = json.lookup(column.tape, column.nodes, field.name.encode())
            present &= fits(JsonColumn(column.tape, nodes), field.type)
    return present


BUILTINS = RECORDS
