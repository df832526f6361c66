from __future__ import annotations

import math
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_strategies import Layout, columns, nested, tight

from rewardlang.columns.texts import Texts
from rewardlang.kernels import numbers

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
FOUND = re.compile(r"(?:(?<![0-9A-Za-z)])[-+])?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")

digits = st.text(alphabet="0123456789", max_size=26)
decimals = st.builds(
    lambda sign, whole, point, fraction, exponent: sign + whole + point + fraction + exponent,
    st.sampled_from(["", "-", "+"]),
    digits,
    st.sampled_from(["", "."]),
    digits,
    st.one_of(
        st.just(""), st.builds("e{}".format, st.integers(-345, 320)), st.builds("E+{}".format, st.integers(0, 30))
    ),
)
near_numbers = st.text(alphabet="0123.e+-_ \u3000\uff11٣é", max_size=9)
doubles = st.floats(allow_nan=False, allow_infinity=False)
HAND = [
    *(
        "5.",
        ".5",
        "-0",
        "+.5e1",
        "1e5",
        "1E-5",
        " 7\u3000",
        "\x1c5",
        "1\uff11",
        "1e\uff15",
        "1e-\uff15",
        "٣.٣",
        "9007199254740993",
    ),
    *(
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551617",
        "1e22",
        "1e23",
        "1e308",
        "1e309",
        "-1e309",
        "1e-400",
    ),
    *(
        "0e99999999999",
        "1e" + "9" * 50,
        "1e-" + "9" * 50,
        "123456789012345678e3",
        "0.1" + "0" * 40,
        "1_0",
        "inf",
        "nan",
        "infinity",
    ),
    *("", " ", ".", "-", "e5", "1e", "1e+", "--1", "1.2.3", "1 2", "0x10", "1é", "é", "\0", "1\0", "1,5"),
    *("9" * 100_000, "0." + "0" * 100_000 + "1e100001", "3" * 100_000 + "e-99999", "1" + "0" * 100_000 + "e-100000"),
]


def expected(text: str) -> bytes | None:
    text = text.strip()
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return struct.pack("d", value) if math.isfinite(value) else None


def parsed(texts: Texts) -> list[bytes | None]:
    values, present = numbers.parse_number(texts)
    assert not values[~present].any()
    return [struct.pack("d", value) if there else None for value, there in zip(values, present, strict=True)]


@given(columns(st.lists(st.one_of(decimals, near_numbers, st.text().filter(str.isascii)), max_size=30)))
def test_numbers_are_read_as_python_reads_them(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert parsed(texts) == [expected(value) for value in values]


@pytest.mark.parametrize("layout", [Texts.of, tight])
def test_numbers_of_every_kind_are_read_as_python_reads_them(layout: Layout) -> None:
    assert parsed(layout(HAND)) == [expected(value) for value in HAND]


@given(
    st.lists(st.integers(1, 2**53 - 1), max_size=20),
    st.integers(-340, 300),
    st.sampled_from(["", "0", "1", "000000000000001"]),
)
def test_decimals_halfway_between_two_doubles_are_rounded_correctly(
    mantissas: list[int], power: int, more: str
) -> None:
    # An odd number of half units in the last place, in full; then a digit above it.
    halves = [str((2 * mantissa + 1) << max(0, power)) for mantissa in mantissas]
    values = [half + "." + more for half in halves] + [half[0] + "." + half[1:] + more for half in halves]
    assert parsed(Texts.of(values)) == [expected(value) for value in values]


def test_no_row_gives_no_number() -> None:
    values, present = numbers.parse_number(Texts.of([]))
    assert values.shape == present.shape == (0,)


@given(columns(st.lists(st.text(alphabet="012.e+-)(aZ é\n", max_size=90), max_size=9)))
def test_numbers_are_found_as_the_regex_finds_them(column: tuple[list[str], Texts]) -> None:
    values, texts = column
    assert nested(numbers.find_numbers(texts)) == [FOUND.findall(value) for value in values]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3-2", ["3", "2"]),
        ("3 -2", ["3", "-2"]),
        ("(-2)-1", ["-2", "1"]),
        ("x-1 v2.0", ["1", "2.0"]),
        ("--1", ["-1"]),
        ("1.5.3", ["1.5", ".3"]),
        ("1e5e3 1e+ 5.", ["1e5", "3", "1", "5"]),
        ("$-.5e-3", ["-.5e-3"]),
        ("1,000", ["1", "000"]),
    ],
)
def test_signs_points_and_exponents_belong_to_numbers(text: str, found: list[str]) -> None:
    assert nested(numbers.find_numbers(Texts.of([text]))) == [found]


def test_finding_numbers_is_linear() -> None:
    text = "1e" * 100_000 + "." * 100_000 + "-+" * 100_000 + "9" * 1_000_000 + " " * 9_000_000
    offsets, _ = numbers.find_numbers(Texts.of([text, "1." * 100_000]))
    # 1e1 e 1e1 e ..., then the nines; 1.1 .1 .1 ...
    assert offsets.tolist() == [0, 50_001, 150_000]


@given(
    st.lists(
        st.one_of(doubles, st.integers(-(10**17), 10**17).map(float), st.integers(-99, 99).map(float)), max_size=20
    )
)
def test_numbers_are_written_as_short_as_they_read_back(values: list[float]) -> None:
    texts = numbers.format_number(np.array(values, dtype=np.float64))
    assert texts.to_list() == [repr(value).removesuffix(".0") for value in values]
    assert parsed(texts) == [struct.pack("d", value) for value in values]


def test_written_numbers_look_familiar() -> None:
    values = np.array([10, -3, 0.5, 1e22, 0, -0.0, 1e15, math.inf, math.nan])
    written = ["10", "-3", "0.5", "1e+22", "0", "-0", "1000000000000000", "inf", "nan"]
    assert numbers.format_number(values).to_list() == written
