"""Equality of values, and the operations on columns of nodes."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_reference import ABSENT, column, loads, parse, read, same, strings
from json_texts import TEXTS

from rewardlang.columns import json as columns

DIALECTS = ("python", "strict")
VALUES = [
    "0",
    "-0",
    "0.0",
    "-0.0",
    "false",
    "1",
    "1.0",
    "1e0",
    "10e-1",
    "true",
    "null",
    '""',
    '"1"',
    '"\\u0031"',
    "[]",
    "{}",
]
VALUES += ["9007199254740992", "9007199254740993", "9007199254740992.0", "9007199254740993.0", "-9007199254740993"]
VALUES += [
    "1" + "0" * 22,
    "1e22",
    "1" + "0" * 23,
    "1e23",
    "99999999999999991611392",
    "1" + "0" * 400,
    "1e400",
    "Infinity",
]
VALUES += [
    "-1e400",
    "-Infinity",
    "18446744073709551616",
    "18446744073709551616.0",
    "18446744073709551617",
    "0.1",
    "0.10",
]
VALUES += [
    "0.1000000000000000055511151231257827",
    "1e-400",
    "-1e-400",
    "5e-324",
    "NaN",
    "[NaN]",
    '{"a":NaN}',
    "[[NaN],1]",
    "[[NaN],true]",
    '{"a":NaN,"a":1}',
]
VALUES += [
    "[0]",
    "[false]",
    "[1,2]",
    "[2,1]",
    "[1,[2]]",
    "[[1],2]",
    "[[]]",
    "[[],[]]",
    '[""]',
    '["a","b"]',
    '["ab"]',
    '["","ab"]',
]
VALUES += [
    '{"a":1}',
    '{"a":true}',
    '{"a":1.0}',
    '{"a":2,"a":1}',
    '{"a":1,"b":2}',
    '{"b":2,"a":1}',
    '{"a":2,"b":1}',
    '{"b":0,"a":1,"b":2}',
]
VALUES += [
    '{"\\u0061":1}',
    '"\\ud800"',
    '"\\ufffd"',
    '"\ufffd"',
    '"\\ud83d\\ude00"',
    '"😀"',
    '"1234567"',
    '"12345678"',
    '"123456789"',
]
VALUES += [
    '{"a":{"b":1}}',
    '{"b":{"a":1}}',
    '{"a":"b"}',
    '{"b":"a"}',
    '["a"]',
    '"a\\u0000"',
    '"a"',
    '{"a":null}',
    '{"12345678":[]}',
]


def pairs(left: list[str], right: list[str], dialect: columns.Dialect) -> np.ndarray:
    tape_a, nodes_a = parse(left)
    tape_b, nodes_b = parse(right)
    return columns.equal(tape_a, nodes_a, tape_b, nodes_b, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_pair_of_corner_values_is_equal_as_defined(dialect: columns.Dialect) -> None:
    left, right = (list(side) for side in zip(*itertools.product(VALUES, repeat=2), strict=True))
    expected = [same(loads(a), loads(b), dialect) for a, b in zip(left, right, strict=True)]
    found = pairs(left, right, dialect).tolist()
    assert [
        both
        for both, *verdict in zip(zip(left, right, strict=True), found, expected, strict=True)
        if verdict[0] != verdict[1]
    ] == []


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8), st.sampled_from(DIALECTS))
def test_equality_is_that_of_the_values(texts: list[tuple[str, str]], dialect: columns.Dialect) -> None:
    left, right = [a for a, _ in texts], [b for _, b in texts]
    for first, second in ((left, right), (left, left)):
        expected = [same(loads(a), loads(b), dialect) for a, b in zip(first, second, strict=True)]
        assert pairs(first, second, dialect).tolist() == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS.filter(lambda text: "NaN" not in text), max_size=8), st.randoms(use_true_random=False))
def test_python_equality_is_the_operator(texts: list[str], chance: Any) -> None:
    def varied(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: varied(value[key]) for key in chance.sample(list(value), len(value))}
        if isinstance(value, list):
            return [varied(item) for item in value]
        if isinstance(value, (bool, int, float)) and chance.random() < 0.5 and abs(value) < 2**53:
            return chance.choice([float(value), int(value) if math.isfinite(value) else value, value + 1])
        return value

    others = [varied(loads(text)) for text in texts]
    expected = [loads(text) == other for text, other in zip(texts, others, strict=True)]
    assert pairs(texts, [json.dumps(other) for other in others], "python").tolist() == expected


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ids_are_one_for_equal_values(dialect: columns.Dialect) -> None:
    tape, nodes = parse([*VALUES, "[", *VALUES])
    ids = columns.ids(tape, nodes, dialect)
    known = [loads(text) for text in [*VALUES, "[", *VALUES]]
    assert ids[len(VALUES)] == -1
    for a, b in itertools.combinations(range(len(known)), 2):
        if ABSENT not in (known[a], known[b]):
            assert (ids[a] == ids[b]) == same(known[a], known[b], dialect)
    assert sorted(set(ids.tolist())) == list(range(-1, ids.max() + 1))


def test_ids_of_two_tapes_agree_when_interned_together() -> None:
    (tape_a, a), (tape_b, b) = parse(["[1,2]", "3", "["]), parse(["3.0", "[1,2.0]", '"x"'])
    joined = np.concatenate((columns.hashes(tape_a, a), columns.hashes(tape_b, b)))
    assert columns.intern(joined, np.concatenate((a, b)) >= 0).tolist() == [0, 1, -1, 1, 0, 2]


DOCUMENTS = [
    '{"a":1,"b":[1,2,3],"a":"last"}',
    '{"\\u0061":null,"bb":{}}',
    "[1,[2,[3]],{}]",
    '"a"',
    "7",
    "[",
    "{}",
    "[]",
]


def test_look_up_takes_the_last_member() -> None:
    tape, nodes = parse(DOCUMENTS)
    found = columns.lookup(tape, nodes, b"a")
    assert [read(tape, node) for node in found] == ["last", None] + [ABSENT] * 6
    assert (columns.lookup(tape, columns.lookup(tape, nodes, b"b"), b"a") == -1).all()


def test_look_up_by_a_key_of_each_row() -> None:
    keys = ["b", "bb", "a", "a", "", "a", "", "é"]
    tape, nodes = parse(DOCUMENTS)
    found = columns.lookup_each(tape, nodes, column(keys))
    assert [read(tape, node) for node in found] == [[1, 2, 3], {}] + [ABSENT] * 6
    with pytest.raises(ValueError, match="keys: 8 texts for 1 rows"):
        columns.lookup_each(tape, nodes[:1], column(keys))


@settings(deadline=None, max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.integers(-4, 4))
def test_look_ups_are_those_of_python(texts: list[str], index: int) -> None:
    tape, nodes = parse(texts)
    items = columns.item(tape, nodes, np.int64(index))
    for row, text in enumerate(texts):
        value = loads(text)
        expected = value[index] if isinstance(value, list) and -len(value) <= index < len(value) else ABSENT
        assert repr(read(tape, items[row])) == repr(expected)
        for key in list(value)[:5] if isinstance(value, dict) else ["a"]:
            found = columns.lookup(tape, nodes[row : row + 1], key.encode())[0]
            assert repr(read(tape, found)) == repr(value[key] if isinstance(value, dict) else ABSENT)


def test_items_may_differ_by_row() -> None:
    tape, nodes = parse(["[1,2,3]"] * 5)
    found = columns.item(tape, nodes, np.array([0, 2, 3, -3, -4]))
    assert [read(tape, node) for node in found] == [1, 3, ABSENT, 1, ABSENT]


def test_elements_and_members_are_flat_with_offsets() -> None:
    tape, nodes = parse(DOCUMENTS)
    present, offsets, found = columns.elements(tape, nodes)
    assert present.tolist() == [False, False, True, False, False, False, False, True]
    assert offsets.tolist() == [0, 0, 0, 3, 3, 3, 3, 3, 3]
    assert [read(tape, node) for node in found] == [1, [2, [3]], {}]
    twice = nodes[[0, 0, 1, 6]]
    present, offsets, keys, values = columns.members(tape, twice)
    assert present.all()
    assert offsets.tolist() == [0, 2, 4, 6, 6]
    assert strings(keys) == ["a", "b"] * 2 + ["a", "bb"]
    assert [read(tape, value) for value in values[:2]] == ["last", [1, 2, 3]]
    assert strings(columns.keys(tape, twice)[2]) == strings(keys)


def test_leaves_are_read_with_their_presence() -> None:
    texts = [
        "1",
        "1.0",
        "1e400",
        "NaN",
        "-Infinity",
        "1" + "0" * 400,
        "9007199254740993",
        "true",
        "false",
        "null",
        '"\\n"',
        '"é"',
        "[",
    ]
    tape, nodes = parse(texts)
    values, present = columns.numbers(tape, nodes)
    assert values.tolist() == [1, 1, 0, 0, 0, 0, 2**53, 0, 0, 0, 0, 0, 0]
    assert np.flatnonzero(present).tolist() == [0, 1, 6]
    assert np.flatnonzero(columns.is_int(tape, nodes)).tolist() == [0, 5, 6]
    truth, present = columns.bools(tape, nodes)
    assert (np.flatnonzero(truth).tolist(), np.flatnonzero(present).tolist()) == ([7], [7, 8])
    assert np.flatnonzero(columns.is_null(tape, nodes)).tolist() == [9]
    spans, present = columns.texts(tape, nodes)
    assert (strings(spans)[10:], np.flatnonzero(present).tolist()) == (["\n", "é", ""], [10, 11])
    assert strings(columns.text_of(tape, nodes)) == [*texts[:-1], ""]
    number, text = columns.NUMBER, columns.STRING
    assert columns.kinds(tape, nodes).tolist() == [number] * 7 + [2, 1, 0, text, text, -1]


def test_texts_without_escapes_are_spans_of_the_source() -> None:
    tape, nodes = parse(['"plain"', '"a\\nb"'])
    plain, _ = columns.texts(tape, nodes[:1])
    both, _ = columns.texts(tape, nodes)
    assert np.shares_memory(plain.buffer, tape.nodes.buffer)
    assert strings(both) == ["plain", "a\nb"]
    assert both.buffer[-16:].tolist() == [0] * 16
