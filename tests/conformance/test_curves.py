"""The discrete Fréchet distance: by the device, by the kernel and in plain Python, and by weighing all walks."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rewardlang.ops.registry import overloads

(FRECHET,) = overloads("frechet")
ROWS = 60


def instances(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows * 10 + columns)
    distances = np.round(rng.normal(0, 5, (ROWS, rows, columns))).astype(np.float32)
    a, b = rng.integers(0, rows + 1, ROWS), rng.integers(0, columns + 1, ROWS)
    return distances, (np.arange(rows)[:, None] < a[:, None, None]) & (np.arange(columns) < b[:, None, None])


def on_device(distances: np.ndarray, where: np.ndarray) -> Any:
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        return jax.jit(jax.vmap(lambda *parts: FRECHET.instance(jnp, *parts)))(distances, where)


def on_host(distances: np.ndarray, where: np.ndarray) -> Any:
    rows, columns = (where.any(axis).sum(1) for axis in (2, 1))
    return FRECHET.tables(distances[where].astype(np.float64), rows, columns)


def walks(distances: list[list[float]]) -> float | None:
    """The smallest, over all walks, of the largest distance."""
    if not distances or not distances[0]:
        return None

    @cache
    def best(a: int, b: int) -> float:
        if not (a or b):
            return distances[0][0]
        steps = ((a - 1, b), (a, b - 1), (a - 1, b - 1))
        return max(distances[a][b], min(best(*step) for step in steps if min(step) >= 0))

    return best(len(distances) - 1, len(distances[0]) - 1)


@pytest.mark.parametrize("run", [on_device, on_host], ids=["device", "host"])
@pytest.mark.parametrize("shape", [(4, 5), (7, 2), (1, 6), (1, 1), (16, 16)])
def test_it_is_the_shortest_leash(run: Any, shape: tuple[int, int]) -> None:
    distances, where = instances(*shape)
    values, present = map(np.asarray, run(distances, where))
    for row in range(ROWS):
        cut = distances[row][where[row].any(1)][:, where[row].any(0)].tolist()
        expected = walks(cut)
        assert FRECHET.one(cut) == expected
        assert present[row] == (expected is not None)
        assert not present[row] or values[row] == expected


def test_its_gradient_is_that_of_the_distance_that_decides() -> None:
    distances = jnp.array([[1.0, 7.0, 9.0], [9.0, 2.0, 8.0]])

    def whole(distances: Any) -> Any:
        return FRECHET.instance(jnp, distances, jnp.ones((2, 3), bool))[0]

    assert jax.grad(whole)(distances).tolist() == [[0, 0, 0], [0, 0, 1]]
    ties = jax.grad(whole)(jnp.zeros((2, 3)))
    assert np.isfinite(ties).all()
    assert float(ties.sum()) == pytest.approx(1)
