"""The reward tree: every kind, with totals and terms worked out by hand."""

from __future__ import annotations

import pytest

from tests.reference.running import results, totals

FIELDS = "a: float in 0..1, b: float in 0..1, c: bool"
SAMPLE = {"a": 0.5, "b": 0.25, "c": True}


def tree(block: str, fields: str = FIELDS) -> str:
    return f"reward r({fields}) {{ {block} }}"


TOTALS = [
    ("sum { x: a  y: b }", 0.75),
    ("sum { x: a weight 4  y: b weight -2 }", 1.5),
    ("sum { x: c  y: not c weight 10 }", 1.0),
    ("mean { x: a  y: b }", 0.375),
    ("mean { x: a weight 3  y: b weight 1 }", 0.4375),
    ("mean { x: a weight 0  y: b weight 0 }", 0.0),
    ("product { x: a  y: b }", 0.125),
    ("product { x: a weight 2  y: b weight 0.5 }", 0.125),
    ("product { x: a  y: b weight 0 }", 0.5),
    ("min { x: a  y: b }", 0.25),
    ("max { x: a  y: b  z: c }", 1.0),
    ("sum { x: all { p: c  q: a > 0.4 }  y: any { p: not c  q: a > 0.9 } weight 5 }", 1.0),
    ("tiers { x: a  y: b }", 0.5 + 0.5 * 0.25),
    ("tiers { x: a weight 2  y: b weight 4  z: c weight 8 }", 1.0 + 0.5 + 1.0),
    ("gate c { x: a weight 2 }", 1.0),
    ("gate not c { x: a weight 2 }", 0.0),
    ("gate c and a > 0.4 { x: a  y: b }", 0.75),
    ('choose "one" { "one": a  else: b }', 0.5),
    ('choose "three" { "one", "two": a  else: b }', 0.25),
    ('choose "two" { "one", "two": a  else: b }', 0.5),
    ("if c then sum { x: a } else sum { y: b }", 0.5),
    ("sum { x: 1  metric y: 100 }", 1.0),
    ("sum { x: a  mean { y: b  z: 1 } }", 1.125),
    ("sum { x: sum { y: a weight 2 } weight 3 }", 3.0),
    ("min { x: sum { y: a  z: 1 }  w: 2 }", 1.5),
]


@pytest.mark.parametrize(("block", "expected"), TOTALS)
def test_total(block: str, expected: float) -> None:
    assert totals(tree(block), SAMPLE) == [pytest.approx(expected, abs=1e-12)]


def shares(block: str, sample: dict[str, object] | None = None) -> dict[str, object]:
    (result,) = results(tree(block), [sample or SAMPLE])
    return {path: term.contribution for path, term in result.terms.items()}


CONTRIBUTIONS = [
    ("sum { x: a weight 4  y: b weight -2 }", {"x": 2.0, "y": -0.5}),
    ("mean { x: a weight 3  y: b weight 1 }", {"x": 0.375, "y": 0.0625}),
    ("mean { x: a weight 0  y: b weight 0 }", {"x": 0.0, "y": 0.0}),
    ("sum { x: mean { p: a  q: b } weight 2  y: b }", {"x": 0.75, "x/p": 0.5, "x/q": 0.25, "y": 0.25}),
    ("min { x: a  y: b }", {"x": 0.0, "y": 0.25}),
    ("max { x: a  y: b }", {"x": 0.5, "y": 0.0}),
    ("max { x: a  y: a }", {"x": 0.5, "y": 0.0}),
    ("max { x: sum { p: a weight 2  q: b }  y: b }", {"x": 1.25, "x/p": 1.0, "x/q": 0.25, "y": 0.0}),
    ("tiers { x: a weight 2  y: b weight 4  z: c weight 8 }", {"x": 1.0, "y": 0.5, "z": 1.0}),
    ("tiers { x: a  y: mean { p: b  q: 1 } weight 4 }", {"x": 0.5, "y": 1.25, "y/p": 0.25, "y/q": 1.0}),
    ("gate c { x: a weight 2 }", {"x": 1.0}),
    ("gate not c { x: a weight 2 }", {"x": 0.0}),
    ("product { x: a  y: b }", {"x": None, "y": None}),
    (
        "sum { x: product { p: a  q: sum { r: b } }  y: b }",
        {"x": 0.125, "x/p": None, "x/q": None, "x/q/r": None, "y": 0.25},
    ),
    ("sum { x: all { p: c  q: c } weight 2 }", {"x": 2.0, "x/p": None, "x/q": None}),
    ("sum { x: a  metric m: sum { n: b } }", {"x": 0.5, "m": None, "m/n": None}),
    (
        'sum { x: choose "one" { "one": sum { p: a }  else: b } weight 2 }',
        {"x": 1.0, "x/one": 1.0, "x/one/p": 1.0, "x/else": 0.0},
    ),
    ("if c then sum { x: a } else mean { y: b }", {"x": 0.5, "y": 0.0}),
    ("if c then sum { x: a } else sum { x: b weight 9 }", {"x": 0.5}),
]


@pytest.mark.parametrize(("block", "expected"), CONTRIBUTIONS)
def test_contributions(block: str, expected: dict[str, object]) -> None:
    assert shares(block) == pytest.approx(expected)


