"""Floats that are not held within their ranges, as rounding alone cannot take them out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rewardlang
from rewardlang.backend.rounding import kept
from rewardlang.facts import Interval
from rewardlang.ops.builtin import Scalar
from rewardlang.ops.internal import CHOOSE
from rewardlang.ops.registry import BUILTINS
from rewardlang.passes.rebuild import scored

ONCE = [builtin for builtin in (*BUILTINS, CHOOSE) if isinstance(builtin, Scalar) and builtin.rounds_once]
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
SMALL = st.floats(-1000, 1000, width=32, allow_subnormal=False) | st.sampled_from(
    [0.0, -1.0, 1.0, 2.0**-20, 2.0**100, -(2.0**100)]
)


@st.composite
def _operand(draw: st.DrawFn) -> tuple[Interval, float]:
    """A range whose ends are float32, and a float32 within it."""
    # No negative zero: between -0.0 and 0.0 there is no float to draw.
    low, high = sorted((draw(SMALL) + 0.0, draw(SMALL) + 0.0))
    return Interval(Fraction(low), Fraction(high)), draw(st.floats(low, high, width=32) | st.sampled_from([low, high]))


def test_there_are_such_builtins() -> None:
    assert {builtin.name for builtin in ONCE} >= {"+", "-", "*", "/", "min", "max", "clip", "abs", "negate", "select"}


@pytest.mark.parametrize("builtin", ONCE, ids=lambda builtin: str(builtin.name))
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_is_rounded_once_stays_within_the_rounded_ends(builtin: Any, data: st.DataObject) -> None:
    count = {"negate": 1, "abs": 1, "clip": 3, "select": 3}.get(builtin.name, 2)
    operands = [data.draw(_operand()) for _ in range(count)]
    reach = builtin.range(*(range_ for range_, _ in operands)).flushed()
    values = [np.full(1, value, np.float32) for _, value in operands]
    if builtin.name == "select":
        values[0] = values[0] > 0
    if builtin.name == "/" and abs(operands[1][1]) < np.finfo(np.float32).tiny:
        # By 0, as which a subnormal number counts on the device: the quotient is missing.
        return
    found = np.asarray(jax.jit(lambda *arrays: builtin.value(jax.numpy, *arrays))(*values))
    with np.errstate(over="ignore"):
        assert np.float32(reach.low) <= found[0] <= np.float32(reach.high)


def held(body: str, fields: str = "a: float in 0..1, b: float in -2..2, c: float") -> set[str]:
    """The terms of a reward that are held within their ranges by a clamp."""
    fields += ", big: float in -1e300..1e300, tiny: float in 0..1e-40"
    graph = rewardlang.compile(f"reward r({fields}) {{ {body} }}").graph
    outputs = frozenset(scored(graph))
    free = kept(graph, outputs, "float32")
    return {term.path for term in graph.terms if term.raw not in free and graph.nodes[term.raw].arguments}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("sum { x: a + b  y: a * b  z: -b  w: abs(b) }", set()),
        ("sum { x: clip(c, 0..1)  y: clip(exp(c), 0..2)  z: min(c, 1)  w: max(0, c) }", set()),
        ("sum { x: if a > b then a else b }", set()),
        ("sum { x: tanh(a)  y: exp(-a) }", {"x", "y"}),
        # The ends of these are no float32: 0.1 is rounded up.
        ("sum { x: a + 0.1  y: a * 0.1 }", {"x", "y"}),
        # A square is proved not to be negative by more than the ranges of its factors.
        ("sum { x: b * b }", {"x"}),
        # Beyond the floats a number saturates, and with subnormal ones the device computes as with 0.
        ("sum { x: big + 1  y: big * tiny }", {"y"}),
        # What is no output may be off by its rounding, so what is made of it may be, too.
        ("sum { x: tanh(a) + a }", {"x"}),
    ],
)
def test_only_what_can_leave_its_range_is_held(body: str, expected: set[str]) -> None:
    assert held(body) == expected


def test_totals_stay_in_their_ranges_without_clamps() -> None:
    spec = "reward r(a: float in 0..1, b: float in -2..2) -> float in -7..6 { sum { x: a * b weight 2  y: b - a } }"
    reward = rewardlang.compile(spec)
    ends = np.array([0, 1, np.nextafter(np.float32(1), 0, dtype=np.float32), 1e-38], np.float32)
    a, b = (part.ravel() for part in np.meshgrid(ends, np.concatenate((-2 * ends, 2 * ends))))
    scores = reward(a=a, b=b)
    assert (scores.total.min(), scores.total.max()) == (-7, 5)
