"""JSON texts that repeat share their nodes, and mean what each of them means by itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.columns import json as columns
from rewardlang.kernels.hashing import repeats
from tests.kernels.json_reference import ABSENT, column, loads, parse, read, same, strings
from tests.kernels.json_texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

DIALECTS: tuple[columns.Dialect, ...] = ("strict", "python")
MANY = 600
"""Rows of which repeats are looked for."""


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=40), st.randoms(use_true_random=False), st.sampled_from(DIALECTS))
def test_repeated_texts_are_parsed_as_single_ones(texts: list[str], chance: Any, dialect: columns.Dialect) -> None:
    rows = [chance.choice(texts) for _ in range(MANY)]
    assert repeats(*column(rows)) is not None
    tape, nodes = parse(rows, dialect)
    alone_tape, alone = parse(texts, dialect)
    expected = {text: repr(read(alone_tape, node)) for text, node in zip(texts, alone, strict=True)}
    for text, node in zip(rows, nodes, strict=True):
        assert repr(read(tape, node)) == expected[text]


def test_equal_texts_share_their_nodes() -> None:
    rows = [f'{{"a": {row % 7}}}' for row in range(MANY)]
    tape, nodes = parse(rows)
    assert len(tape.texts) == 7
    assert nodes.tolist() == [nodes[row % 7] for row in range(MANY)]


def test_texts_that_are_all_different_are_not_looked_for() -> None:
    assert repeats(*column([str(row) for row in range(MANY)])) is None
    assert repeats(*column(["1"] * 100)) is None


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("ab", max_size=20), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_texts_are_the_same_only_where_all_their_bytes_are(texts: list[str], chance: Any) -> None:
    rows = [chance.choice(texts) for _ in range(MANY)]
    found = repeats(*column(rows))
    if found is not None:
        firsts, ids = found
        assert [rows[first] for first in firsts] == list(dict.fromkeys(rows))
        assert [rows[firsts[number]] for number in ids] == rows


def _members(count: int, chance: Any) -> str:
    keys = [chance.choice(["a", "b", "\\u0061", "", "é", f"k{chance.randint(0, 12)}"]) for _ in range(count)]
    values = ["1", "1.0", "true", "null", "NaN", "[NaN]", '"x"', "{}", '{"a":1}', str(10**30)]
    return "{" + ",".join(f'"{key}":{chance.choice(values)}' for key in keys) + "}"


def _keys(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False), st.sampled_from([3, 8, 9, 30]), st.sampled_from(DIALECTS))
def test_common_members_are_those_of_python(chance: Any, most: int, dialect: columns.Dialect) -> None:
    """With few members and many, repeated keys, and pairs that come again, next to each other and apart."""
    documents = [*(_members(chance.randint(0, most), chance) for _ in range(6)), "[1]", "null", "no"]
    lefts, rights = ([chance.choice(documents) for _ in range(40)] for _ in range(2))
    (tape_a, a), (tape_b, b) = parse(lefts), parse(rights)
    shared, left, right = columns.common_keys(tape_a, a, tape_b, b)
    equal = columns.agreeing_counts(tape_a, a, tape_b, b, dialect)
    counts = columns.key_counts(tape_a, a)
    for row, (one, other) in enumerate(zip(map(loads, lefts), map(loads, rights), strict=True)):
        keys, others = _keys(one), _keys(other)
        assert (shared[row], left[row], right[row]) == (len(keys & others), len(keys), len(others))
        assert counts[row] == len(keys)
        assert equal[row] == sum(same(one[key], other[key], dialect) for key in keys & others)


def test_more_pairs_than_are_remembered() -> None:
    documents = [json.dumps({"a": row, "b": row % 3, f"k{row % 5}": 0}) for row in range(60)]
    pairs = [(one, other) for one in documents for other in documents]
    (tape_a, a), (tape_b, b) = parse([one for one, _ in pairs]), parse([other for _, other in pairs])
    shared = columns.common_keys(tape_a, a, tape_b, b)[0]
    equal = columns.agreeing_counts(tape_a, a, tape_b, b)
    expected = [(json.loads(one), json.loads(other)) for one, other in pairs]
    assert shared.tolist() == [len(one.keys() & other.keys()) for one, other in expected]
    assert equal.tolist() == [len(one.items() & other.items()) for one, other in expected]
    names: Sequence[str] = strings(columns.agreeing(tape_a, a, tape_b, b)[1])
    assert len(names) == equal.sum()


@pytest.mark.parametrize("text", ["", "[", "nul"])
def test_repeated_texts_that_are_no_json_have_no_nodes(text: str) -> None:
    tape, nodes = parse([text, "1"] * MANY)
    assert nodes[::2].tolist() == [-1] * MANY
    assert read(tape, nodes[0]) is ABSENT
    assert len(tape.texts) == 1