def test_terms_keep_raw_and_weight_apart() -> None:
    (result,) = results(tree("sum { x: a weight 4  y: sum { z: b weight 2 } weight 3 }"), [SAMPLE])
    assert [(t.raw, t.weight, t.contribution) for t in result.terms.values()] == [
        (0.5, 4, 2.0),
        (0.5, 3, 1.5),
        (0.25, 2, 1.5),
    ]


ACTIVE = [
    ("gate c { x: a  y: sum { z: b } }", {"x": True, "y": True, "y/z": True}),
    ("gate not c { x: a  y: sum { z: b } }", {"x": False, "y": False, "y/z": False}),
    ("if c then sum { x: a } else sum { y: sum { z: b } }", {"x": True, "y": False, "y/z": False}),
    (
        'choose "one" { "one": a  "two": b  else: sum { z: b } }',
        {"one": True, "two": False, "else": False, "else/z": False},
    ),
    ("mean { x: a weight 0  y: b weight 0 }", {"x": False, "y": False}),
    ("tiers { x: 0  y: b }", {"x": True, "y": True}),
    ("sum { gate not c { x: a }  y: b }", {"x": False, "y": True}),
    ("gate not c { x: a  metric y: b }", {"x": False, "y": False}),
    ("gate c { x: a  metric y: b }", {"x": True, "y": True}),
]


@pytest.mark.parametrize(("block", "expected"), ACTIVE)
def test_active(block: str, expected: dict[str, bool]) -> None:
    (result,) = results(tree(block), [SAMPLE])
    assert {path: term.active for path, term in result.terms.items()} == expected


MAYBE = "x: float?, y: float in 0..1, c: bool"
MISSING = {"x": None, "y": 0.5, "c": True}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("sum { p: x  q: y }", None),
        ("mean { p: x  q: y }", None),
        ("min { p: x  q: y }", None),
        ("sum { p: x ?? 3  q: y }", 3.5),
        ("gate not c { p: x }", 0.0),
        ("gate present(x) { p: x }", 0.0),
        ("if c then y else x", 0.5),
        ("if present(x) then x else y", 0.5),
        ('choose "k" { "k": y  else: x }', 0.5),
        ("sum { q: y  metric p: x }", 0.5),
        ("sum { p: x weight 0  q: y }", None),
        ("tiers { q: y  p: clip(x, 0..1) }", None),
        ("gate c { p: x  q: y }", None),
    ],
)
def test_missing_entries(block: str, expected: float | None) -> None:
    spec = f"reward r({MAYBE}) -> float? {{ {block} }}"
    assert totals(spec, MISSING) == [expected]


def test_a_missing_entry_leaves_the_others_their_contributions() -> None:
    (result,) = results(f"reward r({MAYBE}) -> float? {{ sum {{ p: x  q: y weight 2 }} }}", [MISSING])
    assert result.total is None
    assert (result.terms["p"].present, result.terms["p"].contribution) == (False, None)
    assert (result.terms["q"].present, result.terms["q"].contribution) == (True, 1.0)


def test_params_weigh_and_are_given() -> None:
    spec = "param w: float in 0..9 = 2\nreward r(a: float) { sum { x: a weight w } }"
    assert totals(spec, {"a": 0.5}) == [1.0]
    assert totals(spec, {"a": 0.5}, params={"w": 8.0}) == [4.0]


def test_labels_count_in_calls_of_defs_and_rewards() -> None:
    spec = """
    def format(a: float) = sum { good: a weight 2 }
    reward inner(a: float) { mean { one: a  two: 1 } }
    reward r(a: float) { sum { f: format(a)  i: inner(a) weight 2 } }
    """
    (result,) = results(spec, [{"a": 0.5}])
    assert result.total == 1.0 + 1.5
    assert {path: term.contribution for path, term in result.terms.items()} == {
        "f": 1.0, "f/good": 1.0, "i": 1.5, "i/one": 0.5, "i/two": 1.0,
    }  # fmt: skip


def test_labels_elsewhere_are_not_logged() -> None:
    (result,) = results("reward r(a: float) { let s = sum { x: a } return sum { y: s + 1 } }", [{"a": 0.5}])
    assert list(result.terms) == ["y"]


def test_totals_along_an_axis() -> None:
    spec = "reward r(a: float[time]) -> float[time] { sum { x: a weight 2  y: 1 } }"
    (result,) = results(spec, [{"a": [0.5, 1.5]}])
    assert result.total == [2.0, 4.0]
    assert result.terms["x"].contribution == [1.0, 3.0]
    assert result.terms["y"].contribution == 1.0


def test_a_gate_along_an_axis() -> None:
    spec = "reward r(a: float[time]) -> float[time] { gate a > 1 { x: a } }"
    (result,) = results(spec, [{"a": [0.5, 1.5]}])
    assert result.total == [0.0, 1.5]
    assert result.terms["x"].active == [False, True]


def test_a_tree_in_a_def_that_is_called_with_a_list() -> None:
    spec = "def one(v: float) = sum { x: v weight 2  y: 1 }\nreward r(a: float[time]) -> float[time] { one(a) }"
    result, empty = results(spec, [{"a": [0.5, 1.5]}, {"a": []}])
    assert (result.total, empty.total) == ([2.0, 4.0], [])
    assert result.terms["x"].contribution == [1.0, 3.0]
