"""`rwd test`, and the samples that it draws."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from rewardlang.diagnostics import Sink
from rewardlang.facts import Interval
from rewardlang.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.parser import parse_expression
from rewardlang.testing.hints import Hints, collect
from rewardlang.testing.literals import write, write_call
from rewardlang.testing.strategies import boxes, strategy_for, texts
from rewardlang.types import BOX, FLOAT, INT, JSON, TEXT, Axis, Type

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

SPEC = """\
param w: float in 0..2 = 1.0
reward r(x: float in 0..1, y: int) -> float { sum { base: x  far: if y > 20 then 1 else 0 weight w } }
example "half" { r(0.5, 0) == 0.5 }
example "wrong" { r(0.5, 0) == 1 }
property small(x: float in 0..1, y: int) { r(x, y) <= 1 }
property never_negative(x: float in 0..1, y: int) { r(x, y) >= 0 }
"""


def _timeless(text: str) -> str:
    return re.sub(r"[\d.]+ m?s\b", "T", text)


@pytest.fixture
def spec(folder: Path) -> Path:
    path = folder / "t.rwd"
    path.write_text(SPEC)
    return path


def test_what_passes_and_what_fails(run: Run, spec: Path) -> None:
    code, out, err = run("test", spec.name, "--examples", "40")
    assert (code, err) == (1, "")
    lines = _timeless(out).splitlines()
    assert lines[:4] == [
        "t.rwd",
        '  example "half"           ok      T',
        '  example "wrong"          FAILED  T',
        "      it is false",
    ]
    assert re.fullmatch(r"  property small           FAILED  \d+ samples, T", lines[4])
    # The smallest: 21 is the first `y` that is far, and any `x` above 0 is enough; 1 is the simplest.
    assert lines[5] == "      small(x: 1, y: 21) is false"
    assert lines[6] == "  property never_negative  ok      40 samples, T"
    assert lines[7] == "2 passed, 2 failed in T (seed 0)"


def test_the_same_seed_draws_the_same_samples(run: Run, spec: Path) -> None:
    spec.write_text('property odd(x: float in 0..1, s: text) { x < 0.9 or s == "" }\n')
    first = _timeless(run("test", spec.name, "--seed", "3")[1])
    assert _timeless(run("test", spec.name, "--seed", "3")[1]) == first


def test_tests_are_chosen_by_name(run: Run, spec: Path) -> None:
    code, out, _ = run("test", spec.name, "-k", "half")
    assert code == 0
    assert _timeless(out) == 't.rwd\n  example "half"  ok      T\n1 passed in T (seed 0)\n'
    assert run("test", spec.name, "-k", "nothing") == (2, "", "error: no test has `nothing` in its name\n")


def test_a_faulty_spec_stops_no_other(run: Run, spec: Path) -> None:
    (spec.parent / "faulty.rwd").write_text("reward r(x: float) -> float { y }\n")
    code, out, err = run("test", "faulty.rwd", spec.name, "-k", "half")
    assert code == 1
    assert err.startswith("error[unknown-name]")
    assert out.splitlines()[-1].startswith("1 passed, 1 spec with errors in ")


def test_nothing_to_run(run: Run) -> None:
    assert run("test", "r.rwd") == (0, "there are no examples and no properties to run\n", "")


# --- hints -----------------------------------------------------------------------------------------------------------


def test_hints_come_from_the_spec_and_what_it_uses(tmp_path: Path) -> None:
    (tmp_path / "lib.rwd").write_text(
        'def used(t: text) -> text? = between(t, "<a>", "</a>")\ndef unused(t: text) -> bool = matches(t, /never/)\n'
    )
    (tmp_path / "s.rwd").write_text(
        "from lib import used\nrecord Call { name: text, n: int? }\n"
        "reward r(t: text, c: Call) -> float {\n"
        '    sum { a: matches(used(t) ?? "", /\\d+/i)\n'
        '    b: choose t { "click": 0.25 else: count(words(c.name)) } }\n}\n'
    )
    hints = collect(tmp_path / "s.rwd")
    assert hints.patterns == (("\\d+", "i"),)
    assert hints.tags == (("<a>", "</a>"),)
    assert set(hints.words) == {"<a>", "</a>", "click"}
    assert 0.25 in hints.numbers
    assert hints.records == (("Call", (("name", "text"), ("n", "int"))),)


HINTS = Hints(
    patterns=(("gr[ae]y", "i"), ("(?P<n>unclosed", "")),
    tags=(("<a>", "</a>"),),
    words=("click",),
    numbers=(20.0,),
    records=(("Call", (("name", "text"), ("n", "int"))),),
)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda text: re.search("gr[ae]y", text, re.IGNORECASE) is not None,
        lambda text: re.search("<a>.+</a>", text, re.DOTALL) is not None,
        lambda text: "click" in text and text != "click",
        lambda text: '"name": ' in text,
        lambda text: re.search(r"\[\d+, \d+, \d+, \d+\]", text) is not None,
        lambda text: text and not text.isascii(),
        lambda text: not text,
    ],
    ids=["pattern", "tags", "word", "record", "box", "any text", "empty"],
)
def test_texts_hold_what_the_spec_looks_for(wanted: Any) -> None:
    find(texts(HINTS), wanted, settings=settings(max_examples=3000, database=None, deadline=None))


@given(texts(HINTS))
@settings(max_examples=200, database=None, deadline=None)
def test_every_text_can_be_encoded(text: str) -> None:
    text.encode()


@pytest.mark.parametrize(
    "wanted", [lambda b: b[0] > b[2], lambda b: b[0] == b[2], lambda b: b[0] < b[2] and b[1] < b[3]]
)
def test_boxes_may_be_inverted_degenerate_or_in_order(wanted: Any) -> None:
    find(boxes(), wanted, settings=settings(max_examples=500, database=None))


def test_numbers_near_those_of_the_spec_are_drawn() -> None:
    for number in (19, 20, 21):
        find(strategy_for(Type(INT), HINTS), lambda n, wanted=number: n == wanted, settings=settings(database=None))
    narrow = Type(FLOAT).within(Interval(0.1, 0.2))
    find(strategy_for(narrow, HINTS), lambda x: x == 0.1, settings=settings(database=None))


# --- literals --------------------------------------------------------------------------------------------------------

FOUND = Axis("input:found", "found")


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (1.0, Type(FLOAT), "1"),
        (-0.25, Type(FLOAT), "-0.25"),
        (1e-9, Type(FLOAT), "1e-9"),
        ('say "hi"\n', Type(TEXT), '"say \\"hi\\"\\n"'),
        ([0.0, 1.0, 2.5, -3.0], Type(BOX), "[0, 1, 2.5, -3]"),
        ([1, None], Type(INT, (FOUND,)).lacking((FOUND,)), "[1, missing]"),
        (None, Type(TEXT).lacking(()), "missing"),
        ({"a": [True, None]}, Type(JSON), '{"a": [true, null]}'),
    ],
)
def test_values_are_written_as_the_language_writes_them(value: Any, type_: Type, text: str) -> None:
    assert write(value, type_) == text
    assert write_call("p", {"x": value}, {"x": type_}) == f"p(x: {text})"


@given(st.text() | st.floats(-1e9, 1e9) | st.integers(-1000, 1000))
@settings(max_examples=60, database=None, deadline=None)
def test_what_is_written_is_read_again(value: Any) -> None:
    text = write(value, Type(TEXT if isinstance(value, str) else FLOAT))
    node = parse_expression(Source("<text>", text), 0, len(text), Sink())
    found = -node.operand.value if isinstance(node, ast.Unary) else node.value  # type: ignore[union-attr]
    assert found == value
