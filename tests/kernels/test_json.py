"""Parsing: what is a JSON value, and which."""

from __future__ import annotations

import itertools
import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_reference import ABSENT, column, loads, parse, read, strings
from json_texts import TEXTS

from rewardlang.columns import json as columns

DIALECTS = ("python", "strict")
CORNERS = r"""[1,]|{"a":1,}|[,1]|[1 2]|01|-01|-|+1|.5|1.|1.e5|1e|1e+|1E-|-.5|--1|- 1|0x1|1_0|00|0|-0|-0.0|0e0|1e5|1E+5
NaN|-NaN|Infinity|-Infinity|-Infinit|Infinityx|nan|inf|+Infinity|[NaN]|[-Infinity]|-I|N|nul|nulll|null null|True
""|"a|a"|"\"|"\x41"|"\u12"|"\u12g4"|"\u 123"|"\uD83D\uDE0"|"\ud83d\u"|"\ud83d\uzzzz"|"\ud83d"|"\udE00\ud83d"|'a'|"\'"
{}|[]|[ ]|{ }|{"a"}|{"a":}|{"a" 1}|{a:1}|{1:1}|{"a":1 "b":2}|{"a":1,,"b":2}|{"a":1]|[1}|[|]|{|}|[[]|[]]|{"a":{}}|,|:
tru|0.1e-7|truefalse|[1] |[1]x|[1]//|/**/1|{"":""}|{"a":1,"a":2}|"\u00e9\/\b"|"\u+123"|"\u12_4"
"\uFFFF\ufeff"|"\u0000"|[1]]|"a""b" """
MORE_CORNERS = [
    "\t[1]\r\n",
    "\u00a01",
    "1\u00a0",
    "\ufeff1",
    "1\ufeff",
    "\u20281",
    '"\x7f"',
    '"\u2028"',
    '"\U0001f600"',
]
MORE_CORNERS += ["", " ", '"\t"', '"\n"', '"\x00"', "\x00", "1\x00", "[1]\x00", '"\x1f"', '"\x20"', "1\x0b", "\x0c1"]
EXTREMES = ["1e400", "-1e400", "1e-400", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "5e-324"]
LIMITS = [
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "2.2250738585072011e-308",
    "9007199254740993",
    "1e23",
    "8.5e22",
]


def agree(texts: list[str], dialect: columns.Dialect) -> None:
    tape, roots = parse(texts, dialect)
    for text, root in zip(texts, roots, strict=True):
        assert repr(read(tape, root)) == repr(loads(text, dialect)), (dialect, text)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_corners_mean_what_json_loads_says(dialect: columns.Dialect) -> None:
    agree(
        [*CORNERS.replace("\n", "|").split("|"), *MORE_CORNERS, *EXTREMES, *LIMITS, *(f"-{text}" for text in LIMITS)],
        dialect,
    )


@pytest.mark.parametrize(
    ("alphabet", "length", "frame"),
    [
        ("01-+.eE", 5, "{}"),
        ('[]{},:"1 ', 5, "{}"),
        ('\\u"8dc', 5, '"\\ud8{}"'),
        ('[]{},:"a', 4, '{{"a":{}}}'),
        ("-NI a", 4, "[{}]"),
    ],
)
def test_every_short_text_is_accepted_or_refused_as_by_json_loads(alphabet: str, length: int, frame: str) -> None:
    texts = [frame.format("".join(text)) for text in itertools.product(alphabet, repeat=length)]
    _, roots = parse(texts)
    wrong = [text for text, root in zip(texts, roots, strict=True) if (root >= 0) != (loads(text) is not ABSENT)]
    assert not wrong


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, max_size=8), st.sampled_from(DIALECTS))
def test_values_are_those_of_json_loads(texts: list[str], dialect: columns.Dialect) -> None:
    agree(texts, dialect)


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_broken_texts_are_judged_as_by_json_loads(texts: list[str], chance: random.Random) -> None:
    broken = [text[: chance.randrange(len(text) + 1)] for text in texts]
    for text in texts * 6:
        at = chance.randrange(len(text))
        inserted = chance.choice(["", "", *'[]{},:"\\u0-+.eE \n\0é'])
        broken.append(text[:at] + inserted + text[at + chance.randrange(3) :])
    agree(broken, "python")


