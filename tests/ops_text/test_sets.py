"""Overlap of lists: the lowering gives what the plain Python says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlang.ops.sets import BUILTINS
from rewardlang.types import FLOAT, INT, TEXT, Type
from tests.ops_text.parity import agree, ragged

(JACCARD,) = BUILTINS
KINDS = st.sampled_from(["set", "multiset"])


def pairs_of(entry: st.SearchStrategy) -> st.SearchStrategy:
    entries = st.lists(entry, max_size=5)
    return st.lists(st.tuples(entries, entries) | entries.map(lambda one: (one, one[::-1])), max_size=5)


@given(pairs=pairs_of(st.sampled_from(["a", "b", "ab", "", "é", "a longer text than that"])), kind=KINDS)
def test_jaccard_of_texts(pairs: list[tuple[list[str], list[str]]], kind: str) -> None:
    sides = [ragged([pair[side] for pair in pairs]) for side in (0, 1)]
    agree(JACCARD, sides, pairs, **{"as": kind})


@given(pairs=pairs_of(st.sampled_from([0.0, -0.0, 1.0, 2.5])), kind=KINDS)
def test_jaccard_of_numbers(pairs: list[tuple[list[float], list[float]]], kind: str) -> None:
    sides = [ragged([pair[side] for pair in pairs], lambda flat: np.array(flat, np.float64)) for side in (0, 1)]
    agree(JACCARD, sides, pairs, **{"as": kind})


@pytest.mark.parametrize(
    ("left", "right", "kind", "wanted"),
    [
        ([], [], "set", 1.0),
        ([], ["a"], "multiset", 0.0),
        (["a", "a"], ["a"], "set", 1.0),
        (["a", "a"], ["a"], "multiset", 0.5),
        (["a", "b"], ["b", "c"], "set", 1 / 3),
    ],
)
def test_jaccard_of_small_lists(left: list[str], right: list[str], kind: str, wanted: float) -> None:
    assert JACCARD.lists(ragged([left]), ragged([right]), **{"as": kind}).tolist() == [wanted]


def test_texts_do_not_meet_numbers() -> None:
    assert JACCARD.refuse((Type(TEXT), Type(FLOAT)), {}) is not None
    assert JACCARD.refuse((Type(INT), Type(FLOAT)), {}) is None
