from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import Layout, batches, columns, encodable, layouts

from rewardlang.columns.texts import PADDING, Texts

ARROW_TYPES = [pa.string(), pa.large_string(), pa.string_view()]
WORDS = ["", "abc", "é漢\U0001f600", "a\0b", "long enough to be outside a view"]


@given(columns())
def test_strings_come_back(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert texts.to_list() == values
    assert len(texts) == len(values)
    assert [texts[row] for row in range(len(texts))] == values


@given(batches)
def test_a_column_made_from_strings_is_padded(values: list[str]) -> None:
    texts = Texts.of(values)
    end = int(texts.ends.max()) if values else 0
    assert texts.buffer.size >= end + PADDING
    assert not texts.buffer[end : end + PADDING].any()
    assert not texts.buffer.flags.writeable


def test_lone_surrogates_become_the_replacement_character() -> None:
    assert Texts.of(["a\ud800b", "\udfff", "ok"]).to_list() == ["a\ufffdb", "\ufffd", "ok"]


@pytest.mark.parametrize("value", [None, 3, b"bytes"])
def test_a_value_that_is_no_string_is_named_by_its_index(value: Any) -> None:
    with pytest.raises(TypeError, match=f"index 1 is {type(value).__name__}"):
        Texts.of(["a", value])


def test_a_value_that_is_no_string_is_named_after_lone_surrogates() -> None:
    with pytest.raises(TypeError, match="index 2 is int"):
        Texts.of(["a", "\udfff", 3])


class Word(str):
    """A string with more to it, as tokenizers and templates have."""

    __slots__ = ()


@pytest.mark.parametrize("kind", [list, tuple, np.array], ids=["list", "tuple", "array"])
@pytest.mark.parametrize("letters", ["a", "\xe9", "\u6f22", "\U0001f600", "a\xe9\u6f22\U0001f600"])
def test_strings_of_every_width_and_kind_are_laid(kind: Any, letters: str) -> None:
    values = [letters * length + "end" for length in range(300)]
    assert Texts.of(kind(values)).to_list() == values
    assert Texts.of(list(map(Word, values))).to_list() == values


@given(columns(), st.data())
def test_take_gathers_rows_in_the_same_buffer(column: tuple[list[str], Texts], data: st.DataObject) -> None:
    values, texts = column
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=9)) if values else []
    taken = texts.take(np.array(rows, dtype=np.int64))
    assert taken.to_list() == [values[row] for row in rows]
    assert np.shares_memory(taken.buffer, texts.buffer)


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9)), max_size=8), layouts)
def test_concatenate_joins_rows(rows: list[tuple[str, str, str]], layout: Layout) -> None:
    parts = [layout([encodable(row[side]) for row in rows]) for side in range(3)]
    assert Texts.concatenate(parts).to_list() == [encodable("".join(row)) for row in rows]


def test_concatenate_refuses_columns_of_different_lengths() -> None:
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        Texts.concatenate([Texts.of(["a"]), Texts.of(["a", "b"])])


@pytest.mark.parametrize("kind", ARROW_TYPES, ids=str)
@pytest.mark.parametrize(
    "values", [[], [None], WORDS, [None, *WORDS, None, "x" * 99]], ids=["none", "null", "all", "nulls"]
)
def test_arrow_columns_are_read(kind: pa.DataType, values: list[str | None]) -> None:
    array = pa.array(values, type=kind)
    expected = [value or "" for value in values]
    assert Texts.from_arrow(array).to_list() == expected
    assert Texts.from_arrow(array[1:]).to_list() == expected[1:]
    assert Texts.from_arrow(array[:-1]).to_list() == expected[:-1]


@pytest.mark.parametrize("kind", ARROW_TYPES, ids=str)
@pytest.mark.parametrize("chunks", [[], [WORDS], [WORDS, [], ["b", None]]], ids=["no chunk", "one", "three"])
def test_chunked_arrow_columns_are_read(kind: pa.DataType, chunks: list[list[str | None]]) -> None:
    array = pa.chunked_array(chunks, type=kind)
    assert Texts.from_arrow(array).to_list() == [value or "" for chunk in chunks for value in chunk]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
@pytest.mark.parametrize("values", [[], [None, None], ["b", None, "é", "b"]], ids=["none", "nulls", "words"])
def test_arrow_dictionaries_are_read(kind: pa.DataType, values: list[str | None]) -> None:
    array = pa.array(values, type=kind).dictionary_encode()
    expected = [value or "" for value in values]
    assert Texts.from_arrow(array).to_list() == expected
    assert Texts.from_arrow(pa.chunked_array([array, array[1:]])).to_list() == expected + expected[1:]


def test_an_arrow_column_with_room_behind_its_rows_is_not_copied() -> None:
    array = pa.array(["first", "second", "." * PADDING], type=pa.string())[:2]
    texts = Texts.from_arrow(array)
    assert texts.to_list() == ["first", "second"]
    assert texts.buffer.ctypes.data == array.buffers()[2].address


def test_dictionaries_of_different_words_are_joined() -> None:
    chunks = [pa.array(["a", "b", "a"]).dictionary_encode(), pa.array(["c", None, "b"]).dictionary_encode()]
    assert Texts.from_arrow(pa.chunked_array(chunks)).to_list() == ["a", "b", "a", "c", "", "b"]


def test_a_buffer_without_padding_is_refused() -> None:
    buffer = np.zeros(PADDING + 2, dtype=np.uint8)
    assert len(Texts(buffer, np.array([0]), np.array([2]))) == 1
    with pytest.raises(ValueError, match="no 16 bytes of padding after 3"):
        Texts(buffer, np.array([0]), np.array([3]))


def test_starts_without_ends_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        Texts(np.zeros(PADDING, dtype=np.uint8), np.array([0, 0]), np.array([0]))


def test_an_arrow_column_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="but got int64"):
        Texts.from_arrow(pa.array([1]))
