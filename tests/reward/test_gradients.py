"""Gradients are finite everywhere, and away from kinks they are those of finite differences."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

import rewardlang

if TYPE_CHECKING:
    from rewardlang.backend.batch import Batch

ROOT = Path(__file__).parents[2]
SPEC = """
param w: float in 0..2 = 0.7
param p: float in 0.5..3 = 1.5

reward r(a: float, b: float, xs: float[time], boxes: box[found], v: vec[3], c: float?) -> float in -300..300 {
    sum {
        line: clip(a * w + b, -9..9) weight w
        smooth: tanh(a) + sigmoid(b) + exp(-abs(a)) + cos(b)
        root: clip((sqrt(abs(a)) ?? 0) + (log(abs(b)) ?? 0), -9..9)
        quotient: clip(a / b ?? 0, -9..9)
        power: clip(abs(a) ** p, 0..9)
        lists: clip((mean(xs) ?? 0) + (std(xs) ?? 0) + (max(xs) ?? 0) * w, -9..9)
        boxes: mean(giou(boxes, box(0, 0, 4, 4))) ?? 0
        angle: atan2(a, b)
        vector: clip(sum(v * v) * w, 0..9)
        last: last(xs) ?? 0 weight 0.1
        both: product { x: sigmoid(a) weight w  y: sigmoid(b) }
        steps: tiers { x: sigmoid(a) weight w  y: sigmoid(b) }
        optional: clip(c * c ?? 0, 0..9)
        products: clip(prod(xs) * w, -9..9)
        rest: clip(a % (b * 3) ?? 0, -9..9)
        sides: clip(sum(area(boxes) + width(boxes)), 0..99) weight 0.1
        distances: clip(mean(distance(point(a, b), center(boxes))) ?? 0, 0..9)
        growth: clip(exp(a) + sqrt(exp(b)) - min(a, b, w), -9..9)
        ramp: ramp(a * b, -1..3)
        whole: clip(a ** 3 + b * b * b, -9..9)
    }
}
"""
SPEC = SPEC.replace("        last: last(xs) ?? 0 weight 0.1\n", "        last: clip(last(xs) ?? 0, -9..9) weight 0.1\n")
EDGES = {
    "a": [0.0, -0.0, 1e-30, 1e30, -1e30, 3e38, 0.3, 1.0], "b": [0.0, 1.0, -1e-38, 1e-38, 1e30, -3e38, 0.0, -0.0],
    "xs": [[], [0.0], [1.0, 1.0], [1e30, -1e30], [3e38, 3e38], [0.0, 0.0], [1e-30] * 3, [2.0]],
    "boxes": [[], [[0, 0, 0, 0]], [[4, 4, 0, 0]], [[0, 0, 4, 4]], [[1e30, 1e30, -1e30, 2e30]], [[5, 5, 6, 6]], [[1, 1, 1, 1]], []],
    "v": [[0.0, 0.0, 0.0], [1e20, 1.0, 0.0], [3e38, 3e38, 3e38], [1.0, 2.0, 3.0]] * 2,
    "c": [None, 0.0, 1e30, -3e38, None, 1.0, 0.0, -0.0],
}  # fmt: skip
SMOOTH = {
    "a": [0.31, -0.7, 1.3], "b": [0.9, 0.45, -0.8], "xs": [[0.3, 1.4, -0.2], [0.9, 0.1], [-1.0, 0.4, 0.8, 0.2]],
    "boxes": [[[1, 1, 5, 6]], [[0.5, 0.5, 3, 2], [2, 2, 7, 3]], [[6, 6, 7, 9]]], "v": [[0.1, 0.2, 0.3], [0.4, -0.5, 0.6], [1, 1, 0.2]],
    "c": [0.3, None, -1.2],
}  # fmt: skip


def split(batch: Batch) -> tuple[dict[str, Any], Any]:
    """The batch's floats, and what puts changed ones back."""
    floats = {"floats": batch.floats}
    floats |= {f"arrays{i}": a for i, a in enumerate(batch.arrays) if jnp.issubdtype(a.dtype, jnp.floating)}

    def put(values: dict[str, Any]) -> Batch:
        arrays = tuple(values.get(f"arrays{i}", a) for i, a in enumerate(batch.arrays))
        return replace(batch, floats=values["floats"], arrays=arrays)

    return floats, put


