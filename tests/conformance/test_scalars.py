from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.facts import Interval
from rewardlang.types import BOOL, FLOAT, INT
from tests.conformance.calls import AWKWARD, LARGEST, ScalarCall, drawn, scalar_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = scalar_calls()
MODERATE = 192
ROUGH = {"**": 2e-5}
"""Tolerances in float32 where an error of the exponent counts as often as it is large."""

STEEP = ("/", "%", "**", "scale")
"""Between extremes their gradients are beyond float32 themselves."""

each = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"), np.errstate(all="ignore"):
        yield


def columns_of(call: ScalarCall) -> list[np.ndarray]:
    """Moderate entries, then awkward ones, float32 numbers all."""
    rng = np.random.default_rng(7)
    columns = []
    for element in call.elements:
        column = drawn(rng, element, -12, 12, MODERATE)
        if element == BOOL:
            column = np.concatenate((column, column))
        else:
            awkward = rng.choice(np.array(AWKWARD), column.shape)
            column = np.concatenate((column, awkward)).astype(np.int32 if element == INT else np.float32)
        columns.append(column)
    columns[-1][5:20] = columns[0][5:20] if columns[-1].shape == columns[0].shape else columns[-1][5:20]
    return columns


def clipped(call: ScalarCall, value: Any, xp: Any) -> Any:
    return xp.clip(value, -LARGEST, LARGEST) if call.builtin.overflows else value


@cache
def on_device(name: str) -> tuple[np.ndarray, np.ndarray | None, list[np.ndarray]]:
    """Values, presence and gradients of a call, from one jitted function."""
    call, columns = CALLS[name], columns_of(CALLS[name])
    floats = [i for i, column in enumerate(columns) if column.dtype == np.float32]

    def total(parts: list[Any], rest: list[Any]) -> Any:
        arrays = list(rest)
        for i, part in zip(floats, parts, strict=True):
            arrays[i] = part
        value = clipped(call, call.value(jnp, *arrays), jnp)
        present = call.holds(jnp, *arrays)
        if not jnp.issubdtype(value.dtype, jnp.floating):
            return jnp.zeros(()), (value, present)
        counted = value if present is None else jnp.where(present, value, jnp.zeros_like(value))
        return jnp.sum(counted), (value, present)

    gradient = jax.jit(jax.grad(total, has_aux=True))
    gradients, (value, present) = gradient([jnp.asarray(columns[i]) for i in floats], columns)
    return np.asarray(value), None if present is None else np.asarray(present), [np.asarray(g) for g in gradients]


@each
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_the_range_holds_every_result(name: str, data: st.DataObject) -> None:
    call = CALLS[name]
    ends = st.one_of(st.integers(-6, 6).map(float), st.floats(-30, 30), st.sampled_from([0.0, 1.0, -1.0, 0.5]))
    intervals, columns = [], []
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    for element in call.elements:
        low, high = sorted((data.draw(ends), data.draw(ends)))
        if element == BOOL:
            low, high = 0.0, 1.0
        elif element == INT:
            low, high = math.floor(low), math.ceil(high)
        intervals.append(Interval(low, high))
        columns.append(drawn(rng, element, low, high, 24))
    interval = call.interval(tuple(intervals))
    present = call.holds(np, *columns)
    ones = call.ones(columns)
    if not call.builtin.may_miss(call.types(tuple(intervals)), call.options):
        assert all(one is not None for one in ones)
    if not isinstance(ones[0], bool | int | float) and ones[0] is not None:
        return
    values = call.value(np, *columns)
    for row, one in enumerate(ones):
        if one is None:
            continue
        assert present is None or present[row]
        for result in (one, values[row]):
            slack = 1e-9 * max(1, *(abs(b) for b in (interval.low, interval.high) if not math.isinf(b)), 1)
            assert interval.low - slack <= float(result) <= interval.high + slack, (interval, [c[row] for c in columns])


@each
def test_numpy_agrees_with_one(name: str) -> None:
    call, columns = CALLS[name], columns_of(CALLS[name])
    columns = [c.astype(float) if c.dtype == np.float32 else c for c in columns]
    values, present = clipped(call, call.value(np, *columns), np), call.holds(np, *columns)
    ones = call.ones(columns)
    assert np.isfinite(values).all()
    if present is not None:
        assert [one is not None for one in ones] == present.tolist()
    for row, one in enumerate(ones):
        if one is not None:
            expected = clipped(call, np.asarray(one, float), np)
            assert np.allclose(values[row], expected, rtol=1e-11, atol=1e-13), [c[row] for c in columns]


