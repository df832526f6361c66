from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import Layout, columns, layouts, literals, nested, tight

from rewardlang.columns.texts import Texts
from rewardlang.kernels import case, split

SIDES = {"both": str.strip, "left": str.lstrip, "right": str.rstrip}
SPACED = st.lists(st.text(alphabet=split.WHITESPACE + "a。\u200b\u2010é", max_size=80), max_size=6)
CASED = st.lists(st.text(alphabet="aAzZ@[`{ ΣσßİıéÉ\u00adΩ—漢😀ǅK", max_size=30), max_size=6)


def test_whitespace_is_what_python_strips() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert set(split.WHITESPACE) == {char for char in every if char.isspace()}


@pytest.mark.parametrize("side", SIDES)
@given(column=st.one_of(columns(), columns(SPACED)))
def test_strip_drops_whitespace(side: split.Side, column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert split.strip(texts, side).to_list() == [SIDES[side](value) for value in values]


@pytest.mark.parametrize("side", SIDES)
@given(column=columns(), chars=st.text(alphabet="<>/abé\u3000\U0001f600", max_size=4))
def test_strip_drops_a_set_of_characters(side: split.Side, column: tuple[list[str], Texts], chars: str) -> None:
    values, texts = column
    assert split.strip_chars(texts, chars, side).to_list() == [SIDES[side](value, chars) for value in values]


@given(st.one_of(columns(), columns(SPACED)))
def test_words_are_split_at_whitespace(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert nested(split.split_words(texts)) == [value.split() for value in values]


def test_every_character_alone_separates_words_as_in_python() -> None:
    codes = [*range(0xD800), *range(0xE000, sys.maxunicode + 1, 97)]
    values = [f"a{chr(code)}b" for code in codes]
    assert nested(split.split_words(tight(values[:300]))) == [value.split() for value in values[:300]]
    assert nested(split.split_words(Texts.of(values))) == [value.split() for value in values]


@given(columns())
def test_lines_are_split_at_newlines(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert nested(split.split_lines(texts)) == [value.split("\n") for value in values]


@given(columns(), literals.filter(bool))
def test_texts_are_split_at_a_literal(column: tuple[list[str], Texts], separator: str) -> None:
    values, texts = column
    assert nested(split.split_on(texts, separator.encode())) == [value.split(separator) for value in values]


def test_an_empty_separator_is_refused() -> None:
    with pytest.raises(ValueError, match="separator is empty"):
        split.split_on(Texts.of(["a"]), b"")


@given(st.one_of(columns(), columns(CASED)))
def test_case_is_changed_as_in_python(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert case.lower(texts).to_list() == [value.lower() for value in values]
    assert case.upper(texts).to_list() == [value.upper() for value in values]


@given(layouts)
def test_every_character_changes_case_as_in_python(layout: Layout) -> None:
    chars = [chr(code) for code in range(0x1F700) if not 0xD800 <= code < 0xE000]
    values = ["".join(chars[at : at + 9]) + "aA" for at in range(0, len(chars), 9)][:: 1 if layout == Texts.of else 40]
    assert case.lower(layout(values)).to_list() == [value.lower() for value in values]
    assert case.upper(layout(values)).to_list() == [value.upper() for value in values]


def test_what_has_no_case_is_given_back_itself() -> None:
    texts = Texts.of(["abc", "1 — 漢", ""])
    assert case.lower(texts) is texts
    assert case.upper(texts) is not texts


def test_large_rows_are_split() -> None:
    text = "a \u3000" * 2_500_000
    offsets, words = split.split_words(Texts.of([text]))
    assert offsets.tolist() == [0, 2_500_000]
    assert (words.ends - words.starts == 1).all()
    assert split.split_on(Texts.of([text]), b"a ")[0].tolist() == [0, 2_500_001]
    assert split.strip(Texts.of([" " * 10_000_000])).to_list() == [""]
