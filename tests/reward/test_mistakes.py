"""A caller's mistake is one `CallError` that names the argument, the sample and the value, before anything is scored."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pyarrow as pa
import pytest

import rewardlang

SPEC = """
param w: float in 0..2 = 1.0
param n: int in 0..3 = 1
param hard: bool = false
record Call { name: text, score: float? }

reward r(
    reply: text, a: float in -10..10, xs: float[time 0..4], ys: float[time], k: int = 3, b: bool = true, place: box?,
    p: point?, v: vec[3]?, tags: text[tag]?, doc: json?, call: Call?, nested: float[i, j]?, zs: float?[other]
) -> float in -100..100 {
    clip(
        length(reply) + a * w + sum(xs * ys) + k + n + (if b or hard then 1 else 0) + (area(place) ?? 0) + (p.x ?? 0)
            + (sum(v) ?? 0) + (count(tags) ?? 0) + (number(doc) ?? 0) + (call.score ?? 0)
            + (sum(nested over (i, j)) ?? 0) + sum(zs ?? 1) + (if mean(a over group) > 1 then 1 else 0),
        -100..100
    )
}
"""
REWARD = rewardlang.compile(SPEC)
FINE: dict[str, Any] = {"reply": ["a", "b"], "a": [1.0, 2.0], "xs": [[1], [2, 3]], "ys": [[1], [2, 3]]}
TAKES = "`r` takes (reply: text, a: float in -10..10, xs: float[time], "
LEAVE = '; `on_invalid="missing"` would leave such samples out'
ONE_EACH = "expected one value a sample (a list, an array), got a single"

COLUMNS: list[tuple[dict[str, Any], str]] = [
    ({"reply": None}, f"the column `reply` is missing; {TAKES}"),
    (
        {"reply": None, "repyl": ["a", "b"]},
        "the column `reply` is missing (the column `repyl` is not used: is it meant?)",
    ),
    ({"plaec": [None, None]}, "`r` has no field `plaec`: did you mean `place`?"),
    ({"qqqqq": [None, None]}, "`r` has no field `qqqqq`; it takes `reply`, "),
    ({"a": [1.0]}, "column `a` has 1 samples, but column `reply` has 2"),
    ({"ys": [[1], [2, 3, 4]]}, "sample 1: `xs` has 2 entries along `time`, but `ys` has 3"),
    ({"a": [1.0, "x"]}, "column `a`, sample 1: expected `float in -10..10`, got 'x'"),
    ({"a": ["1", "2"]}, "column `a`, sample 0: expected `float in -10..10`, got '1'"),
    ({"a": pa.array(["1", "2"])}, "column `a`, sample 0: expected `float in -10..10`, got '1'"),
    ({"a": np.ones((2, 1))}, "column `a`, sample 0: expected `float in -10..10`, got [1.0]"),
    ({"a": np.ones(2) * 1j}, "column `a`, sample 0: expected `float in -10..10`, got 1j"),
    ({"reply": ["a", 3]}, "column `reply`, sample 1: expected `text`, got 3"),
    ({"reply": pa.array([1, 2])}, "column `reply`, sample 0: expected `text`, got 1"),
    ({"reply": ["a", b"b"]}, "column `reply`, sample 1: expected `text`, got b'b'"),
    ({"xs": [[1], [2, "u"]]}, "column `xs`, sample 1: expected `float[time]`, got [2, 'u']"),
    ({"reply": "ab"}, f"column `reply`: {ONE_EACH} str"),
    ({"reply": b"ab"}, f"column `reply`: {ONE_EACH} bytes"),
    ({"reply": {"a": 1}}, f"column `reply`: {ONE_EACH} dict"),
    ({"a": {1.0, 2.0}}, f"column `a`: {ONE_EACH} set"),
    ({"a": 1.0}, f"column `a`: {ONE_EACH} float"),
    ({"a": np.array(1.0)}, f"column `a`: {ONE_EACH} ndarray"),
    ({"a": (x for x in (1.0, 2.0))}, f"column `a`: {ONE_EACH} generator"),
    ({"a": [1.0, None]}, f"column `a`, sample 1: it is missing{LEAVE}"),
    ({"reply": [None, "a"]}, f"column `reply`, sample 0: it is missing{LEAVE}"),
    ({"xs": [None, [1, 2]], "ys": [[1], [2, 3]]}, f"column `xs`, sample 0: it is missing{LEAVE}"),
    ({"xs": [[None], [1, 2]]}, f"column `xs`, sample 0: [None] has a missing entry{LEAVE}"),
    ({"a": [1.0, float("nan")]}, f"column `a`, sample 1: nan is not a finite number{LEAVE}"),
    ({"a": np.array([1.0, np.inf])}, f"column `a`, sample 1: inf is not a finite number{LEAVE}"),
    ({"a": [1.0, 10**400]}, "is not a finite number"),
    (
        {"xs": [[1], [2, float("inf")]]},
        f"column `xs`, sample 1: [2, inf] has an entry that is not a finite number{LEAVE}",
    ),
    ({"a": [1.0, 11]}, f"column `a`, sample 1: 11 lies outside -10..10{LEAVE}"),
    ({"a": jnp.array([1.0, 11.0])}, f"column `a`, sample 1: 11.0 lies outside -10..10{LEAVE}"),
    ({"xs": [[1] * 5, [1]], "ys": [[1] * 5, [1]]}, "column `xs`, sample 0: `time` has 5 entries, not 0..4"),
    ({"k": [1, 1.5]}, "column `k`, sample 1: expected `int`, got 1.5"),
    ({"k": np.array([1.0, 1.5])}, "column `k`, sample 1: expected `int`, got 1.5"),
    ({"k": pa.array([1.0, 1.5])}, "column `k`, sample 1: expected `int`, got 1.5"),
    ({"k": ["1", "2"]}, "column `k`, sample 0: expected `int`, got '1'"),
    ({"k": [1, 2**31]}, f"column `k`, sample 1: 2147483648 is not a whole number of 32 bits{LEAVE}"),
    (
        {"k": np.array([1, -(2**63)])},
        f"column `k`, sample 1: -9223372036854775808 is not a whole number of 32 bits{LEAVE}",
    ),
    ({"k": np.array([1, 2**64 - 1], np.uint64)}, "is not a whole number of 32 bits"),
    ({"k": [1, 10**400]}, "is not a whole number of 32 bits"),
    ({"b": [True, 2]}, "column `b`, sample 1: expected `bool`, got 2"),
    ({"b": np.array([1, 2])}, "column `b`, sample 0: expected `bool`, got 1"),
    ({"b": pa.array([1, 2])}, "column `b`, sample 0: expected `bool`, got 1"),
    ({"place": [[1, 2, 3, 4], [1, 2, 3]]}, "column `place`, sample 1: expected `box?`, got [1.0, 2.0, 3.0]"),
    ({"place": np.ones((2, 3))}, "column `place`, sample 0: expected `box?`, got [1.0, 1.0, 1.0]"),
    ({"place": [1, 2]}, "column `place`, sample 0: expected `box?`, got 1"),
    ({"place": ["[1,2,3,4]", None]}, "column `place`, sample 0: expected `box?`, got '[1,2,3,4]'"),
    ({"v": np.ones((2, 2))}, "column `v`, sample 0: expected `vec[3]?`, got [1.0, 1.0]"),
    ({"v": [[1, 2, 3], [1, 2]]}, "column `v`, sample 1: expected `vec[3]?`, got [1.0, 2.0]"),
    ({"tags": ["ab", "c"]}, "column `tags`, sample 0: expected `text[tag]?`, got 'ab'"),
    ({"tags": [["a"], [b"a"]]}, "column `tags`, sample 1: expected `text[tag]?`, got [b'a']"),
    ({"tags": [["a", 1], ["c"]]}, "column `tags`, sample 0: expected `text[tag]?`, got ['a', 1]"),
    ({"doc": [{"a": {1}}, 3]}, "column `doc`, sample 0: expected `json?`, got {'a': {1}}"),
    ({"nested": [[[1, 2], [3]], [[1]]]}, "column `nested`, sample 0: its lists along `j` differ in length (1 and 2)"),
    ({"nested": [[1, 2], [3]]}, "column `nested`, sample 0: expected `float[i, j]?`, got [1, 2]"),
]

PARAMS: list[tuple[Any, str]] = [
    ({"W": 1}, "`r` has no param `W`: did you mean `w`?"),
    ({"weight": 1}, "`r` has no param `weight`"),
    ({"w": 3}, "the param `w` = 3 lies outside 0..2"),
    ({"w": float("nan")}, "the param `w` = nan lies outside 0..2"),
    ({"w": "1"}, "the param `w` is `float in 0..2`, not '1'"),
    ({"w": True}, "the param `w` is `float in 0..2`, not True"),
    ({"w": None}, "the param `w` is `float in 0..2`, not None"),
    ({"w": np.ones(3)}, "the param `w` is `float in 0..2`, not array([1., 1., 1.])"),
    ({"n": 1.5}, "the param `n` is `int in 0..3`, not 1.5"),
    ({"hard": 1}, "the param `hard` is `bool`, not 1"),
    ([1], "`params` holds values by name (a dict), not [1]"),
]

GROUPS: list[tuple[Any, str]] = [
    (None, "this reward uses `over group`: pass `group=`, an id for each sample or the size of every group"),
    (3, "`group`: 2 samples do not make groups of 3"),
    (0, "`group`: the size of a group is at least 1, not 0"),
    (True, "`group` is an id for each sample or the size of every group, not True"),
    (2.0, "`group` is an id for each sample or the size of every group, not 2.0"),
    ("ab", "`group` is an id for each sample or the size of every group, not 'ab'"),
    (["a"], "`group` has 1 ids, but there are 2 samples"),
    ([[1], [2]], "`group`, sample 0: [1] is no id of a group"),
    ([1, None], "`group`, sample 1: None is no id of a group"),
    ([float("nan")] * 2, "`group`, sample 0: nan is no id of a group"),
]


def error_of(columns: Any, *, group: Any = 2, **how: Any) -> str:
    with pytest.raises(rewardlang.CallError) as caught:
        REWARD(columns, group=group, **how)
    return str(caught.value)


def test_the_columns_are_fine() -> None:
    assert REWARD(FINE, group=2).tolist() == [9.0, 22.0]


@pytest.mark.parametrize(("change", "message"), COLUMNS)
def test_a_wrong_column(change: dict[str, Any], message: str) -> None:
    assert message in error_of({**FINE, **change})


@pytest.mark.parametrize(("params", "message"), PARAMS)
def test_a_wrong_param(params: Any, message: str) -> None:
    assert error_of(FINE, params=params) == message


@pytest.mark.parametrize(("group", "message"), GROUPS)
def test_a_wrong_group(group: Any, message: str) -> None:
    assert error_of(FINE, group=group) == message


def test_groups_that_do_not_stand_together() -> None:
    columns = {name: values[:1] * 3 for name, values in FINE.items()}
    assert (
        error_of(columns, group=["x", "y", "x"]) == "`group`, sample 2: the samples of group 'x' do not stand together"
    )


def test_what_are_no_columns() -> None:
    assert error_of([1]) == "expected columns by name (a dict, a table), got [1]"
    assert error_of("reply") == "expected columns by name (a dict, a table), got 'reply'"
    assert error_of({}).startswith("the column `reply` is missing")
    assert error_of(FINE, on_invalid="skip") == "`on_invalid` is one of 'error', 'missing', not 'skip'"


def test_no_column_says_how_many_samples_there_are() -> None:
    optional = rewardlang.compile("reward r(a: float?) -> float in 0..1 { clip(a ?? 0, 0..1) }")
    with pytest.raises(rewardlang.CallError, match="nothing says how many samples there are"):
        optional()


def test_tables_are_columns() -> None:
    import polars as pl

    plain = rewardlang.compile("reward r(a: float, t: text) -> float in 0..9 { clip(a + length(t), 0..9) }")
    columns = {"a": [1.0, 2.0], "t": ["x", "yz"]}
    for table in (pa.table(columns), pl.DataFrame(columns)):
        assert plain(table).tolist() == [2.0, 4.0]
