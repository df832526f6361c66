"""Values: axes, identity, missing, groups, calls; with results worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.interpreter import evaluate
from tests.reference.running import checked, results, totals

BOXES = [[0, 0, 2, 2], [0, 0, 1, 1]]
ONE_SAMPLE: list[tuple[str, dict[str, Any], Any]] = [
    # Axes broadcast by name; a reduction names what it removes.
    ("reward r(x: float[a], y: float[b]) { sum(x * y over (a, b)) }", {"x": [1, 2], "y": [10, 20, 30]}, 180.0),
    ("reward r(x: float[a], y: float[b]) { sum((max(x * y over b) ?? 0) over a) }", {"x": [1, 2], "y": [10, 20]}, 60.0),
    ("reward r(x: float[a], y: float[a]) { sum(x * y) }", {"x": [1, 2], "y": [10, 20]}, 50.0),
    ("reward r(x: float[a], y: float[b]) -> float[a] { sum(x + y over b) }", {"x": [1, 2], "y": []}, [0.0, 0.0]),
    ("reward r(x: float[a], y: float[b]) -> float[a] { max(x + y over b) ?? -1 }", {"x": [1], "y": []}, [-1.0]),
    # Empty lists: a sum is 0, a mean or maximum is missing; a bound in the type makes them present.
    ("reward r(x: float[a]) { sum(x) }", {"x": []}, 0.0),
    ("reward r(x: float[a]) -> float? { mean(x) }", {"x": []}, None),
    ("reward r(x: float[a]) -> float? { max(x) }", {"x": []}, None),
    ("reward r(x: float[a 1..]) { mean(x) }", {"x": [1, 2, 6]}, 3.0),
    ("reward r(x: bool[a]) { if all(x) and not any(x) then 1 else 0 }", {"x": []}, 1.0),
    ("reward r(x: float[a]) { count(x) + count(x > 1) }", {"x": [1, 2, 3]}, 5.0),
    # Bools count as 0 and 1.
    ("reward r(x: bool[a]) { sum(x) + true }", {"x": [True, False, True]}, 3.0),
    # Naming changes nothing: `d` and `2 * x` have one axis.
    ("reward r(x: float[a]) { let d = 2 * x return sum(d + 2 * x) }", {"x": [1, 2]}, 12.0),
    # A list literal has an axis of its own; the same literal is the same list.
    ("reward r(x: float) { let l = [x, 2] return sum(l * [x, 2]) }", {"x": 3.0}, 13.0),
    ("reward r(x: float[a]) -> float[a] { sum([x, 1, 2] over item) }", {"x": [1, 5]}, [4.0, 8.0]),
    # `rename` makes pairs within one axis.
    ("reward r(x: float[a]) { count(x < rename(x, a: b) over (a, b)) }", {"x": [1, 2, 3]}, 3.0),
    ("reward r(x: float[a]) { let y: float[other] = rename(x, a: b) return sum(x * y over (a, other)) }", {"x": [1, 2]}, 9.0),
    # `index`.
    ("reward r(x: float[a]) { sum(index(a) * x) }", {"x": [5, 6, 7]}, 20.0),
    # Look-up by position is missing outside.
    ("reward r(x: float[a]) -> float? { x[1] }", {"x": [5, 6]}, 6.0),
    ("reward r(x: float[a]) -> float? { x[2] }", {"x": [5, 6]}, None),
    ("reward r(x: float[a], i: int[b]) -> float[b] { x[i] ?? -1 }", {"x": [5, 6], "i": [1, 9, 0]}, [6.0, -1.0, 5.0]),
    # Missing: operations on it are missing, `??` resolves, selection counts only what is taken.
    ("reward r(x: float?) -> float? { x + 1 }", {"x": None}, None),
    ("reward r(x: float?) { x + 1 ?? 7 }", {"x": None}, 7.0),
    ("reward r(x: float?, y: float?) { x ?? y ?? 7 }", {"x": None, "y": 3.0}, 3.0),
    ("reward r(x: float?) { if present(x) then x else 4 }", {"x": None}, 4.0),
    ("reward r(x: float?) { if present(x) and x > 2 then x else 4 }", {"x": 1.0}, 4.0),
    ("reward r(x: float?) { if not present(x) or x > 2 then 1 else 2 }", {"x": None}, 1.0),
    ("reward r(x: float, y: float) -> float? { x / y }", {"x": 1.0, "y": 0.0}, None),
    ("reward r(x: float, y: float) { x / y ?? 9 }", {"x": 1.0, "y": 0.0}, 9.0),
    ("reward r(x: float in 1..2) { 1 / x }", {"x": 2.0}, 0.5),
    ("reward r(x: float) -> float? { log(x) }", {"x": 0.0}, None),
    # Kleene.
    ("reward r(x: bool?) { if (false and x) ?? true then 1 else 0 }", {"x": None}, 0.0),
    ("reward r(x: bool?) { if (true and x) ?? true then 1 else 0 }", {"x": None}, 1.0),
    ("reward r(x: bool?) { if (x or true) ?? false then 1 else 0 }", {"x": None}, 1.0),
    ("reward r(x: bool?) { if (x or false) ?? false then 1 else 0 }", {"x": None}, 0.0),
    ("reward r(x: float?) { if (1 < x < 3) ?? true then 1 else 0 }", {"x": None}, 1.0),
    ("reward r(x: float?) { if (5 < 4 < x) ?? true then 1 else 0 }", {"x": None}, 0.0),
    # Missing entries, and a missing list.
    ("reward r(x: float?[a]) { sum(x ?? 10) }", {"x": [1, None]}, 11.0),
    ("reward r(x: float?[a]) { sum(x, missing: skip) }", {"x": [1, None]}, 1.0),
    ("reward r(x: float?[a]) -> float? { sum(x, missing: spread) }", {"x": [1, None]}, None),
    ("reward r(x: float?[a]) -> float? { sum(x, missing: spread) }", {"x": [1, 2]}, 3.0),
    ("reward r(x: float?[a]) -> float? { mean(x, missing: skip) }", {"x": [None, None]}, None),
    ("reward r(x: float[a]?) -> float? { sum(x) }", {"x": None}, None),
    ("reward r(x: float[a]?) { sum(x) ?? -1 }", {"x": None}, -1.0),
    ("reward r(x: float[a]?) { sum(x ?? []) }", {"x": None}, 0.0),
    ("reward r(x: float[a]?) { if present(x) then sum(x) else 5 }", {"x": None}, 5.0),
    ("reward r(x: float?[a]) { count(present(x)) }", {"x": [1, None, 2]}, 2.0),
    ("reward r(x: float?[a]) { sum(if present(x) then x else 0) }", {"x": [1, None, 2]}, 3.0),
    ("reward r(x: float[a], y: float) -> float? { sum(x / y, missing: spread) }", {"x": [1, 2], "y": 0.0}, None),
    # `same` is exact and total.
    ("reward r(x: float?, y: float?) { if same(x, y) then 1 else 0 }", {"x": None, "y": None}, 1.0),
    ("reward r(x: float?, y: float?) { if same(x, y) then 1 else 0 }", {"x": None, "y": 1.0}, 0.0),
    ("reward r(x: float?, y: float?) { if same(x, y) then 1 else 0 }", {"x": 1.0, "y": 1.0}, 1.0),
    # Chains and `in`.
    ("reward r(x: float) { if 0 <= x < 1 then 1 else 0 }", {"x": 1.0}, 0.0),
    ("reward r(x: float) { if x in 0..1 then 1 else 0 }", {"x": 1.0}, 1.0),
    ("reward r(x: int) { if x in [1, 3] then 1 else 0 }", {"x": 3}, 1.0),
    ("reward r(x: int, y: int[a]) { if x in y then 1 else 0 }", {"x": 3, "y": [1, 2]}, 0.0),
    ("reward r(x: int[b], y: int[a]) -> float[b] { if x in y then 1 else 0 }", {"x": [3, 2], "y": [1, 2]}, [0.0, 1.0]),
    # Selection along an axis.
    ("reward r(x: float[a]) { sum(if x > 1.5 then x else 10) }", {"x": [1, 2]}, 12.0),
    ("reward r(x: float[a], c: bool) { sum(if c then x else 1) }", {"x": [5, 2], "c": False}, 2.0),
    # Precedence: `??` below `or`; the pipe above comparison.
    ("reward r(x: float?) { if x > 0 or x < -3 ?? true then 1 else 0 }", {"x": None}, 1.0),
    ("reward r(x: float) { if x |> abs > 1.5 then 1 else 0 }", {"x": -2.0}, 1.0),
    ("reward r(x: float) { -x ** 2 }", {"x": 3.0}, -9.0),
    # Numbers saturate at the largest float32.
    ("reward r(x: float) { clip(x * x * x * x * x * 1e30, -1..1) }", {"x": 1e30}, 1.0),
    ("reward r(x: float) { (x * x) / (x * x) ?? 0 }", {"x": 1e30}, 1.0),
    # vec: its components are the axis `dim`.
    ("reward r(v: vec[3]) { sum(v * v over dim) }", {"v": [1, 2, 3]}, 14.0),
    ("reward r(v: vec[2][t]) { max(sum(v over dim)) ?? 0 }", {"v": [[1, 2], [3, 5]]}, 8.0),
    ("def f(a: vec[dim], b: vec[dim]) = sum(a * b over dim)\nreward r(v: vec[3]) { f(v, v) }", {"v": [1, 2, 3]}, 14.0),
    ("from std.vectors import cosine\nreward r(v: vec[2][t], w: vec[2]) { sum(cosine(v, w) ?? -1) }",
     {"v": [[1, 0], [0, 3], [0, 0]], "w": [2, 0]}, 0.0),
    # Boxes and points have coordinates.
    ("reward r(b: box[a]) { sum(b.x2 - b.x1) }", {"b": BOXES}, 3.0),
    ("reward r(p: point) { p.x + 10 * p.y }", {"p": [1, 2]}, 21.0),
    # Defs: scalars, lists for lists, lists for single values, missing arguments.
    ("def f(x: float) = x + 1\nreward r(x: float[a]) { sum(f(x)) }", {"x": [1, 2]}, 5.0),
    ("def f(x: float[n]) = sum(x)\nreward r(x: float[a]) { f(x) }", {"x": [1, 2]}, 3.0),
    ("def f(x: float, ys: float[n]) = sum(ys * x)\nreward r(x: float[a], y: float[b]) -> float[a] { f(x, y) }",
     {"x": [1, 2], "y": [3, 4]}, [7.0, 14.0]),
    ("def f(x: float, y: float) = x * y\nreward r(x: float[a], y: float[b]) { sum(f(x, y) over (a, b)) }",
     {"x": [1, 2], "y": [3, 4]}, 21.0),
    ("def f(x: float) = 2 * x\nreward r(x: float?) -> float? { f(x) }", {"x": None}, None),
    ("def f(x: float) = 5\nreward r(x: float?) -> float? { f(x) }", {"x": None}, None),
    ("def f(x: float?) = x ?? 5\nreward r(x: float?) { f(x) }", {"x": None}, 5.0),
    ("def f(x: float?) = x ?? 5\nreward r(x: float?[a]) { sum(f(x)) }", {"x": [None, 1]}, 6.0),
    ("def f(x: float, y: float = 3) = x * y\nreward r(x: float) { f(x) + f(x, y: 1) }", {"x": 2.0}, 8.0),
    ("def f(x: float) { let y = x + 1 return y * y }\nreward r(x: float) { f(f(x)) }", {"x": 1.0}, 25.0),
    ("def f(x: float) = x + 1\nreward r(x: float) { f(x) == x + 1 }", {"x": 2.0}, 1.0),
    # consts.
    ("const k = 4\nreward r(x: float) { x * k }", {"x": 2.0}, 8.0),
    # scan: the carries.
    ("def s(c: float, x: float) -> float = c + x\nreward r(x: float[t]) -> float[t] { scan(s, x over t, start: 10) }",
     {"x": [1, 2, 3]}, [11.0, 13.0, 16.0]),
    ("def s(c: float, x: float) -> float = c / 2 + x\nreward r(x: float[t]) { sum(scan(s, x over t, start: 0)) }",
     {"x": [1, 2]}, 3.5),
    ("def s(c: float, x: float, y: float) -> float = max(c, x * y)\nreward r(x: float[t], y: float[u]) -> float[u] { max(scan(s, x, y over t, start: 0) over t) ?? 0 }",
     {"x": [1, 3, 2], "y": [2, 10]}, [6.0, 30.0]),
    # Defaults of absent fields.
    ("reward r(x: float = 4) { x }", {}, 4.0),
    ("reward r(x: float?) { x ?? 2 }", {}, 2.0),
    # An annotation renames, and its bound cuts.
    ("reward r(x: float[a]) { let y: float[b] = x + 1 return sum(y over b) }", {"x": [1, 2]}, 5.0),
    ("reward r(x: float[a]) { let y: float[a 0..2] = x + 1 return sum(y) }", {"x": [1, 2, 9]}, 5.0),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "sample", "expected"), ONE_SAMPLE)
def test_one_sample(spec: str, sample: dict[str, Any], expected: Any) -> None:
    assert totals(spec, sample) == [expected if isinstance(expected, list | None) else pytest.approx(expected)]


GROUPS: list[tuple[str, list[dict[str, Any]], list[str], list[Any]]] = [
    ("reward r(x: float) { x - mean(x over group) }", [{"x": v} for v in (1, 3, 10)], ["a", "a", "b"], [-1.0, 1.0, 0.0]),
    ("reward r(x: float) { sum(x over batch) }", [{"x": v} for v in (1, 3, 10)], ["a", "a", "b"], [14.0, 14.0, 14.0]),
    ("reward r(x: float?) { sum(x over group, missing: skip) }", [{"x": v} for v in (1, None, 3)], ["a"] * 3, [4.0] * 3),
    ("reward r(x: float?) -> float? { sum(x over group, missing: spread) }",
     [{"x": v} for v in (1, None, 3)], ["a", "a", "b"], [None, None, 3.0]),
    ("reward r(x: float?) { mean((x ?? 0) over group) }", [{"x": v} for v in (1, None)], ["a", "a"], [0.5, 0.5]),
    ("def off(x: float) = x - max(x over group)\nreward r(x: float) { off(2 * x) }", [{"x": 1}, {"x": 2}], ["a", "a"], [-2.0, 0.0]),
    ("reward r(x: float[t]) { max(sum(x) over group) }", [{"x": [1, 2]}, {"x": []}], ["a", "a"], [3.0, 3.0]),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "batch", "groups", "expected"), GROUPS)
def test_groups(spec: str, batch: list[dict[str, Any]], groups: list[str], expected: list[Any]) -> None:
    assert totals(spec, *batch, groups=groups) == expected


def test_consts_are_overridden() -> None:
    spec = checked("const k = 4\nreward r(x: float) { x * k }", {"k": 5})
    assert evaluate(spec, "r", [{"x": 2.0}])[0].total == 10.0


def test_properties_allow_for_rounding_and_rewards_do_not() -> None:
    spec = checked("""
    reward r(x: float) { if x + 0.1 == x + 0.1000000001 then 1 else 0 }
    property near(x: float) { x + 0.1 == x + 0.1000000001 }
    property exact(x: float) { same(x + 0.1, x + 0.1000000001) }
    example "far" { r(1) + 0.1 == 0.11 }
    """)
    found = [evaluate(spec, name, [{"x": 1.0}])[0].total for name in ("r", "near", "exact", "far")]
    assert found == [0.0, True, False, False]


def test_one_list_called_by_two_defs_is_one_list() -> None:
    spec = "def f(x: float) = [x, 1]\nreward r(x: float) { sum(f(x) * f(x)) + sum(f(x) * [x, 1]) }"
    assert totals(spec, {"x": 3.0}) == [20.0]


def test_a_list_made_for_each_entry_is_nested() -> None:
    spec = "def f(x: float) = sum([x, 1, 2])\nreward r(x: float[a]) -> float[a] { f(x) }"
    assert totals(spec, {"x": [1, 7]}) == [[4.0, 10.0]]


def test_an_overflowing_total_is_missing() -> None:
    spec = "reward r(x: float) -> float? { sum { a: x  b: x } }"
    assert totals(spec, {"x": 3e38}, {"x": 1.0}) == [None, 2.0]


def test_imports(tmp_path: Any) -> None:
    (tmp_path / "other.rwd").write_text("const k = 3\nparam w: float = 2\ndef f(x: float) = x * k * w\n")
    spec = checked("from other import f\nreward r(x: float) { f(x) }", folder=tmp_path)
    assert evaluate(spec, "r", [{"x": 1.0}])[0].total == 6.0
    assert evaluate(spec, "r", [{"x": 1.0}], {"w": 5.0})[0].total == 15.0


def test_inputs_of_one_axis_agree_in_length() -> None:
    with pytest.raises(AssertionError, match="two lengths"):
        results("reward r(x: float[a], y: float[a]) { sum(x * y) }", [{"x": [1], "y": [1, 2]}])