@each
def test_float32_agrees_with_one(name: str) -> None:
    call, columns = CALLS[name], columns_of(CALLS[name])
    values, present, _ = on_device(name)
    assert np.isfinite(values).all()
    ones = call.ones([c.astype(float) if c.dtype == np.float32 else c for c in columns])[:MODERATE]
    if present is not None:
        assert [one is not None for one in ones] == present[:MODERATE].tolist()
    tolerance = ROUGH.get(call.builtin.name, 4e-6)
    for row, one in enumerate(ones):
        if one is not None:
            expected = clipped(call, np.asarray(one, float), np)
            assert np.allclose(values[row], expected, rtol=tolerance, atol=1e-6), [c[row] for c in columns]


@each
def test_gradients_are_finite(name: str) -> None:
    rows = MODERATE if CALLS[name].builtin.name in STEEP else None
    for gradient in on_device(name)[2]:
        bad = np.argwhere(~np.isfinite(gradient[:rows]))
        assert not len(bad), [[column[place[0]] for column in columns_of(CALLS[name])] for place in bad[:3]]


@each
def test_laws_hold(name: str) -> None:
    call = CALLS[name]
    rng = np.random.default_rng(3)
    columns = [drawn(rng, element, -9, 9, 64) for element in call.elements]
    for law in call.builtin.laws:
        assert law in ("commutative", "idempotent", "involutive"), law
        value = call.value(np, *columns)
        if law == "commutative":
            again, expected = call.value(np, columns[1], columns[0], *columns[2:]), value
        elif len(columns) > 1:
            again, expected = call.value(np, columns[0], columns[0]), columns[0]
        else:
            again, expected = call.value(np, value), value if law == "idempotent" else columns[0]
        assert np.allclose(again, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call.elements == (FLOAT,)])
@pytest.mark.parametrize("small", [5e-324, 2.2e-313, 1e-40])
def test_ranges_hold_up_to_subnormal_numbers(name: str, small: float) -> None:
    call = CALLS[name]
    for low, high in ((0.0, small), (small, small), (-small, 0.0), (-small, -small)):
        interval = call.interval((Interval(low, high),))
        for xp, dtype in ((np, "float64"), (jnp, "float32")):
            column = xp.asarray([low, high], dtype)
            present = call.holds(xp, column)
            for row, value in enumerate(np.asarray(call.value(xp, column), np.float64)):
                if present is None or present[row]:
                    assert interval.low - 1e-4 <= value <= interval.high + 1e-4


def test_known_points_of_ranges_are_exact() -> None:
    def interval(name: str, *ends: tuple[float, float]) -> str:
        return str(CALLS[name].interval(tuple(Interval(*pair) for pair in ends)))

    inf = math.inf
    assert interval("exp", (-inf, 0)) == "0..1"
    assert interval("log", (1, inf)) == "0..inf"
    assert interval("sqrt", (4, 9)) == "2..3"
    assert interval("sigmoid", (-inf, inf)) == "0..1"
    assert interval("tanh", (0, inf)) == "0..1"
    assert interval("cos", (-1, 1)).endswith("..1")
    assert interval("cos", (0, 0)) == "1..1"
    assert interval("sin", (0, 4)).endswith("..1")
    assert interval("sin", (0, 7)) == "-1..1"
    assert interval("ramp", (0, 5), (0, 0), (10, 10)) == "0..0.5"
    assert interval("ramp", (-inf, inf), (0, 3), (1, 4)) == "0..1"
    assert interval("<", (0, 1), (2, 3)) == "1..1"
    assert interval("<=", (3, 4), (0, 2)) == "0..0"
    assert interval("==", (0, 1), (1, 2)) == "0..1"
    assert interval("!=", (0, 1), (2, 2)) == "1..1"


def test_ints_beyond_the_mantissa_are_compared_exactly() -> None:
    x, y = np.array([2**24 + 1]), np.array([2**24])
    for xp in (np, jnp):
        assert CALLS[">"].value(xp, xp.asarray(x, xp.int32), xp.asarray(y, xp.int32))[0]


def test_a_number_meets_a_bool() -> None:
    for xp in (np, jnp):
        assert CALLS["=="].value(xp, xp.asarray([True]), xp.asarray([1.0]))[0]
        assert CALLS["ramp"].value(xp, xp.asarray([True]), xp.asarray([0]), xp.asarray([2]))[0] == 0.5