def test_numbers_are_correctly_rounded() -> None:
    chance = random.Random(7)
    mantissas = [chance.randrange(10 ** chance.randint(1, 22)) for _ in range(20_000)]
    halfway = [(2**53 + 2 * chance.randrange(999) + 1) * 5 ** chance.randrange(5) for _ in range(4_000)]
    texts = [f"{number}e{chance.randint(-345, 310)}" for number in mantissas]
    texts += [f"{number}e{chance.randint(-30, 30)}" for number in mantissas + halfway]
    texts += [f"0.{number}" for number in mantissas] + [repr(chance.random()) for _ in range(4_000)]
    tape, roots = parse(texts, "strict")
    np.testing.assert_array_equal(tape.nodes.value[roots], np.array([float(text) for text in texts]))


def test_a_column_of_many_nodes_outgrows_the_first_store() -> None:
    texts = [f'{{"a":[{",".join("1" * 5000)}],"b\\n":"c\\n"}}', "[", "[1e400,1e-320,123456789012345678901]"] * 20
    agree(texts, "strict")


def test_spans_may_overlap_and_repeat() -> None:
    buffer = column(['[1,[2,"x\\n"],3]']).buffer
    tape, roots = columns.parse(buffer, np.array([0, 3, 3, 6, 1]), np.array([15, 12, 12, 11, 2]), "strict")
    assert [read(tape, root) for root in roots] == [[1, [2, "x\n"], 3], [2, "x\n"], [2, "x\n"], "x\n", 1]


def test_an_empty_column_has_an_empty_tape() -> None:
    tape, roots = parse([])
    assert len(roots) == 0
    assert columns.kinds(tape, np.array([-1, -1])).tolist() == [columns.MISSING] * 2
    assert columns.ids(tape, np.array([-1])).tolist() == [-1]


def test_a_dialect_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="dialect must be 'strict' or 'python', not 'json5'"):
        parse(["1"], "json5")


LINES = [
    '{"a":1}\n[2]',
    "1",
    "",
    " \n ",
    "1\n\n2",
    "1\r\n2",
    "\u30001\n2\u2003\x85\x1c",
    "1\n2x",
    "1 \n\u00a02",
    "\n\n3\n\n",
    "NaN\n\ufeff1",
]


@pytest.mark.parametrize("alphabet", ["1\n\r \u3000", "1\n\x1c\u200b\xa0"])
def test_lines_are_those_of_strip_and_split(alphabet: str) -> None:
    texts = LINES + ["".join(text) for size in range(6) for text in itertools.product(alphabet, repeat=size)]
    tape, present, offsets, nodes = columns.parse_lines(*column(texts))
    for row, text in enumerate(texts):
        expected = [loads(line) for line in text.strip().split("\n")]
        assert present[row] == (ABSENT not in expected)
        found = [read(tape, node) for node in nodes[offsets[row] : offsets[row + 1]]]
        assert repr(found) == repr(expected if present[row] else [])


def test_python_values_become_a_tape() -> None:
    values = [{"a": [1, 2.5, None, True]}, "é\ud800", None, 2**80, (1, 2), {"": {}}, float("nan"), -float("inf")]
    tape, roots = columns.of_values(values, "python")
    expected = [json.loads(json.dumps(value)) for value in values]
    expected[1] = "é\ufffd"
    assert repr([read(tape, root) for root in roots]) == repr(expected)
    assert strings(columns.text_of(tape, roots[:1])) == ['{"a": [1, 2.5, null, true]}']


def test_what_is_no_json_value_names_its_row() -> None:
    for value in ({1: 2}, [{"a": {None: 1}}], {1, 2}, b"x", float("nan"), [float("inf")], 10**5000, object()):
        with pytest.raises(ValueError, match="row 1: not a JSON value"):
            columns.of_values([0, value])


def test_python_values_nested_too_deep_name_their_row() -> None:
    deep: list[object] = []
    for _ in range(950):
        deep = [deep]
    with pytest.raises(ValueError, match="row 1: not a JSON value"):
        columns.of_values([0, deep])
    deep.append(deep)
    with pytest.raises(ValueError, match="row 0: not a JSON value"):
        columns.of_values([deep])
