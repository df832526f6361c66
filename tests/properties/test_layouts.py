"""Vectors, lists that share an axis and may be missing, and positions: compiled rewards agree with the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rewardlang
from rewardlang.diagnostics import CallError, CompileError
from tests.reference.agreement import assert_agrees
from tests.reference.compiled import compiled_scores
from tests.reference.running import checked

VECTOR = [{"v": [1.0, 2.0, 3.0]}, {"v": [0.5, -2.0, 3.0]}]
VECTORS = [{"v": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "x": [7.0, 8.0]}, {"v": [], "x": []}]
SHARED = [
    {"x": [1.0, 2.0], "w": None},
    {"x": [1.0, 2.0], "w": [3.0, 5.0]},
    {"x": [], "w": []},
    {"x": [1.0], "w": None},
]
TEXTS = [{"x": [1.0, 2.0], "w": None}, {"x": [1.0, 2.0], "w": ["a", "bb"]}]
RECORDS = [{"x": [1.0, 2.0], "w": None}, {"x": [1.0], "w": [{"a": 2.5}]}]

CASES = [
    ("v: vec[3]", "sum(v)", VECTOR),
    ("v: vec[3]?", "sum(v) ?? 4", [*VECTOR, {"v": None}]),
    ("v: vec[3] = [1, 2, 3]", "sum(v)", VECTOR),
    ("v: vec[3][time]", "sum(sum(v over dim))", VECTORS),
    ("v: vec?[3][time]", "sum(sum(v over dim), missing: skip)", [{"v": [[1.0, 2.0, 3.0], None]}, {"v": []}]),
    ("v: vec[3][time]?", "sum(sum(v over dim)) ?? 3", [*VECTORS, {"v": None}]),
    ("v: vec[3][time], x: float[time]", "sum(sum(v over dim) * x) + sum(v * x over (time, dim))", VECTORS),
    ("r: R", "sum(r.v) + sum(r.w over (k, dim))", [{"r": {"v": [2.0, 3.0], "w": [[2.0, 3.0], [4, 5], [6, 7]]}}]),
    ("x: float[time], w: float[time]?", "sum(x) + (mean(w) ?? 0)", SHARED),
    ("w: float[time]?, x: float[time]", "sum(x) + (mean(w) ?? 0)", SHARED),
    ("x: float[time], w: float[time]?", "count(x) + 10 * count(w ?? []) + (max(w ?? []) ?? 7)", SHARED),
    ("x: float[time], w: float?[time]?", "sum(w ?? [], missing: skip) + count(x)", SHARED),
    ("x: float[time], w: text[time]?", "sum(x) + (sum(length(w)) ?? 0)", TEXTS),
    ("x: float[time], w: A[time]?", "sum((w ?? []).a) + count(x)", RECORDS),
    ("w: float[time]?", "sum(index(time) * (w ?? []))", SHARED),
    ("x: float[time]", "sum(if index(time) == 1 then x else 1)", SHARED),
    ("a: float, x: float[time]", "sum(index(time) * a)", [{"a": 2.0, "x": [1.0, 2.0, 3.0]}, {"a": 2.0, "x": []}]),
    ("x: float[time]", "sum(index(time))", SHARED),
]
HOLES = [
    {"h": [1.0, None, 3.0, 1.0], "t": ["b", None, "a", "b"], "b": [True, None, False, True], "x": [1.0, 2.0, 3.0, 4.0],
     "y": [0.5, 2.5], "s": "a b a", "n": 1},
    {"h": [], "t": [], "b": [], "x": [], "y": [0.5, 2.5], "s": "", "n": 0},
    {"h": [None], "t": [None], "b": [None], "x": [5.0], "y": [], "s": "b", "n": 0},
]  # fmt: skip
HOLED = "h: float?[time], t: text?[time], b: bool?[time], x: float[time], y: float[other], s: text, n: int"
MOVES = [
    "h[n]",
    "sum(h[index(time) + 1], missing: skip)",
    "sum(h[index(other)], missing: skip)",
    "first(h)",
    "first(h, missing: skip)",
    "length(last(t))",
    "sum(reverse(h) * x, missing: skip)",
    "sum(previous(h) * x, missing: skip)",
    "sum(unique(h, missing: skip))",
    "sum(unique(h, missing: spread))",
    "sum(sort(h, missing: spread))",
    "sum(occurrence(t, missing: spread))",
    "sort(keep(h, where: present(h), missing: skip))[0]",
    "sum(keep(h, where: x > 1.5), missing: skip)",
    "sum(keep(x, where: b, missing: skip))",
    "sum(length(keep(t, where: x > 1.5)), missing: skip)",
    "sum(sum(keep(h, where: x > y) over time, missing: spread), missing: skip)",
    "sum(lookup(h, where: x > y), missing: skip)",
    "lookup(h, where: b, missing: skip)",
    "jaccard(words(s), t, missing: skip)",
    "jaccard(t, words(s), missing: skip)",
    "jaccard(t, t, missing: skip)",
    'length(join(t, ",", missing: skip))',
    "count(ngrams(t, 2, missing: skip))",
]
RECORDS_OF = "record R { v: vec[2], w: vec[2][k] }\nrecord A { a: float }\n"


@pytest.mark.parametrize(("fields", "body", "batch"), CASES)
def test_it_agrees(fields: str, body: str, batch: list[dict[str, Any]]) -> None:
    assert_agrees(checked(f"{RECORDS_OF}reward r({fields}) {{ {body} }}"), "r", batch, None, None, compiled_scores)


@pytest.mark.parametrize("body", MOVES)
def test_entries_move_with_their_absence(body: str) -> None:
    assert_agrees(checked(f"reward r({HOLED}) -> float? {{ {body} }}"), "r", HOLES, None, None, compiled_scores)


@pytest.mark.parametrize("word", ["sort", "reverse", "previous", "occurrence"])
def test_no_entry_of_a_list_whose_axis_is_kept_can_be_skipped(word: str) -> None:
    with pytest.raises(CompileError, match="keeps the list's axis"):
        checked(f"reward r({HOLED}) -> float? {{ sum({word}(h, missing: skip), missing: skip) }}")


def test_a_matching_of_numbers_from_text_sees_their_double_precision() -> None:
    # In single precision both are equal, and the first would win.
    body = (
        "let w = number(words(s)) ?? 0 "
        "return sum(if assign(w + (if x > 1 then 1 else 0), by: best) then index(word) else 0 over (word, a))"
    )
    batch = [{"s": "1.0000000001 1.0000000002", "x": [0.0]}]
    assert_agrees(
        checked(f"reward r(s: text, x: float[a]) -> float {{ {body} }}"), "r", batch, None, None, compiled_scores
    )


def test_an_emptied_list_has_an_axis_of_its_own_where_another_field_has_the_lists() -> None:
    with pytest.raises(CompileError, match="two different lists"):
        checked("reward r(x: float[time], w: float[time]?) { sum(x * (w ?? [])) }")


def test_no_list_has_the_axis_of_components() -> None:
    with pytest.raises(CompileError, match="components of a `vec`"):
        checked("reward r(x: float[dim]) { sum(x) }")


def test_a_default_must_be_as_long_as_the_lists_beside_it() -> None:
    reward = rewardlang.compile("reward r(x: float[time], w: float[time] = [1, 2]) { sum(x * w) }")
    assert reward(x=[[1.0, 2.0]]).tolist() == [5.0]
    with pytest.raises(CallError, match="sample 1"):
        reward(x=[[1.0, 2.0], [1.0]])


def test_a_missing_required_list_spoils_its_sample_alone() -> None:
    reward = rewardlang.compile("reward r(w: float[time], x: float[time]) { sum(x * w) }")
    assert reward(w=[None, [1.0, 2.0]], x=[[1.0, 2.0]] * 2, on_invalid="missing").tolist() == [None, 5.0]


STEP = "reward r(v: vec[3]?, w: vec[3][time], y: float[time]?, z: float[time, other], o: float[other], n: float)"
BODY = "(sum(v) ?? 9) + sum(w * w over (time, dim)) + (sum(y) ?? 0) + n + sum((max(z over time) ?? 0) * o over other)"
ARRAYS = {
    "v": np.ones((2, 3)),
    "w": np.arange(12.0).reshape(2, 2, 3),
    "y": np.ones((2, 2)),
    "z": np.arange(16.0).reshape(2, 2, 4),
    "o": np.arange(8.0).reshape(2, 4),
    "n": np.array([1.0, 2.0]),
}


@pytest.mark.parametrize("absent", [(), ("v",), ("y",), ("v", "y")])
def test_a_step_scores_as_a_call_does(absent: tuple[str, ...]) -> None:
    reward = rewardlang.compile(f"{STEP} {{ {BODY} }}")
    given = {name: array for name, array in ARRAYS.items() if name not in absent}
    expected = reward(given).tolist()
    np.testing.assert_allclose(reward.step({}, given).total, expected)
    single = {name: array[1] for name, array in given.items()}
    np.testing.assert_allclose(reward.step({}, single).total, expected[1])


def test_an_entry_that_is_not_finite_spoils_its_sample_in_a_step_too() -> None:
    reward = rewardlang.compile(f"{STEP} {{ {BODY} }}")
    for name in ("w", "y", "z"):
        array = ARRAYS[name].copy()
        array[0, 0] = np.nan
        scores = reward.step({}, {**ARRAYS, name: array})
        np.testing.assert_array_equal(scores.total_present, [False, True])
        called = reward({**ARRAYS, name: array}, on_invalid="missing").tolist()
        assert [total is not None for total in called] == [False, True]


def test_the_axis_of_an_absent_list_is_empty_in_a_step() -> None:
    reward = rewardlang.compile("reward r(x: float[time]?) { count(x ?? []) + (sum(x) ?? 5) }")
    assert float(reward.step({}, {}).total) == 5
    np.testing.assert_allclose(reward.step({}, {"x": np.ones((2, 3))}).total, [6, 6])
