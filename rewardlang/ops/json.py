"""Texts parsed as JSON, as plain values or as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rewardlang.ops import json_meaning
from rewardlang.ops.builtin import Lists, Made, Parameter, Role, Rows
from rewardlang.ops.reductions import count_range
from rewardlang.ops.text import X
from rewardlang.types import INT, JSON, Element, RecordElement, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewardlang.columns.column import JsonColumn, Ragged
    from rewardlang.columns.texts import Texts
    from rewardlang.facts import Interval

RECORD = Parameter("record", (), role=Role.RECORD, default=None)
DIALECT = Parameter("dialect", (), role=Role.WORD, default="strict", words=("strict", "python"))
VALUE = Parameter("x", (JSON,))


def parsed(x: Texts, dialect: str) -> JsonColumn:
    """Each text as a JSON value, none where it is no JSON."""
    from rewardlang.columns import json
    from rewardlang.columns.column import JsonColumn

    return JsonColumn(*json.parse(x.buffer, x.starts, x.ends, dialect))  # type: ignore[arg-type] # one of the words


def _element(options: Mapping[str, Any]) -> Element:
    return options.get("record") or JSON


def _entry(value: Any, record: RecordElement | None) -> Any:
    return json_meaning.present(value) if record is None else json_meaning.record(value, record)


def _entries(values: list[Any], record: RecordElement | None) -> list[Any] | None:
    found = [_entry(value, record) for value in values]
    return None if any(entry is None for entry in found) else found


def _list(value: Any, record: RecordElement | None) -> list[Any] | None:
    return _entries(value, record) if isinstance(value, list) else None


def _decoded(present: Any, values: Ragged, record: RecordElement | None) -> Any:
    from rewardlang.columns.decode import every, only, valid

    if record is not None:
        present = present & every(values.offsets, valid(values.column, record))
    return only(values, present), present


def _lists(values: JsonColumn, record: RecordElement | None) -> Any:
    from rewardlang.columns.decode import entries

    return _decoded(*entries(values), record)


class ParseJson(Rows):
    """The JSON value that a text is, or the record that it decodes to.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no JSON; with a record, where it is no object with every required field; where x is missing.
    Errors: none.
    Source: strict: RFC 8259; python: what Python's `json.loads` accepts, also `NaN` and `Infinity`, no integer of more
        than 4,300 digits. Of repeated keys the last counts; more than 900 levels are no value; the text `null`
        is one.
    Example: (number(json("[1, 2]")[1]) ?? 0) == 2
    """

    name = "json"
    parameters = (X, RECORD, DIALECT)
    result = None
    partial = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _element(options)

    def one(self, x: str, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        value = json_meaning.load(x, dialect)
        return value if record is None else json_meaning.record(value, record)

    def rows(self, x: Texts, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        from rewardlang.columns.decode import kept, valid

        values = parsed(x, dialect)
        return (values, values.nodes >= 0) if record is None else kept(values, valid(values, record))


class ParseList(Lists):
    """The elements of the JSON array that a text is, or the records that they decode to.

    Shapes: x: any axes; the result has the new axis `item`.
    Units: none.
    Missing: as a whole where x is no JSON array; with a record, where an element does not decode; where x is missing.
    Errors: none.
    Source: as `json`; a null among the elements is a value.
    Example: present(json_list("[1, null]")) and not present(json_list("1"))
    """

    name = "json_list"
    parameters = (X, RECORD, DIALECT)
    result = None
    makes = Made("item")
    partial = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _element(options)

    def one(self, x: str, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        return _list(json_meaning.load(x, dialect), record)

    def lists(self, x: Texts, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        return _lists(parsed(x, dialect), record)


class ListOf(Lists):
    """The elements of a JSON array, or the records that they decode to.

    Shapes: x: any axes; the result has the new axis `item`.
    Units: none.
    Missing: as a whole where x is no array; with a record, where an element does not decode; where x is missing.
    Errors: none; `dialect` changes nothing for a value that is already parsed.
    Source: a null among the elements is a value.
    Example: present(json_list(json("[]")))
    """

    name = "json_list"
    parameters = (VALUE, RECORD, DIALECT)
    result = None
    makes = Made("item")
    partial = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _element(options)

    def one(self, x: Any, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        return _list(x, record)

    def lists(self, x: JsonColumn, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        return _lists(x, record)


class ListLength(Rows):
    """How many elements a JSON array has: the compiler counts them so where nothing looks at them.

    Shapes: x: any axes.
    Units: none.
    Missing: where x is no array; where x is missing.
    Errors: none.
    Source: as Python's `len`; a null among the elements is a value.
    Example: count(json_list(json("[1, null]")) ?? []) == 2
    """

    name = "json_length"
    parameters = (VALUE,)
    result = INT
    partial = True
    internal = True

    def range(self, *ranges: Interval, **_: Any) -> Interval:
        return count_range(0, None)

    def one(self, x: Any) -> int | None:
        return len(x) if isinstance(x, list) else None

    def rows(self, x: JsonColumn) -> Any:
        from rewardlang.columns.json import lengths

        return lengths(x.tape, x.nodes)


class ParseLines(Lists):
    r"""The JSON values that the lines of a text are, or the records that they decode to.

    Shapes: x: any axes; the result has the new axis `item`, with at least one entry.
    Units: none.
    Missing: as a whole where a line is no JSON, with a record where it does not decode: so for an empty text, or an
        empty line between two others; where x is missing.
    Errors: none.
    Source: `[json(line) for line in lines(strip(x))]`.
    Example: present(json_lines("1\n2\n"))
    """

    name = "json_lines"
    parameters = (X, RECORD, DIALECT)
    result = None
    makes = Made("item")
    partial = True

    def element(self, types: Sequence[Type], options: Mapping[str, Any]) -> Element:
        return _element(options)

    def one(self, x: str, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        values = [json_meaning.load(line, dialect) for line in x.strip().split("\n")]
        return None if any(value is None for value in values) else _entries(values, record)

    def lists(self, x: Texts, record: RecordElement | None = None, dialect: str = "strict") -> Any:
        from rewardlang.columns import json
        from rewardlang.columns.column import JsonColumn, Ragged

        tape, present, offsets, nodes = json.parse_lines(x.buffer, x.starts, x.ends, dialect)  # type: ignore[arg-type] # one of the words
        return _decoded(present, Ragged(offsets, JsonColumn(tape, nodes)), record)


LIST_LENGTH = ListLength()
BUILTINS = (ParseJson(), ParseList(), ListOf(), LIST_LENGTH, ParseLines())
