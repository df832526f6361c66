"""Boxes on the device: pure, differentiable, finite whatever the boxes are."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang
from rewardlang import CompileError

SPEC = """
param size: float in 0.5..2 = 1

reward r(found: box[found], truth: box[target], kinds: int[found], wanted: int[target]) -> float {
    let overlaps = iou(scale(found, size, size), truth)
    let apart = distance(center(found), center(truth))
    return sum {
        nearest: mean(max(giou(found, truth) over found) ?? 0 over target) ?? 0
        distances: mean(diou(scale(found, size, size), truth) over (found, target)) ?? 0
        shapes: mean(ciou(scale(found, size, size), truth) over (found, target)) ?? 0
        pixels: mean(iou(found, truth, convention: plus_one) over (found, target)) ?? 0
        matched: count(assign(overlaps, by: optimal) over (found, target))
        precision: average_precision(overlaps, area(found), kinds, wanted) ?? 0
        walk: clip(frechet(apart) ?? 0, 0..9)
    }
}
"""
FOUND: list[list[list[float]]] = [
    [[0, 0, 4, 4]], [[1, 1, 1, 1]], [[4, 4, 0, 0], [0, 0, 0, 5]], [], [[0, 0, 4, 4], [0, 0, 4, 4]], [],
    [[1e30, 1e30, -1e30, 2e30]], [[3e38, -3e38, 3e38, 3e38]], [[0, 0, 1e-30, 1e-38]], [[-0.0, 0.0, 0.0, -0.0]],
]  # fmt: skip
TRUTH: list[list[list[float]]] = [
    [[0, 0, 4, 4]], [[1, 1, 1, 1]], [[0, 0, 4, 4]], [[1, 2, 3, 4]], [[0, 0, 4, 4]], [],
    [[0, 0, 1, 1], [1e30, 1e30, 2e30, 2e30]], [[-3e38, -3e38, 3e38, 3e38]], [[0, 0, 1e-30, 1e-30]], [[0, 0, 0, 0]],
]  # fmt: skip


def columns() -> dict[str, Any]:
    kinds = {"kinds": [[1] * len(row) for row in FOUND], "wanted": [[1] * len(row) for row in TRUTH]}
    return {"found": FOUND, "truth": TRUTH, **kinds}


@pytest.fixture(scope="module")
def reward() -> Any:
    return rewardlang.compile(SPEC)


def test_nothing_is_asked_of_the_host(reward: Any) -> None:
    text = str(jax.make_jaxpr(reward.device)(reward.params_array(), reward.prepare(columns())))
    assert "callback" not in text


def test_scores_are_finite(reward: Any) -> None:
    scores = reward(columns())
    assert np.isfinite(np.asarray(scores)).all()
    assert scores.tolist()[0] == pytest.approx(1 + 1 + 1 + 1 + 1 + 1 + 0)


def test_gradients_are_finite(reward: Any) -> None:
    batch = reward.prepare(columns())

    def total(params: Any, batch: Any) -> Any:
        return jnp.sum(reward.device(params, batch, terms="none").total)

    for gradient in jax.tree.leaves(
        jax.jit(jax.grad(total, allow_int=True, argnums=(0, 1)))(reward.params_array(), batch)
    ):
        if jnp.issubdtype(gradient.dtype, jnp.floating):
            assert np.isfinite(gradient).all()


@pytest.mark.parametrize("count", [0, 4096])
def test_one_axis_of_any_length(count: int) -> None:
    source = """
    reward r(found: box[found]) -> float {
        (mean(ciou(found, box(0, 0, 1, 1))) ?? 0) + (max(iou(found, [0, 0, 2, 2], convention: plus_one)) ?? 0)
    }
    """
    scores = rewardlang.compile(source)({"found": [np.random.default_rng(0).normal(0, 9, (count, 4)).tolist()]})
    assert np.isfinite(np.asarray(scores)).all()


def test_a_box_that_leaves_the_floats_saturates() -> None:
    source = "reward r(b: box, by: float) -> float { min(scale(b, by, by).x2, 5) + max(scale(b, by, by).x1, -5) }"
    scores = rewardlang.compile(source)({"b": [[-3e38, 0, 3e38, 1]], "by": [100.0]})
    assert scores.tolist() == [0]


@pytest.mark.parametrize("call", ["iou([1, 2, 3, 4], floats(x))", "giou(x, box(0, 0, 1, 1))"])
def test_numbers_are_no_box_before_their_format_is_said(call: str) -> None:
    with pytest.raises(CompileError, match="type-mismatch"):
        rewardlang.compile(f"reward r(x: json) -> float? {{ {call} }}")


def test_what_is_no_box_is_missing() -> None:
    source = (
        "reward r(x: text) -> float? in -2..1 { ciou(as_box(json(x, dialect: python), format: cxcywh), [0, 0, 1, 1]) }"
    )
    texts = [
        "[NaN, 0, 1, 1]",
        "[1, 2, 3]",
        "[Infinity, 0, 0, 0]",
        "[1e999, 0, 0, 0]",
        "",
        '["0", 0, 1, 1]',
        "[0.5, 0.5, 1, 1]",
    ]
    assert rewardlang.compile(source)({"x": texts}).tolist() == [None] * 6 + [pytest.approx(1)]
