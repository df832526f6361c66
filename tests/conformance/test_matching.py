from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from rewardlang.ops.registry import overloads

if TYPE_CHECKING:
    from collections.abc import Callable

(ASSIGN,) = overloads("assign")


def instances(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of 0, ties and negatives among them, and masks of a rectangle in the corner."""
    rng = np.random.default_rng(rows * 10 + columns)
    scores = np.round(rng.normal(0.3, 0.6, (80, rows, columns)), 1).astype(np.float32)
    scores[40:60] = rng.random((20, rows, columns))
    scores[60:64] *= 1e38
    a, b = rng.integers(0, rows + 1, 80), rng.integers(0, columns + 1, 80)
    return scores, (np.arange(rows)[:, None] < a[:, None, None]) & (np.arange(columns) < b[:, None, None])


def matched(scores: np.ndarray, where: np.ndarray, by: str, most: int | None) -> np.ndarray:
    def one(scores: Any, where: Any) -> Any:
        return ASSIGN.instance(jnp, scores, where, by=by, most=most)

    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        return np.asarray(jax.jit(jax.vmap(one))(scores, where))


def stacked(scores: np.ndarray, where: np.ndarray, by: str, most: int | None) -> np.ndarray:
    return np.asarray(ASSIGN.stack(scores.astype(np.float64), where, by=by, most=most))


RUNS = pytest.mark.parametrize("run", [matched, stacked], ids=["device", "host"])


def cut(matrix: np.ndarray, where: np.ndarray) -> list[list[float]]:
    return matrix[where.any(1)][:, where.any(0)].tolist()


def largest_total(scores: list[list[float]]) -> float:
    if not scores or not scores[0]:
        return 0.0
    if len(scores) > len(scores[0]):
        scores = [list(column) for column in zip(*scores, strict=True)]
    chosen = permutations(range(len(scores[0])), len(scores))
    return max(sum(max(row[b], 0.0) for row, b in zip(scores, order, strict=True)) for order in chosen)


@RUNS
@pytest.mark.parametrize("by", ["in_order", "best"])
@pytest.mark.parametrize("shape", [(4, 5), (5, 3)])
def test_greedy_rules_are_exact(run: Callable[..., np.ndarray], by: str, shape: tuple[int, int]) -> None:
    scores, where = instances(*shape)
    found = run(scores, where, by, None)
    assert not (found & ~where).any()
    for row in range(len(scores)):
        assert cut(found[row], where[row]) == ASSIGN.one(cut(scores[row], where[row]), by=by)


@RUNS
@pytest.mark.parametrize("most", [None, 4])
@pytest.mark.parametrize("shape", [(4, 5), (5, 3), (1, 4)])
def test_optimal_has_the_largest_total(
    run: Callable[..., np.ndarray], most: int | None, shape: tuple[int, int]
) -> None:
    scores, where = instances(*shape)
    found = run(scores, where, "optimal", most)
    assert not (found & ~where).any()
    assert (found.sum(1) <= 1).all()
    assert (found.sum(2) <= 1).all()
    assert (scores[found] > 0).all()
    for row in range(len(scores)):
        exact = scores[row].astype(float)
        best = largest_total(cut(exact, where[row]))
        assert np.isclose(exact[found[row]].sum(), best, rtol=1e-5)
        plain = np.array(ASSIGN.one(cut(exact, where[row]), by="optimal"), bool).reshape(
            np.shape(cut(exact, where[row]))
        )
        assert np.isclose(np.array(cut(exact, where[row]))[plain].sum(), best, rtol=1e-9)


def test_rules_differ_where_they_should() -> None:
    scores = [[0.9, 0.8], [0.95, 0.1]]
    assert ASSIGN.one(scores, by="in_order") == [[True, False], [False, True]]
    assert ASSIGN.one(scores, by="best") == [[False, True], [True, False]]
    assert ASSIGN.one([[3.0, 2.0], [2.0, 0.0]], by="best") == [[True, False], [False, False]]
    assert ASSIGN.one([[3.0, 2.0], [2.0, 0.0]], by="optimal") == [[False, True], [True, False]]


@pytest.mark.parametrize("by", ["in_order", "best", "optimal"])
def test_tables_of_any_sizes_are_matched_each_by_itself(by: str) -> None:
    rng = np.random.default_rng(7)
    rows, columns = rng.integers(0, 6, 200), rng.integers(0, 6, 200)
    tables = [rng.normal(0.3, 0.6, shape) for shape in zip(rows, columns, strict=True)]
    flat = np.concatenate([table.ravel() for table in tables])
    made = np.split(ASSIGN.tables(flat, rows, columns, by=by), np.cumsum(rows * columns)[:-1])
    for table, pairs in zip(tables, made, strict=True):
        wanted = np.array(ASSIGN.one(table.tolist(), by=by), bool).reshape(table.shape)
        np.testing.assert_array_equal(pairs.reshape(table.shape), wanted)
