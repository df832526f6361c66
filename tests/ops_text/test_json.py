"""Builtins on JSON: the column lowerings give what the plain Python says."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rewardlang.facts import Interval
from rewardlang.ops import json, json_parts, json_values
from rewardlang.ops.json_meaning import NULL, load
from rewardlang.ops.records import DECODE, ITEMS, MEMBER, PART
from rewardlang.types import BOOL, BOX, FLOAT, INT, JSON, POINT, TEXT, Axis, RecordElement, RecordField, Type
from tests.ops_text.json_values import dialects, documents, json_texts, values
from tests.ops_text.parity import agree, column, lowered, same, unpacked

if TYPE_CHECKING:
    from rewardlang.columns.column import JsonColumn
    from rewardlang.ops.builtin import Builtin

BUILTINS = (*json.BUILTINS, *json_parts.BUILTINS, *json_values.BUILTINS)
DOCUMENTS = st.lists(documents, max_size=5)
WRITTEN = st.lists(json_texts, max_size=5)


def named(name: str, element: str = "json") -> Builtin:
    return next(
        builtin
        for builtin in BUILTINS
        if builtin.name == name and element in [str(each) for each in builtin.parameters[0].accepts]
    )


def listed(element: Any, least: int = 0, most: int | None = None) -> Type:
    return Type(element, (Axis("record", "item", (), least, most),))


POINTS = RecordElement("Points", fields=(RecordField("a", Type(POINT)), RecordField("b", Type(BOX).lacking(()))))
CALL = RecordElement(
    "Call",
    fields=(
        RecordField("name", Type(TEXT)),
        RecordField("a", Type(JSON)),
        RecordField("b", Type(INT, range=Interval(-(2**31), 2**31 - 1)).lacking(())),
        RecordField("é", Type(FLOAT, range=Interval(0, 2)).lacking(())),
        RecordField("", Type(BOOL).lacking(())),
    ),
)
LISTS = RecordElement(
    "Lists",
    fields=(
        RecordField("a", listed(FLOAT, most=2)),
        RecordField("b", listed(TEXT).lacking(())),
        RecordField("name", listed(JSON, least=1).lacking(())),
        RecordField("é", listed(INT, 2, 2).lacking(())),
    ),
)
INNER = RecordElement("Inner", fields=(RecordField("a", Type(INT)),))
OUTER = RecordElement("Outer", fields=(RecordField("a", Type(INNER)), RecordField("b", listed(INNER).lacking(()))))
RECORDS = (POINTS, CALL, LISTS, INNER, OUTER)
GOOD = [
    '{"a": [1, 2], "b": [1, 2, 3, 4]}',
    '{"a": [1, 2], "b": null}',
    '{"name": "f", "a": {"x": 1}, "b": 1.0, "é": 0.5, "": true}',
    '{"name": "f", "a": [], "b": 2.5, "é": 7, "": 1}',
    '{"name": "f", "a": null}',
    '{"a": [1, 2.5, 3], "b": ["x", "y"], "name": [null, 1], "é": [1, 2]}',
    '{"a": [], "b": ["x", 1], "name": [], "é": [1]}',
    '{"a": 1}',
    '{"a": 1e0, "a": 3000000000}',
    '{"a": {"a": 2}, "b": [{"a": 1}, {"a": 2, "x": 0}]}',
    '{"a": {"a": 2}, "b": [{"a": 1}, {"a": true}]}',
]
NEAR = st.lists(st.sampled_from(GOOD) | documents, max_size=6)


def fields_of(record: RecordElement, column: JsonColumn) -> list[dict[str, Any]]:
    """The rows of a column of JSON that fits the record, taken apart as the compiler does."""
    parts = {field.name: decoded(MEMBER.rows(column, key=field.name)[0], field.type) for field in record.fields}
    return [dict(zip(parts, row, strict=True)) for row in zip(*parts.values(), strict=True)]


def decoded(column: JsonColumn, type_: Type) -> list[Any]:
    if type_.axes:
        ragged, present = ITEMS.lists(column, type=type_)
        flat = decoded(ragged.column, type_.entry())
        part = [flat[start:end] for start, end in pairwise(ragged.offsets.tolist())]
    else:
        found, present = DECODE.rows(column, type=type_)
        part = fields_of(type_.element, found) if isinstance(type_.element, RecordElement) else unpacked(found)
    return [value if here else None for value, here in zip(part, present.tolist(), strict=True)]


@given(written=WRITTEN, dialect=dialects)
@example(written=["1" * 5000, "-" + "1" * 5000, "NaN", '{"a": 1e999, "a": 1}'], dialect="strict")
@example(written=["1" * 5000, "NaN", "[-Infinity]", '{"a": NaN, "a": 1}'], dialect="python")
def test_parsing(written: list[str], dialect: str) -> None:
    for name in ("json", "json_list", "json_lines"):
        agree(named(name, "text"), [column(written)], [(text,) for text in written], dialect=dialect)


@pytest.mark.parametrize("record", RECORDS, ids=str)
@given(written=NEAR)
def test_records(record: RecordElement, written: list[str]) -> None:
    builtin = named("json", "text")
    found, present = builtin.rows(column(written), record=record)
    rows = fields_of(record, found)
    wanted = [builtin.one(text, record=record) for text in written]
    assert same([row if here else None for row, here in zip(rows, present.tolist(), strict=True)], wanted)


@pytest.mark.parametrize("name", ["json_list", "json_lines"])
@given(lists=st.lists(NEAR, max_size=4), record=st.sampled_from(RECORDS))
def test_lists_of_records(name: str, lists: list[list[str]], record: RecordElement) -> None:
    written = ["\n".join(items) if name == "json_lines" else f"[{', '.join(items)}]" for items in lists]
    builtin = named(name, "text")
    ragged, present = builtin.lists(column(written), record=record)
    flat = fields_of(record, ragged.column)
    rows = [flat[start:end] for start, end in pairwise(ragged.offsets.tolist())]
    wanted = [builtin.one(text, record=record) for text in written]
    assert same([row if here else None for row, here in zip(rows, present.tolist(), strict=True)], wanted)
    assert all(not row for row, here in zip(rows, present.tolist(), strict=True) if not here)


ONE_VALUE = ["json_list", "keys", "is_list", "is_object", "number", "string", "truth", "as_point", "as_box"]
ONE_VALUE += ["floats", "texts", "points", "boxes", "entries"]
ARRAYS = st.lists(st.sampled_from(["[1, 2]", "[1, 2, 3, 4]", "[0, 1e999]", "1", '"a"', "null"]), max_size=3)


@pytest.mark.parametrize("name", ONE_VALUE)
@given(written=st.lists(documents | ARRAYS.map(lambda items: f"[{', '.join(items)}]"), max_size=6))
def test_of_one_value(name: str, written: list[str]) -> None:
    tape, wanted = values(written)
    agree(named(name), [tape], [(value,) for value in wanted])


PAIRS = st.lists(st.tuples(documents, documents) | documents.map(lambda text: (text, text)), max_size=5)


@pytest.mark.parametrize("name", ["==", "!=", "equals", "agreeing"])
@given(pairs=PAIRS, dialect=dialects)
def test_of_two_values(name: str, pairs: list[tuple[str, str]], dialect: str) -> None:
    (left, mine), (right, theirs) = (values([pair[side] for pair in pairs]) for side in (0, 1))
    present = [a is not None and b is not None for a, b in zip(mine, theirs, strict=True)]
    rows = np.flatnonzero(present)
    options = {"dialect": dialect} if name in ("equals", "agreeing") else {}
    agree(named(name), [left.take(rows), right.take(rows)], [(mine[row], theirs[row]) for row in rows], **options)


@given(written=DOCUMENTS, data=st.data())
def test_members_and_items(written: list[str], data: st.DataObject) -> None:
    tape, wanted = values(written)
    names = data.draw(st.lists(st.sampled_from(["a", "b", "", "é"]), min_size=len(written), max_size=len(written)))
    indices = data.draw(st.lists(st.integers(-3, 3), min_size=len(written), max_size=len(written)))
    agree(MEMBER, [tape], [(value,) for value in wanted], key="a")
    agree(named("member_at"), [tape, column(names)], list(zip(wanted, names, strict=True)))
    agree(named("item"), [tape, np.array(indices, np.int64)], list(zip(wanted, indices, strict=True)))


def test_nesting_has_a_bound() -> None:
    deep = ["[" * depth + '"\\ud800"' + "]" * depth for depth in (850, 900, 901)]
    tape, wanted = values(deep)
    assert (tape.nodes >= 0).tolist() == [value is not None for value in wanted] == [True, True, False]
    pair = (tape.take(np.array([0, 0])), tape.take(np.array([0, 1])))
    agree(named("=="), pair, [(wanted[0], wanted[0]), (wanted[0], wanted[1])])


def test_a_null_is_a_value_of_its_own_but_no_member() -> None:
    assert load("null", "strict") is NULL
    assert lowered(named("json", "text"), column(["null", "nul"])) == [NULL, None]
    tape, _ = values(['{"a": null}', "[null]"])
    assert lowered(MEMBER, tape, key="a") == [None, None]
    assert lowered(named("item"), tape, np.array([0, 0])) == [None, None]
    assert lowered(named("json_list"), tape) == [None, [NULL]]


def test_the_fields_of_entries() -> None:
    tape, _ = values(['{"a": 1, "b": null, "a": 2}', "3"])
    ragged, present = named("entries").lists(tape)
    fields = named("entries").element((), {}).fields
    parts = {field.name: PART.rows(ragged.column, key=field.name, type=field.type) for field in fields}
    assert present.tolist() == [True, False]
    assert unpacked(parts["key"]) == ["a", "b"]
    assert unpacked(parts["value"]) == [2, NULL]


def test_ranges_and_bounds_are_checked() -> None:
    tape, wanted = values(["3", "[1, 2, 3]", "[1]", "1e0", "2.5", "2147483648"])
    rows = [(value,) for value in wanted]
    agree(DECODE, [tape], rows, type=Type(FLOAT, range=Interval(0, 2)))
    agree(DECODE, [tape], rows, type=Type(INT))
    assert lowered(DECODE, tape, type=Type(INT)) == [3, None, None, 1, None, None]
    for least, most in ((2, 2), (3, 3), (0, 2)):
        agree(ITEMS, [tape], rows, type=listed(FLOAT, least, most))
    assert lowered(ITEMS, tape, type=listed(FLOAT, 0, 2))[1:3] == [[1, 2], [1]]


def test_a_null_fits_no_entry_of_a_declared_list() -> None:
    record = RecordElement("Nulls", fields=(RecordField("a", listed(JSON)),))
    assert lowered(named("json", "text"), column(['{"a": [1]}', '{"a": [null]}']), record=record) == [{"a": [1]}, None]


def test_agreeing_takes_no_time_that_grows_with_the_square() -> None:
    written = "{" + ", ".join(f'"{key}": {key}' for key in range(40_000)) + "}"
    tape, _ = values([written, written.replace(" 7", " 8")])
    found = named("agreeing").lists(tape.take(np.array([0])), tape.take(np.array([1])))
    assert found.offsets.tolist() == [0, len(found.column)]
    assert 30_000 < len(found.column) < 40_000
