"""Builtins that the compiler makes to take records apart: members, items, typed values, groups of a match.

A value of a wrong type is missing; numbers, bools and texts are never coerced into each other; `null` is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.facts import FULL, Interval
from rewardlang.ops import json_meaning
from rewardlang.ops.builtin import Lists, Made, Parameter, Role, Rows
from rewardlang.types import INT, JSON, TEXT, Element, RecordElement, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import Bundle, Captures, JsonColumn

_JSON = Parameter("x", (JSON,))
_TYPE = Parameter("type", (), role=Role.CONST)
CAPTURES = Element("captures")
"""What the groups of a pattern matched: rows of `columns.column.Captures`."""
BUNDLE = Element("bundle")
"""Several columns of one length: rows of `columns.column.Bundle`."""


class Member(Rows):
    r"""The value of one key of a JSON object: `x.key`, `x["key"]`.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no object, or has no such key, or null there; where x is missing.
    Errors: none.
    Source: RFC 8259; the last of repeated keys.
    Example: (number(json("{\"a\": 1}").a) ?? 0) == 1
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

        found = x.at(key)
        return found, (found.nodes >= 0) & ~json.is_null(x.tape, found.nodes)


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
        from rewardlang.columns.decode import decode

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

        from rewardlang.columns.decode import entries, fits, kept, shortened

        values, present = kept(x, fits(x, type))
        ragged = entries(values)[1]
        most = type.axes[0].most
        return ragged if most is None else shortened(ragged, np.minimum(ragged.lengths, most)), present


class Capture(Rows):
    """What one group of a match captured; group 0 is the whole match.

    Shapes: x: any axes.
    Units: none.
    Missing: where the group took no part in the match.
    Errors: none.
    Source: groups of Python's `re`.
    """

    name = "capture"
    parameters = (Parameter("x", (CAPTURES,)), Parameter("group", (INT,), role=Role.CONST))
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


MEMBER, DECODE, ITEMS, CAPTURE, PART = Member(), Decode(), Items(), Capture(), Part()
RECORDS = (MEMBER, DECODE, ITEMS, CAPTURE, PART)
