"""All pairs of boxes against NumPy a sample and JAX by hand, and matching a few of them against a loop over SciPy."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import linear_sum_assignment

import rewardlang
from tests.benchmarks.pairs import line, paired

SAMPLES = 1024
MATCHES = 4096
BOXES = 16
FEW = 4
ROUNDS = 20
PAIRS = """
reward r(found: box[found 0..16], truth: box[target 0..16]) -> float {
    mean(max(giou(found, truth) over found) over target, missing: skip) ?? 0
}
"""
MATCHED = """
reward r(scores: float[made 0..4, wanted 0..4]) -> float {
    sum(if assign(scores, by: optimal) then scores else 0 over (made, wanted))
}
"""


def boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Boxes of a picture, a list a sample."""
    low = rng.uniform(0, 500, (SAMPLES, count, 2))
    return np.concatenate((low, low + rng.uniform(1, 300, (SAMPLES, count, 2))), axis=2).astype(np.float32)


def _giou(xp: Any, a: Any, b: Any) -> Any:
    """All pairs, as papers write it with arrays."""
    low, high = xp.maximum(a[:, None, :2], b[None, :, :2]), xp.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = xp.prod(xp.clip(high - low, 0, None), axis=2)
    area_a, area_b = (xp.prod(each[:, 2:] - each[:, :2], axis=1) for each in (a, b))
    union = area_a[:, None] + area_b[None, :] - overlap
    hull = xp.prod(
        xp.maximum(a[:, None, 2:], b[None, :, 2:]) - xp.minimum(a[:, None, :2], b[None, :, :2]), axis=2
    )  # fmt: skip
    return overlap / union - (hull - union) / hull


def _score(xp: Any, found: Any, truth: Any) -> Any:
    return xp.mean(xp.max(_giou(xp, found, truth), axis=0))


def _pairs() -> None:
    rng = np.random.default_rng(0)
    columns = {"found": boxes(rng, BOXES), "truth": boxes(rng, BOXES)}
    reward = rewardlang.compile(PAIRS)

    def theirs() -> np.ndarray:
        return np.array([_score(np, *row) for row in zip(columns["found"], columns["truth"], strict=True)])

    worst = float(np.max(np.abs(reward(columns).total - theirs())))
    mine, other = paired(lambda: reward(columns).total, theirs, rounds=ROUNDS, of=min)
    name = f"giou, {SAMPLES} x ({BOXES} x {BOXES})"
    line(f"{name}, NumPy a sample, whole call", mine, other, worst, "at least 40 times")

    held = {name: jnp.asarray(column) for name, column in columns.items()}
    ours = jax.jit(lambda fields: reward.step({}, fields).total, compiler_options=rewardlang.COMPILER_OPTIONS)
    hand = jax.jit(
        jax.vmap(lambda fields: _score(jnp, fields["found"], fields["truth"])),
        compiler_options=rewardlang.COMPILER_OPTIONS,
    )
    worst = float(jnp.max(jnp.abs(ours(held) - hand(held))))
    mine, other = paired(
        lambda: ours(held).block_until_ready(), lambda: hand(held).block_until_ready(), rounds=ROUNDS, of=min
    )
    line(f"{name}, JAX by hand, on the device", mine, other, worst, "within 2 times (0.5x)")
    mine, other = paired(lambda: ours(held).block_until_ready(), theirs, rounds=ROUNDS, of=min)
    line(f"{name}, NumPy a sample, on the device", mine, other, worst, "at least 40 times")


def _matches() -> None:
    scores = np.random.default_rng(1).random((MATCHES, FEW, FEW)).astype(np.float32)
    reward = rewardlang.compile(MATCHED)

    def theirs() -> np.ndarray:
        return np.array([table[linear_sum_assignment(table, maximize=True)].sum() for table in scores])

    worst = float(np.max(np.abs(reward({"scores": scores}).total - theirs())))
    mine, other = paired(lambda: reward({"scores": scores}).total, theirs, of=min)
    name = f"matching, {MATCHES} x ({FEW} x {FEW}), SciPy a sample"
    line(f"{name}, whole call", mine, other, worst, "at least 4 times")

    held = {"scores": jnp.asarray(scores)}
    ours = jax.jit(lambda fields: reward.step({}, fields).total, compiler_options=rewardlang.COMPILER_OPTIONS)
    mine, other = paired(lambda: ours(held).block_until_ready(), theirs, of=min)
    line(f"{name}, on the device", mine, other, float(np.max(np.abs(ours(held) - theirs()))), "at least 4 times")


def run() -> None:
    """Print the lines of this family."""
    _pairs()
    _matches()
