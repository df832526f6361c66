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
from rewardlang.ops.builtin import Reduction
from rewardlang.ops.registry import BUILTINS, overloads
from rewardlang.types import BOOL, FLOAT, Type
from tests.conformance.calls import AWKWARD, LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

REDUCTIONS = {f"{b.name} of {b.parameters[0].accepts[-1]}": b for b in BUILTINS if isinstance(b, Reduction)}
ROWS, LENGTH = 120, 6
LONG = 24
"""Axes of at most 16 entries are reduced entry by entry on the device, longer ones are not."""
FINITE = (-np.finfo(float).max, np.finfo(float).max)
each = pytest.mark.parametrize("name", REDUCTIONS)


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"), np.errstate(all="ignore"):
        yield


def of_bools(builtin: Reduction) -> bool:
    return builtin.parameters[0].accepts == (BOOL,)


@cache
def lists(length: int = LENGTH) -> tuple[np.ndarray, np.ndarray]:
    """float32 entries and their mask: moderate, equal, and awkward rows; some are empty."""
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=(ROWS, length)) * 4, 2)
    x[20:30] = 0.1
    x[30:40] = np.round(x[30:40])
    # XLA flushes subnormal numbers to 0, NumPy does not.
    awkward = [entry for entry in AWKWARD if entry == 0 or abs(entry) >= np.finfo(np.float32).tiny]
    x[60:] = rng.choice(np.array(awkward), (ROWS - 60, length))
    where = rng.random((ROWS, length)) < 0.6
    where[::10] = False
    return x.astype(np.float32), where


def ones(builtin: Reduction, x: np.ndarray, where: np.ndarray) -> list[Any]:
    rows = zip(x.tolist(), where, strict=True)
    return [builtin.one([entry for entry, held in zip(row, mask, strict=True) if held]) for row, mask in rows]


@pytest.mark.parametrize("length", [LENGTH, LONG])
@each
def test_numpy_and_jax_agree_with_one(name: str, length: int) -> None:
    builtin = REDUCTIONS[name]
    x, where = lists(length)
    if of_bools(builtin):
        x = x > 0
    exact = x if x.dtype == bool else x.astype(float)
    host = builtin.reduce(np, exact, where, (1,))
    device = np.asarray(jax.jit(lambda x, where: builtin.reduce(jnp, x, where, (1,)))(x, where))
    held = builtin.holds(np, where, (1,)) if builtin.partial else np.ones(ROWS, bool)
    assert np.isfinite(host).all()
    for row, one in enumerate(ones(builtin, exact, where)):
        assert (one is not None) == held[row]
        if one is None:
            continue
        expected, got = (np.clip(float(v), -LARGEST, LARGEST) for v in (one, device[row]))
        largest = max(np.abs(exact[row][where[row]]).max(initial=0), 1e-30)
        # A product of many extremes is beyond float64 too.
        assert np.isclose(float(host[row]), np.clip(float(one), *FINITE), rtol=1e-11, atol=1e-13 * largest)
        # A sum's error is relative to its largest term; a product by logarithms is held to less.
        rough = 1e-4 if name.startswith("prod") and row >= 60 else 4e-6
        assert np.isclose(got, expected, rtol=rough, atol=2e-6 * min(largest, LARGEST / 2)), (one, x[row][where[row]])


