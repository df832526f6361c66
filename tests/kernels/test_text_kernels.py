from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import Layout, batches, columns, layouts, literals, texts, tight

from rewardlang.columns.texts import Texts
from rewardlang.kernels import text as kernels

if TYPE_CHECKING:
    from rewardlang.kernels.memory import Rows

HOSTILE = [
    ("a" * 200_000, "a" * 50_000 + "b"),
    ("a" * 200_000, "b" + "a" * 50_000),
    ("ab" * 100_000, "ab" * 25_000 + "b" + "ab" * 25_000),
    ("a" * 100_000 + "b" + "a" * 100_000, "a" * 60_000 + "b" + "a" * 60_000),
]


def relative(found: Rows, texts: Texts) -> object:
    return np.where(found >= 0, found - texts.starts, -1).tolist()


@given(columns())
def test_length_counts_code_points(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert kernels.length(texts).tolist() == [len(value) for value in values]


@given(columns(), literals)
def test_literals_are_found_from_both_ends(column: tuple[list[str], Texts], literal: str) -> None:
    values, texts = column
    needle = literal.encode()
    encoded = [value.encode() for value in values]
    assert relative(kernels.find_literal(texts, needle), texts) == [value.find(needle) for value in encoded]
    assert relative(kernels.find_literal(texts, needle, last=True), texts) == [value.rfind(needle) for value in encoded]
    assert kernels.contains(texts, needle).tolist() == [literal in value for value in values]


@given(columns(), literals)
def test_literals_are_counted_without_overlap(column: tuple[list[str], Texts], literal: str) -> None:
    values, texts = column
    assert kernels.count_literal(texts, literal.encode()).tolist() == [value.count(literal) for value in values]


@given(columns(), literals)
def test_affixes_are_recognised(column: tuple[list[str], Texts], literal: str) -> None:
    values, texts = column
    assert kernels.starts_with(texts, literal.encode()).tolist() == [value.startswith(literal) for value in values]
    assert kernels.ends_with(texts, literal.encode()).tolist() == [value.endswith(literal) for value in values]


@given(st.lists(st.tuples(texts, literals, st.booleans()), max_size=8), layouts)
def test_each_row_can_have_a_needle_of_its_own(rows: list[tuple[str, str, bool]], layout: Layout) -> None:
    values = [needle + value if front else value + needle for value, needle, front in rows]
    needles = [needle for _, needle, _ in rows]
    column, own = layout(values), tight(needles)
    pairs = list(zip(values, needles, strict=True))
    assert kernels.contains(column, own).tolist() == [needle in value for value, needle in pairs]
    assert kernels.count_literal(column, own).tolist() == [value.count(needle) for value, needle in pairs]
    assert kernels.starts_with(column, own).tolist() == [value.startswith(needle) for value, needle in pairs]
    assert kernels.ends_with(column, own).tolist() == [value.endswith(needle) for value, needle in pairs]


def test_columns_of_different_lengths_do_not_meet() -> None:
    with pytest.raises(ValueError, match="1 and 2 rows"):
        kernels.contains(Texts.of(["a"]), Texts.of(["a", "b"]))


@given(columns(), literals, literals)
def test_between_captures_what_the_lazy_regex_does(column: tuple[list[str], Texts], opening: str, closing: str) -> None:
    values, texts = column
    pattern = re.compile(re.escape(opening) + "(.*?)" + re.escape(closing), re.DOTALL)
    for last in (False, True):
        captured, present = kernels.between(texts, opening.encode(), closing.encode(), last=last)
        matches = [pattern.findall(value) for value in values]
        assert captured.to_list() == [found[-1 if last else 0] if found else "" for found in matches]
        assert present.tolist() == [bool(found) for found in matches]


@given(st.lists(st.tuples(texts, texts, st.booleans()), max_size=8), layouts)
def test_rows_compare_by_code_points(rows: list[tuple[str, str, bool]], layout: Layout) -> None:
    lefts = [left for left, _, _ in rows]
    rights = [left if same else right for left, right, same in rows]
    left, right = layout(lefts), tight(rights)
    assert kernels.equal(left, right).tolist() == [a == b for a, b in zip(lefts, rights, strict=True)]
    assert kernels.compare(left, right).tolist() == [(a > b) - (a < b) for a, b in zip(lefts, rights, strict=True)]


@given(batches.filter(bool), st.integers(0, 70), st.sampled_from(["a", "é", "\U0001f600"]))
def test_a_difference_at_the_end_is_seen(values: list[str], size: int, char: str) -> None:
    lefts = [value + "x" * size + char for value in values]
    rights = [value + "x" * size + "b" for value in values]
    left, right = Texts.of(lefts), Texts.of(rights)
    assert not kernels.equal(left, right).any()
    assert kernels.compare(left, right).tolist() == [(a > b) - (a < b) for a, b in zip(lefts, rights, strict=True)]


@pytest.mark.parametrize(("text", "needle"), HOSTILE, ids=range(4))
def test_searching_is_linear_in_hostile_texts(text: str, needle: str) -> None:
    column, row = Texts.of([text, text]), Texts.of([needle, needle])
    kernels.count_literal(column, row)
    start = time.perf_counter()
    first = kernels.find_literal(column, row)
    last = kernels.find_literal(column, row, last=True)
    count = kernels.count_literal(column, row)
    # All three take a few milliseconds; Python's own `rfind` is quadratic here, and takes a second.
    assert time.perf_counter() - start < 0.5
    assert relative(first, column) == [text.find(needle)] * 2
    assert (
        relative(last, column)
        == [len(text) - len(needle) - text[::-1].find(needle[::-1]) if needle in text else -1] * 2
    )
    assert count.tolist() == [text.count(needle)] * 2


def test_large_rows_and_many_tags() -> None:
    text = "<answer>" * 100_000 + "x" * 10_000_000 + "</answer>"
    column = Texts.of([text, ""])
    captured, present = kernels.between(column, b"<answer>", b"</answer>")
    assert present.tolist() == [True, False]
    assert captured.ends[0] - captured.starts[0] == len(text) - 17
    assert kernels.count_literal(column, b"<answer>").tolist() == [100_000, 0]
    _, present = kernels.between(column, b"<answer>", b"</none>", last=True)
    assert not present.any()
