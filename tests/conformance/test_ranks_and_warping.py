from __future__ import annotations

import math
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewardlang.ops.registry import overloads

(RANK,), (DTW,), (NORM,) = overloads("rank"), overloads("dtw"), overloads("norm")


def on_device(builtin: Any, *arrays: np.ndarray) -> Any:
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        return jax.jit(lambda *parts: builtin.instance(jnp, *parts, most=None))(*arrays)


@pytest.mark.parametrize("length", [0, 1, 3, 8])
def test_equal_entries_share_the_mean_of_their_ranks(length: int) -> None:
    rng = np.random.default_rng(length)
    x = rng.integers(-2, 3, 8).astype(np.float32)
    where = np.arange(8) < length
    found = np.asarray(on_device(RANK, x, where))[:length].tolist()
    assert found == RANK.one(x[:length].tolist())
    assert sum(found) == length * (length + 1) / 2


def recursive(costs: list[list[float]]) -> float:
    """The definition itself: the cheapest of all walks."""

    @cache
    def total(a: int, b: int) -> float:
        if a < 0 or b < 0:
            return math.inf
        if a == b == 0:
            return costs[0][0]
        return costs[a][b] + min(total(a - 1, b), total(a, b - 1), total(a - 1, b - 1))

    return total(len(costs) - 1, len(costs[0]) - 1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 5), (5, 5)])
def test_the_cheapest_walk(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(shape))
    costs = np.full((5, 5), np.nan, np.float32)
    where = (np.arange(5)[:, None] < shape[0]) & (np.arange(5) < shape[1])
    costs[where] = np.round(rng.normal(size=where.sum()) * 4, 2)
    cut = costs[: shape[0], : shape[1]].tolist()
    found, present = on_device(DTW, costs, where)
    assert bool(present)
    assert math.isclose(recursive(cut), float(DTW.one(cut)), abs_tol=1e-9)
    assert math.isclose(recursive(cut), float(found), rel_tol=1e-5, abs_tol=1e-5)


def test_no_walk_along_an_empty_list() -> None:
    for shape in ((0, 3), (3, 0), (2, 2)):
        costs, where = np.ones(shape, np.float32), np.zeros(shape, bool)
        found, present = on_device(DTW, costs, where)
        assert not bool(present)
        assert math.isfinite(float(found))
    assert DTW.one([]) is None


def test_gradients_are_finite_where_walks_are_equal() -> None:
    def total(costs: Any) -> Any:
        return DTW.instance(jnp, costs, jnp.ones((3, 3), bool))[0]

    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        slope = jax.grad(total)(jnp.zeros((3, 3)))
    # Each step is met by the walks in some shares: those of one diagonal corner to the other are whole.
    assert bool(jnp.all(jnp.isfinite(slope)))
    assert float(slope[0, 0]) == 1.0
    assert float(slope[2, 2]) == 1.0


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False), max_size=5))
@settings(max_examples=60, deadline=None)
def test_norms_neither_overflow_nor_vanish(entries: list[float]) -> None:
    x = np.array([*entries, *[0.0] * (5 - len(entries))], np.float32)
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        found, slope = jax.value_and_grad(lambda x: NORM.reduce(jnp, x, jnp.ones(5, bool), (0,)))(x)
    true = min(float(NORM.one(x.tolist())), float(np.finfo(np.float32).max))
    assert math.isclose(min(float(found), float(np.finfo(np.float32).max)), true, rel_tol=1e-5, abs_tol=1e-37)
    assert bool(np.all(np.isfinite(slope)))
    assert float(np.sum(np.square(slope))) <= 1.001
