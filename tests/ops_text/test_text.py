"""Builtins on texts: the column lowerings give what the plain Python says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.ops import text, text_compare, text_lists, text_numbers, text_parts
from tests.ops_text.parity import agree, column, columns, numbers, ragged, tags, texts

if TYPE_CHECKING:
    from rewardlang.ops.builtin import Builtin

PARTS = st.one_of(st.sampled_from(["", "a", "<a>", "é", " ", "\n", "ab", "😀"]), texts)
SEPARATORS = PARTS.filter(bool)
PAIRS = st.lists(st.tuples(texts, PARTS), max_size=6)
WHICH = st.sampled_from(["first", "last"])


def named(module: object, name: str, element: str = "text") -> Builtin:
    return next(
        builtin
        for builtin in module.BUILTINS
        if builtin.name == name and element in [str(e) for e in builtin.parameters[0].accepts]
    )


@pytest.mark.parametrize("name", ["length", "strip", "lower", "upper"])
@given(values=columns)
def test_of_one_text(name: str, values: list[str]) -> None:
    agree(named(text, name), [column(values)], [(value,) for value in values])


@given(values=columns, chars=st.text(alphabet="<>a é\n😀", min_size=1, max_size=3))
def test_strip_drops_a_set_of_characters(values: list[str], chars: str) -> None:
    agree(named(text, "strip"), [column(values)], [(value,) for value in values], text=chars)


@pytest.mark.parametrize("name", ["contains", "starts_with", "ends_with"])
@given(pairs=PAIRS, shared=st.booleans())
def test_of_a_text_and_a_part(name: str, pairs: list[tuple[str, str]], shared: bool) -> None:  # noqa: FBT001 - Hypothesis gives it by name
    check_parts(named(text, name), pairs, shared=shared)


@pytest.mark.parametrize("name", ["position", "before", "after"])
@given(pairs=PAIRS, shared=st.booleans(), which=WHICH)
def test_of_an_occurrence(name: str, pairs: list[tuple[str, str]], shared: bool, which: str) -> None:  # noqa: FBT001 - Hypothesis gives it by name
    check_parts(named(text_parts, name), pairs, shared=shared, which=which)


def check_parts(builtin: Builtin, pairs: list[tuple[str, str]], *, shared: bool, **options: str) -> None:
    if shared:
        pairs = [(left, pairs[0][1]) for left, _ in pairs]
    parts = column([right for _, right in pairs])
    if shared and pairs:
        parts = parts.take(np.zeros(len(pairs), np.int64))
    agree(builtin, [column([left for left, _ in pairs]), parts], pairs, **options)


@given(values=st.lists(tags.map("".join), max_size=6), ends=st.tuples(PARTS, PARTS), which=WHICH)
def test_between(values: list[str], ends: tuple[str, str], which: str) -> None:
    options = {"open": ends[0], "close": ends[1], "which": which}
    agree(named(text_parts, "between"), [column(values)], [(value,) for value in values], **options)


@given(values=columns, old=SEPARATORS, new=PARTS)
def test_replace(values: list[str], old: str, new: str) -> None:
    agree(named(text, "replace"), [column(values)], [(value,) for value in values], old=old, new=new)


@given(values=columns, start=st.integers(-9, 9), end=st.none() | st.integers(-9, 9))
def test_slice(values: list[str], start: int, end: int | None) -> None:
    agree(named(text, "slice"), [column(values)], [(value,) for value in values], start=start, end=end)


@pytest.mark.parametrize("name", ["==", "equals", "!=", "<", "<=", ">", ">=", "+"])
@given(pairs=PAIRS, twins=st.lists(texts, max_size=3))
def test_of_two_texts(name: str, pairs: list[tuple[str, str]], twins: list[str]) -> None:
    pairs = pairs + [(twin, twin) for twin in twins]
    agree(
        named(text_compare, name), [column(list(side)) for side in zip(*pairs, strict=True)] or [column([])] * 2, pairs
    )


@pytest.mark.parametrize("name", ["number", "numbers"])
@given(values=st.lists(st.one_of(numbers.map("".join), texts, st.floats().map(repr)), max_size=8))
def test_reading_numbers(name: str, values: list[str]) -> None:
    agree(named(text_numbers, name), [column(values)], [(value,) for value in values])


FINITE = st.floats(allow_nan=False, allow_infinity=False)
INT32 = st.integers(-(2**31), 2**31 - 1)


@given(values=st.lists(FINITE | INT32.map(float), max_size=8))
def test_writing_floats(values: list[float]) -> None:
    agree(named(text_numbers, "str", "float"), [np.array(values, np.float64)], [(value,) for value in values])


@given(values=st.lists(INT32, max_size=8))
def test_writing_ints(values: list[int]) -> None:
    agree(named(text_numbers, "str", "int"), [np.array(values, np.int64)], [(value,) for value in values])


@given(values=st.lists(st.booleans(), max_size=8))
def test_writing_bools(values: list[bool]) -> None:
    agree(named(text_numbers, "str", "bool"), [np.array(values, np.bool_)], [(value,) for value in values])


@pytest.mark.parametrize("width", [2, 4])
@given(data=st.data())
def test_writing_points_and_boxes(width: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.lists(FINITE | st.just(3.0), min_size=width, max_size=width), max_size=4))
    array = np.array(values, np.float64).reshape(-1, width)
    agree(named(text_numbers, "str", "box"), [array], [(value,) for value in values])


@given(values=columns)
def test_writing_texts(values: list[str]) -> None:
    agree(named(text_numbers, "str", "text"), [column(values)], [(value,) for value in values])


@pytest.mark.parametrize("name", ["lines", "words"])
@given(values=columns)
def test_taking_apart(name: str, values: list[str]) -> None:
    agree(named(text_lists, name), [column(values)], [(value,) for value in values])


@given(values=columns, separator=SEPARATORS)
def test_split(values: list[str], separator: str) -> None:
    agree(named(text_lists, "split"), [column(values)], [(value,) for value in values], separator=separator)


LISTS = st.lists(st.lists(texts, max_size=5), max_size=5)


@given(lists=LISTS, separator=PARTS)
def test_join(lists: list[list[str]], separator: str) -> None:
    agree(named(text_lists, "join"), [ragged(lists)], [(entries,) for entries in lists], separator=separator)


@given(lists=LISTS, n=st.integers(1, 4))
def test_ngrams(lists: list[list[str]], n: int) -> None:
    agree(named(text_lists, "ngrams"), [ragged(lists)], [(entries,) for entries in lists], n=n)


def test_empty_separators_are_refused() -> None:
    assert named(text, "replace").refuse((), {"old": "", "new": "x"})
    assert named(text_lists, "split").refuse((), {"separator": ""})
    assert named(text_lists, "ngrams").refuse((), {"n": 0})
    assert named(text_lists, "split").refuse((), {"separator": ","}) is None
