"""Inputs made to break a parser: none may crash, hang, or read beyond its text."""

from __future__ import annotations

import json
import random
import time

import numpy as np
import pytest
from json_reference import ABSENT, column, loads, parse, read, strings

from rewardlang.columns import json as columns

DIALECTS = ("python", "strict")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_deep_nesting_is_absent(dialect: columns.Dialect) -> None:
    texts = ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, '[{"a":' * 50_000, "1"]
    assert parse(texts, dialect)[1].tolist() == [-1, -1, -1, -1, 0]


def test_the_depth_limit_is_900() -> None:
    texts = ["[" * depth + "]" * depth for depth in (900, 901)] + [
        '{"a":' * depth + "1" + "}" * depth for depth in (900, 901)
    ]
    tape, nodes = parse(texts)
    assert (nodes >= 0).tolist() == [True, False, True, False]
    assert columns.equal(tape, nodes, tape, nodes).tolist() == [True, False, True, False]


def test_integers_of_more_than_4300_digits() -> None:
    digits = ["1" * 4300, "-" + "1" * 4300, "1" * 4301, "-" + "1" * 4301, "1" * 100_000, "1" * 99_999 + "2"]
    assert (parse(digits, "python")[1] >= 0).tolist() == [True, True, False, False, False, False]
    tape, nodes = parse(digits, "strict")
    assert (nodes >= 0).all()
    assert columns.is_int(tape, nodes).all()
    assert not columns.numbers(tape, nodes)[1].any()
    assert len(set(columns.ids(tape, nodes).tolist())) == len(digits)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_long_decimals_are_rounded(dialect: columns.Dialect) -> None:
    zeros, ones = "0" * 100_000, "1" * 100_000
    texts = [
        f"0.{ones}",
        f"{ones}.5e-99999",
        f"0.{zeros}1e100001",
        f"1{zeros}.0e-100000",
        f"1e{ones}",
        f"1e-{ones}",
        f"0e{ones}",
    ]
    texts += [
        "1" + "0" * 309,
        "0." + "0" * 400,
        "179769313486231580793728971405303415079934132710037826936173778980444968292764",
    ]
    tape, nodes = parse(texts, dialect)
    assert tape.nodes.value[nodes].tolist() == [float(text) for text in texts]


def test_a_megabyte_of_string() -> None:
    plain, escaped = "x" * 1_000_000, '\\u0041\\n\\ud800"'.replace('"', "") * 80_000
    tape, nodes = parse([f'"{plain}"', f'"{escaped}"', f'"{plain}', '"' + "\\" * 1_000_001 + '"'])
    found, present = columns.texts(tape, nodes)
    assert present.tolist() == [True, True, False, False]
    assert strings(found)[:2] == [plain, "A\n\ufffd" * 80_000]


def test_nul_and_other_control_characters() -> None:
    texts = [f'"a{chr(code)}b"' for code in range(0x20)] + [f"{chr(code)}1" for code in range(0x21)]
    expected = [loads(text) is not ABSENT for text in texts]
    assert (parse(texts, "strict")[1] >= 0).tolist() == expected


def test_every_byte_length_of_string_ends_at_its_own_row() -> None:
    texts = ['"' + "é" * (size // 2) + "x" * (size % 2) + '"' for size in range(80)]
    tape, nodes = parse([*texts, *(text[:-1] for text in texts), *(text[:-1] + '\\n"' for text in texts)])
    found = strings(columns.texts(tape, nodes)[0])
    assert found == [text[1:-1] for text in texts] + [""] * 80 + [text[1:-1] + "\n" for text in texts]


def test_large_objects_take_linear_time() -> None:
    keys = [f"key {number % 60_000}" for number in range(100_000)]
    text = "{" + ",".join(f'"{key}":{number}' for number, key in enumerate(keys)) + "}"
    tape, nodes = parse([text, text.replace(",", ", ")])
    began = time.perf_counter()
    assert columns.equal(tape, nodes[:1], tape, nodes[1:]).all()
    _, offsets, names, values = columns.members(tape, nodes)
    # Quadratic work on 10**5 keys takes minutes.
    assert time.perf_counter() - began < 10
    assert offsets.tolist() == [0, 60_000, 120_000]
    assert strings(names)[:60_000] == list(json.loads(text))
    assert columns.numbers(tape, values)[0][:60_000].tolist() == [float(value) for value in json.loads(text).values()]


def test_random_bytes_of_the_grammar() -> None:
    chance = random.Random(3)
    pieces = [
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        '"',
        '"a"',
        '"a":',
        "1",
        "-",
        "0.5",
        "e9",
        "\\",
        "\\u00e9",
        "null",
        " ",
        "\n",
        "é",
        "\0",
    ]
    texts = ["".join(chance.choices(pieces, k=chance.randint(1, 12))) for _ in range(30_000)]
    tape, nodes = parse(texts)
    expected = [loads(text) for text in texts]
    assert (nodes >= 0).tolist() == [value is not ABSENT for value in expected]
    right = [(read(tape, nodes[row]), value) for row, value in enumerate(expected) if value is not ABSENT]
    assert all(repr(found) == repr(value) for found, value in right)


def test_rows_do_not_depend_on_each_other() -> None:
    texts = ['{"a":"x\\n"}', "[1,", "1e400", "[[1],2", '"\\ud800', "12345678901234567890123", '{"b":[]}']
    alone = [read(*(part if index == 0 else part[0] for index, part in enumerate(parse([text])))) for text in texts]
    tape, nodes = parse(texts)
    assert repr([read(tape, node) for node in nodes]) == repr(alone)


def test_the_padding_is_never_part_of_a_value() -> None:
    spans = column(["tru", "nul", "-", '"', "1e", "12", "[1"])
    buffer = spans.buffer.copy()
    buffer[-16:] = np.frombuffer(b'e",1]}"\\u00e9tru', np.uint8)
    tape, nodes = columns.parse(buffer, spans.starts, spans.ends, "python")
    assert [read(tape, node) for node in nodes] == [ABSENT] * 5 + [12, ABSENT]
