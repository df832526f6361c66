"""Kernels on pairs of lists and of objects against plain Python: short and long, repeated, escaped."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest

from rewardlang.columns.column import JsonColumn, Ragged
from rewardlang.columns.json import parse
from rewardlang.columns.texts import Texts
from rewardlang.ops.registry import BUILTINS

ROWS = 200


def named(name: str) -> Any:
    """The builtin of this name."""
    return next(builtin for builtin in BUILTINS if builtin.name == name)


def _object(draw: random.Random, most: int) -> str:
    keys, values = ["a", "b", "\\u0061", "é", ""], ["1", "1.0", "true", "[2]", "NaN", "null", '"x"']
    members = [
        (draw.choice([*keys, f"k{draw.randrange(most)}"]), draw.choice(values)) for _ in range(draw.randrange(most))
    ]
    text = "{" + ", ".join(f'"{key}": {value}' for key, value in members) + "}"
    return draw.choice([text, text, text, "[1]", "3", "{"])


@pytest.mark.parametrize("most", [3, 12, 60])
@pytest.mark.parametrize("dialect", ["strict", "python"])
def test_agreeing_keys_are_those_of_python(most: int, dialect: str) -> None:
    draw = random.Random(most)  # noqa: S311 - test data
    texts = [[_object(draw, most) for _ in range(ROWS)] for _ in range(2)]
    columns, values = [], []
    for side in texts:
        column = Texts.of(side)
        columns.append(JsonColumn(*parse(column.buffer, column.starts, column.ends, "python")))
        values.append([None if text == "{" else json.loads(text) for text in side])
    found = named("agreeing").lists(*columns, dialect=dialect)
    keys = found.column.to_list()
    for row, (left, right) in enumerate(zip(*values, strict=True)):
        expected = named("agreeing").one(left, right, dialect)
        assert keys[found.offsets[row] : found.offsets[row + 1]] == expected


def _ragged(lists: list[list[str]]) -> Ragged:
    return Ragged(np.cumsum([0, *map(len, lists)]), Texts.of([entry for entries in lists for entry in entries]))


@pytest.mark.parametrize("longest", [4, 300])
@pytest.mark.parametrize("kind", ["set", "multiset"])
def test_jaccard_of_short_and_long_lists_is_that_of_python(longest: int, kind: str) -> None:
    draw = random.Random(longest)  # noqa: S311 - test data
    words = ["", "a", "b", "longer than one word", "longer than one world", "é", *map(str, range(longest))]
    lists = [[[draw.choice(words) for _ in range(draw.randrange(longest))] for _ in range(ROWS)] for _ in range(2)]
    jaccard = named("jaccard")
    found = jaccard.lists(_ragged(lists[0]), _ragged(lists[1]), **{"as": kind})
    expected = [jaccard.one(left, right, **{"as": kind}) for left, right in zip(*lists, strict=True)]
    assert found.tolist() == pytest.approx(expected, abs=0)


@pytest.mark.parametrize("digits", [1, 2, 5, 9])
def test_decimals_are_rounded_as_python_rounds_them(digits: int) -> None:
    draw = np.random.default_rng(digits)
    halves = (draw.integers(-4000, 4000, 4000) + 0.5) / 10.0**digits
    spread = draw.normal(size=4000) * 10.0 ** draw.integers(-12, 14, 4000)
    edges = np.array([0.0, -0.0, -1e-300, 1e300, np.inf, -np.inf, 2.675, 1.005, 2.5])
    x = np.concatenate((halves, np.nextafter(halves, 0), np.nextafter(halves, 9e9), spread, edges))
    found = named("round").value(np, x, digits=digits)
    expected = np.array([round(float(value), digits) for value in x])
    assert np.array_equal(found.view(np.int64), expected.view(np.int64))
    assert named("round").value(np, np.float64(2.675), digits=2) == 2.67
