"""Arithmetic beyond the floats: the device saturates wherever a call can leave them, and nowhere gives infinity or NaN."""

from __future__ import annotations

from itertools import product

import jax
import numpy as np
import pytest

import rewardlang

MOST = float(np.finfo(np.float32).max)
ENDS = (MOST, -MOST, MOST / 2, -1e30, 1e20, 1.0, 0.0)
SINGLE = {
    "x + y": np.add, "x - y": np.subtract, "x * y": np.multiply, "x / 0.5": lambda x, _: x / 0.5, "x * 2": lambda x, _: x * 2,
    "x / 3": lambda x, _: x / 3, "x * 0.5": lambda x, _: x * 0.5, "-x": lambda x, _: -x, "min(x, y)": np.minimum,
}  # fmt: skip
NESTED = (
    "x * 2 - y * 2", "x * x - y * y", "1 - abs(x - y) / 3", "(x + y) * (x - y)", "x / 0.5 + y / 0.25", "-x * x / 1.1",
    "(if x > 0 then x + y else x - y) * 1.5", "max(x, y) + min(x, y) - 2 * x", "x * 0.5 + x * 0.5 + x * 0.5",
)  # fmt: skip
X, Y = map(np.array, zip(*product(ENDS, repeat=2), strict=True))


def on_the_device(expression: str) -> np.ndarray:
    run = rewardlang.compile(f"reward r(x: float, y: float) -> float {{ sum {{ a: {expression} }} }}")
    scores = jax.jit(run.device)(run.params_array(), run.prepare(x=X, y=Y))
    assert np.asarray(scores.total_present[: len(X)]).all()
    np.testing.assert_array_equal(scores.total, scores.raw[0])
    return np.asarray(scores.total[: len(X)], np.float64)


@pytest.mark.parametrize("expression", SINGLE)
def test_one_step_is_the_real_result_held_within_the_floats(expression: str) -> None:
    exact = np.clip(SINGLE[expression](X, Y), -MOST, MOST)
    np.testing.assert_allclose(on_the_device(expression), exact, rtol=1e-6)


@pytest.mark.parametrize("expression", NESTED)
def test_steps_after_another_stay_within_them(expression: str) -> None:
    assert np.isfinite(on_the_device(expression)).all()
