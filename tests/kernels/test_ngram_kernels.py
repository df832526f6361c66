"""Counts of n-grams against Python's counters: clipped, of several references, in tables that grow."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.kernels import ngrams

if TYPE_CHECKING:
    from rewardlang.kernels.memory import Rows

Lists = list[list[int]]
SHORT = st.lists(st.integers(0, 3), max_size=9)
ORDERS = 4


def flat(lists: Lists) -> tuple[Rows, Rows]:
    offsets = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    return offsets, np.array([entry for entries in lists for entry in entries], np.int64)


def counted(entries: list[int], n: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(entries[start : start + n]) for start in range(len(entries) - n + 1))


def matched(lists: Lists, sets: list[Lists], of: list[int], orders: int = ORDERS) -> list[list[int]]:
    offsets, hashes = flat(lists)
    others, numbers = flat([reference for references in sets for reference in references])
    bounds = np.cumsum([0, *map(len, sets)]).astype(np.int64)
    members = np.arange(bounds[-1])
    lists_of = (hashes, offsets[:-1], offsets[1:])
    return ngrams.matches(lists_of, (others, numbers), (bounds, members, np.array(of, np.int64)), orders).tolist()


def expected(entries: list[int], references: Lists, orders: int = ORDERS) -> list[int]:
    found = []
    for n in range(1, orders + 1):
        most: Counter[tuple[int, ...]] = Counter()
        for reference in references:
            most |= counted(reference, n)
        found.append((counted(entries, n) & most).total())
    return found


@given(
    lists=st.lists(SHORT, min_size=1, max_size=6), sets=st.lists(st.lists(SHORT, max_size=3), min_size=1, max_size=3),
    data=st.data(),
)  # fmt: skip
def test_shared_ngrams_are_clipped_to_the_reference_that_has_most(
    lists: Lists, sets: list[Lists], data: st.DataObject
) -> None:
    of = data.draw(st.lists(st.integers(0, len(sets) - 1), min_size=len(lists), max_size=len(lists)))
    assert matched(lists, sets, of) == [expected(mine, sets[which]) for mine, which in zip(lists, of, strict=True)]


@pytest.mark.parametrize("rows", [254, 600])
def test_as_many_lists_of_one_reference_as_need_be(rows: int) -> None:
    lists = [[1, 1, 2], [1, 2], [2, 2, 2], []] * (rows // 4 + 1)
    references = [[1, 2, 1], [2, 2]]
    found = matched(lists[:rows], [references], [0] * rows)
    assert found == [expected(mine, references) for mine in lists[:rows]]


def test_marks_are_wiped_for_more_texts_than_they_tell_apart() -> None:
    # Marks that count up to 2**30 tell 7 texts apart.
    width, text, met = 30, 0, []
    table = np.array([5, 2 << (63 - width), 0, 0], np.int64)
    for _ in range(20):
        text = ngrams._next(table, 2, text, width)
        for _ in range(3):
            table[1] = ngrams._met.py_func(table[1], text, width)
        met.append((text, int(table[1]) & 7, int(table[1]) >> (63 - width)))
    assert met == [(place % 7 + 1, 3, 2) for place in range(20)]


def test_as_many_references_as_need_be() -> None:
    references = [[place % 7, 1, place % 5] for place in range(700)]
    assert matched([[1, 1, 2, 3, 1]], [references], [0]) == [expected([1, 1, 2, 3, 1], references)]


def test_tables_grow_with_what_is_different() -> None:
    long = list(range(200_000))
    assert matched([long, long[::2]], [[long]], [0, 0]) == [[200_000 - n for n in range(4)], [100_000, 0, 0, 0]]
    offsets, numbers = flat([long, [1] * 300_000, long[:3]])
    assert ngrams.distinct(offsets, numbers, 1).tolist() == [200_000, 1, 3]
    assert ngrams.distinct(offsets, numbers, 3).tolist() == [199_998, 1, 1]


@given(lists=st.lists(SHORT, max_size=6), n=st.integers(1, 5))
def test_different_ngrams(lists: Lists, n: int) -> None:
    offsets, numbers = flat(lists)
    assert ngrams.distinct(offsets, numbers, n).tolist() == [len(counted(entries, n)) for entries in lists]
