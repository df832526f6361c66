"""Trajectories of any length, gradients at awkward points, and memory inside of a scan over many steps."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rewardlang

HEAD = "from std.time import discounted, moving_mean, nearest, returns, rmse, shaping, smooth, spearman, hausdorff\n"
WHOLE = {
    "returns": "sum(returns(x, 0.99))",
    "smooth": "sum(smooth(x, 0.9))",
    "shaping": "discounted(shaping(x, 0.99), 0.99) + (first(x) ?? 0)",
    "rmse": "rmse(x, 0 * x) ?? 0",
    "spearman": "spearman(x, x) ?? 0",
    "nearest": "nearest(abs(x), 3) ?? 0",
    "norm": "norm(x)",
    "rank": "sum(rank(x))",
}
PAIRS = {"dtw": "dtw(abs(x - y)) ?? 0", "hausdorff": "hausdorff(abs(x - y)) ?? 0"}


def scored(body: str, **columns: Any) -> list[Any]:
    fields = ", ".join(f"{name}: float[{name}s]" for name in columns)
    reward = rewardlang.compile(f"{HEAD}reward r({fields}) -> float? {{ {body} }}")
    return list(reward(columns, on_invalid="missing").tolist())


@pytest.mark.parametrize("name", WHOLE)
def test_a_list_of_any_length_is_scored(name: str) -> None:
    rng = np.random.default_rng(0)
    long = rng.normal(size=4096).tolist()
    found = scored(WHOLE[name], x=[[], [3.0], [2.0, 2.0], long, [1.0, math.nan]])
    assert found[4] is None
    assert all(value is not None and math.isfinite(value) for value in found[:4])
    if name == "shaping":
        # Whatever happens on the way, the discounted sum is less the potential of the first step.
        assert max(map(abs, found[:4])) < 1e-3


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_of_lists_of_any_length_are_scored(name: str) -> None:
    found = scored(PAIRS[name], x=[[], [1.0], [1.0, 2.0, 3.0]], y=[[1.0], [3.0], [1.0, 1.0, 2.0, 3.0]])
    assert found == [0.0, 2.0, 0.0]


@pytest.mark.parametrize("body", [*WHOLE.values(), *PAIRS.values()])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_gradients_are_finite_where_entries_are_equal(body: str, fill: float) -> None:
    reward = rewardlang.compile(f"{HEAD}reward r(x: float[xs], y: float[ys]) -> float {{ {body} + 0 * sum(y) }}")

    def total(x: Any) -> Any:
        columns = {"x": x, "y": jnp.full((2, 4), fill)}
        return jnp.sum(reward.step({}, columns).total)

    slope = jax.jit(jax.grad(total))(jnp.full((2, 4), fill))
    assert bool(jnp.all(jnp.isfinite(slope)))


def test_memory_inside_of_a_scan_gives_what_steps_give() -> None:
    reward = rewardlang.compile(
        "from std.time import nearest\n"
        "memory seen: float capacity 8\n"
        "memory best: float = 0 per sample reset done\n"
        "reward r(x: float, done: bool) -> float {\n"
        "    let new = nearest(abs(x - seen), 3) ?? 1\n"
        "    remember seen = x when new > 0.1\n"
        "    remember best = max(best, x)\n"
        "    return new + max(x - best, 0)\n"
        "}"
    )
    rng = np.random.default_rng(0)
    x, done = rng.random((1000, 2)).astype(np.float32), rng.random((1000, 2)) < 0.05

    def step(state: Any, columns: Any) -> Any:
        scores = reward.step({}, columns, state=state)
        return scores.state, scores.total

    one = jax.jit(step)
    state, single = reward.initial_state(2), []
    for place in range(1000):
        state, total = one(state, {"x": x[place], "done": done[place]})
        single.append(np.asarray(total))
    whole = jax.jit(lambda x, done: jax.lax.scan(step, reward.initial_state(2), {"x": x, "done": done})[1])(x, done)
    assert np.allclose(np.stack(single), whole, rtol=1e-6, atol=1e-6)