def loss(device: Any, params: Any, batch: Batch) -> Any:
    total, present, *_ = device.scores(params, batch, "none")
    return jnp.sum(jnp.where(present, total, jnp.zeros_like(total)))


def test_gradients_are_finite_at_every_edge() -> None:
    run = rewardlang.compile(SPEC)
    device = run.executor.device_function
    floats, put = split(run.prepare(EDGES))
    params = {name: jnp.asarray(value) for name, value in run.params_array().items()}
    of_params, of_floats = jax.jit(jax.grad(lambda p, f: loss(device, p, put(f)), argnums=(0, 1)))(params, floats)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((of_params, of_floats)))
    assert any(np.any(leaf != 0) for leaf in jax.tree.leaves(of_floats))


def test_gradients_through_a_step_are_finite() -> None:
    run = rewardlang.compile(SPEC)
    arrays = {"a": jnp.array([0.0, 0.5, jnp.nan]), "b": jnp.array([0.0, 1.0, 1.0]), "xs": jnp.zeros((3, 2)),
              "boxes": jnp.zeros((3, 1, 4)), "v": jnp.zeros((3, 3)), "c": jnp.array([jnp.nan, 1.0, 0.0])}  # fmt: skip

    def total(arrays: Any, w: Any) -> Any:
        scores = run.step({"w": w}, arrays)
        return jnp.sum(jnp.where(scores.total_present, scores.total, jnp.zeros_like(scores.total)))

    of_arrays, of_w = jax.jit(jax.grad(total, argnums=(0, 1)))(arrays, jnp.float32(0.7))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((of_arrays, of_w)))
    assert of_w != 0


PRECISE = """
import jax, jax.numpy as jnp, numpy as np
import rewardlang
from rewardlang.backend.device import Device
from rewardlang.backend.dtypes import HOST
from rewardlang.types import INT
from tests.reward.test_gradients import SMOOTH, SPEC, loss, split

assert jax.config.jax_enable_x64
run = rewardlang.compile(SPEC)
single = run.executor.device_function
double = Device(run.executor.staged, {**HOST, INT: "int32"})
prepared = run.prepare(SMOOTH)
floats, put = split(prepared)
wide = {name: jnp.asarray(a, jnp.float64) for name, a in floats.items()}
params = {name: jnp.asarray(v, jnp.float64) for name, v in run.params_array().items()}

def total(params, floats):
    return loss(double, params, put(floats))

assert total(params, wide).dtype == jnp.float64
exact = jax.jit(jax.grad(total, argnums=(0, 1)))(params, wide)
flat, back = jax.flatten_util.ravel_pytree((params, wide))
of = jax.jit(lambda x: total(*back(x)))
step = 1e-6
# Moved by NumPy: JAX would compile each of these steps.
moves = step * np.eye(flat.size)
differences = np.array([(of(flat + move) - of(flat - move)) / (2 * step) for move in moves])
analytic = jax.flatten_util.ravel_pytree(exact)[0]
np.testing.assert_allclose(analytic, differences, rtol=1e-6, atol=1e-7)
assert np.count_nonzero(np.abs(differences) > 1e-3) > 30, np.count_nonzero(differences)
rough = jax.jit(jax.grad(lambda p, f: loss(single, p, put(f)), argnums=(0, 1)))(run.params_array(), floats)
rough = jax.flatten_util.ravel_pytree(jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), rough))[0]
np.testing.assert_allclose(rough, analytic, rtol=1e-4, atol=1e-5)
print("agreed")
"""


def test_gradients_are_those_of_finite_differences() -> None:
    environment = {**os.environ, "JAX_ENABLE_X64": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", "import jax.flatten_util\n" + PRECISE]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "agreed\n", done.stderr


def test_a_call_is_the_same_where_jax_computes_in_float64() -> None:
    program = "import rewardlang\nfrom tests.reward.test_gradients import SMOOTH, SPEC, EDGES\n" \
              "reward = rewardlang.compile(SPEC)\nprint(reward(SMOOTH).tolist(), reward(EDGES).tolist())"  # fmt: skip
    told = []
    for precise in ("0", "1"):
        environment = {**os.environ, "JAX_ENABLE_X64": precise, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-W", "error", "-c", program]
        told.append(
            subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        )
    assert told[0] == told[1]
