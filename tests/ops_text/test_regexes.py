"""Builtins on regular expressions: the column lowerings give what Python's `re` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.ops import regexes
from rewardlang.ops.records import CAPTURE, PART
from rewardlang.types import INT, TEXT, RecordElement, Type
from tests.ops_text.parity import agree, column, columns, lowered, unpacked

if TYPE_CHECKING:
    from rewardlang.columns.column import Captures

BUILTINS = {builtin.name: builtin for builtin in regexes.BUILTINS}
PLAIN = [
    ("a", ""),
    ("<a>(?:.*?)</a>", "s"),
    (r"\d+", ""),
    ("", ""),
    ("^.*$", "m"),
    (r"\s*", ""),
    ("[^<>]+", "i"),
    ("A|é", "i"),
]
GROUP = [("<a>(.*?)</a>", "s"), ("a(b)?", ""), (r"(\s)|a", ""), ("()", "")]
NAMED = [("(?P<first>a)|(?P<second>b)", ""), ("<(?P<tag>[^>]*)>(?P<rest>.)?", "s"), ("(?P<only>b?)", "")]


@pytest.mark.parametrize("name", ["matches", "full_match", "count_matches", "spans"])
@given(values=columns, pattern=st.sampled_from(PLAIN + GROUP + NAMED))
def test_where_a_pattern_matches(name: str, values: list[str], pattern: tuple[str, str]) -> None:
    agree(BUILTINS[name], [column(values)], [(value,) for value in values], pattern=pattern)


@pytest.mark.parametrize("name", ["find", "find_last", "find_all"])
@given(values=columns, pattern=st.sampled_from(PLAIN + GROUP))
def test_texts_that_a_pattern_captures(name: str, values: list[str], pattern: tuple[str, str]) -> None:
    assert BUILTINS[name].element((), {"pattern": pattern}) == TEXT
    agree(BUILTINS[name], [column(values)], [(value,) for value in values], pattern=pattern)


@given(values=columns, pattern=st.sampled_from(NAMED), name=st.sampled_from(["find", "find_last"]))
def test_records_that_a_pattern_captures(values: list[str], pattern: tuple[str, str], name: str) -> None:
    builtin = BUILTINS[name]
    captures, present = builtin.rows(column(values), pattern=pattern)
    record = builtin.element((), {"pattern": pattern})
    assert isinstance(record, RecordElement)
    fields = fields_of(record, captures)
    found = [row if here else None for row, here in zip(fields, present.tolist(), strict=True)]
    assert found == [builtin.one(value, pattern=pattern) for value in values]


@given(values=columns, pattern=st.sampled_from(NAMED))
def test_lists_of_records_that_a_pattern_captures(values: list[str], pattern: tuple[str, str]) -> None:
    builtin = BUILTINS["find_all"]
    ragged = builtin.lists(column(values), pattern=pattern)
    fields = fields_of(builtin.element((), {"pattern": pattern}), ragged.column)
    found = [fields[start:end] for start, end in zip(ragged.offsets[:-1], ragged.offsets[1:], strict=True)]
    assert found == [builtin.one(value, pattern=pattern) for value in values]


def fields_of(record: RecordElement, captures: Captures) -> list[dict[str, str | None]]:
    fields = enumerate(record.fields, start=1)
    parts = {field.name: lowered(CAPTURE, captures, group=place) for place, field in fields}
    return [dict(zip(parts, row, strict=True)) for row in zip(*parts.values(), strict=True)]


def test_the_fields_of_spans() -> None:
    builtin = BUILTINS["spans"]
    ragged = builtin.lists(column(["é1b22", "3"]), pattern=(r"\d+", ""))
    parts = {
        field.name: unpacked(PART.rows(ragged.column, key=field.name, type=field.type))
        for field in builtin.element((), {}).fields
    }
    assert parts == {"start": [1, 3, 0], "end": [2, 5, 1], "text": ["1", "22", "3"]}


def test_named_groups_may_be_missing() -> None:
    record = BUILTINS["find"].element((), {"pattern": NAMED[0]})
    assert [(field.name, field.type) for field in record.fields] == [
        ("first", Type(TEXT).lacking(())),
        ("second", Type(TEXT).lacking(())),
    ]
    assert BUILTINS["spans"].element((), {}).fields[0].type.element == INT


@pytest.mark.parametrize("name", ["find", "find_last", "find_all"])
def test_several_groups_need_names(name: str) -> None:
    refuse = BUILTINS[name].refuse
    assert "name each" in (refuse((), {"pattern": ("(a)(b)", "")}) or "")
    assert refuse((), {"pattern": ("(?P<x>a)(b)", "")}) is not None
    assert refuse((), {"pattern": ("(?P<x>a)(?:b)", "")}) is None