@each
def test_several_axes_are_one_flat_list(name: str) -> None:
    builtin = REDUCTIONS[name]
    x, where = (part.reshape(ROWS // 4, 4, LENGTH) for part in lists())
    x = x > 0 if of_bools(builtin) else x[:15].astype(float)
    where = where[: len(x)]
    for axis in ((1, 2), (2, 1)):
        result = builtin.reduce(np, x, where, axis)
        flat_x, flat_where = (part.transpose(0, *axis).reshape(len(x), -1) for part in (x, where))
        for got, one in zip(result, ones(builtin, flat_x, flat_where), strict=True):
            assert one is None or np.isclose(got, one, rtol=1e-9, atol=1e-9)


@each
def test_no_entries_at_all(name: str) -> None:
    builtin = REDUCTIONS[name]
    x = np.zeros((2, 0), bool if of_bools(builtin) else float)
    result = builtin.reduce(np, x, np.zeros((2, 0), bool), (1,))
    assert np.isfinite(result).all()
    if not builtin.partial:
        assert result.tolist() == [builtin.one([])] * 2


@pytest.mark.parametrize("length", [LENGTH, LONG])
@pytest.mark.parametrize(
    "name", [n for n in REDUCTIONS if n.split()[0] in ("sum", "mean", "std", "prod", "max", "min")]
)
def test_gradients_are_finite(name: str, length: int) -> None:
    builtin = REDUCTIONS[name]
    x, where = lists(length)
    rows = 60 if builtin.name == "prod" else ROWS
    x, where = x[:rows], where[:rows]

    def total(x: Any) -> Any:
        return jnp.sum(jnp.clip(builtin.reduce(jnp, x, where, (1,)), -LARGEST, LARGEST))

    gradient = np.asarray(jax.jit(jax.grad(total))(x))
    assert np.isfinite(gradient).all()
    assert (gradient[~where] == 0).all()


def test_the_gradient_of_a_spread_is_that_of_its_formula() -> None:
    (std,) = overloads("std")
    x = jnp.asarray([1.0, 2.0, 4.0, 9.0])
    where = jnp.ones(4, bool)
    found = jax.grad(lambda x: std.reduce(jnp, x, where, (0,)))(x)
    assert np.allclose(found, (x - x.mean()) / (4 * x.std()), rtol=1e-5)
    assert (jax.grad(lambda x: std.reduce(jnp, x, where, (0,)))(jnp.full(4, 0.1)) == 0).all()
    assert std.reduce(jnp, jnp.full(4, 0.1), where, (0,)) == 0


@each
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_range_holds_every_result(name: str, data: st.DataObject) -> None:
    builtin = REDUCTIONS[name]
    ends = st.one_of(st.integers(-4, 4).map(float), st.floats(-5, 5))
    low, high = sorted((data.draw(ends) + 0.0, data.draw(ends) + 0.0))
    entry = st.booleans() if of_bools(builtin) else st.floats(low, high)
    least, most = sorted((data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))))
    x = data.draw(st.lists(entry, min_size=least, max_size=most))
    entries = Interval(0, 1) if of_bools(builtin) else Interval(low, high)
    bound = data.draw(st.sampled_from([most, None]))
    interval = builtin.range(entries, least=least, most=bound)
    one = builtin.one(x)
    assert one is not None or builtin.may_miss([Type(FLOAT)], {"least": least})
    if one is not None:
        results = [
            one,
            builtin.reduce(np, np.array(x, bool if of_bools(builtin) else float), np.ones(len(x), bool), (0,)),
        ]
        for result in results:
            slack = 1e-9 * max(1.0, abs(result))
            assert interval.low - slack <= float(result) <= interval.high + slack


def test_ranges_of_bounded_lists() -> None:
    def interval(name: str, low: float, high: float, least: int, most: int | None) -> str:
        return str(overloads(name)[-1].range(Interval(low, high), least=least, most=most))

    assert interval("sum", 0, 2, 1, 3) == "0..6"
    assert interval("sum", 1, 2, 2, None) == "2..inf"
    assert interval("sum", -1, 0, 0, None) == "-inf..0"
    assert interval("std", 0, 1, 1, None) == "0..0.5"
    assert interval("count", 0, 1, 2, 5) == "2..5"
    assert interval("prod", 0, 1, 0, None) == "0..1"
    assert interval("argmax", 0, 1, 1, 4) == "0..3"
    assert interval("mean", -math.inf, 1, 0, None) == "-inf..1"
