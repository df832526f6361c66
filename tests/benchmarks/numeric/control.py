"""A control reward of 30 terms against the same by hand in JAX, and warping against a loop a sample."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import rewardlang
from tests.benchmarks.pairs import line, paired

SAMPLES = 16384
ROUNDS = 20
JOINTS = 12

SPEC = """
from std.control import beyond, near, reaching, tolerance
from std.quaternions import rotate
reward r(
    command: vec[3], velocity: vec[3], gyro: vec[3], gravity: vec[3], at: vec[3], goal: vec[3], turn: vec[4],
    joints: vec[12], rest: vec[12], speeds: vec[12], forces: vec[12], action: vec[12], before: vec[12],
) -> float {
    let missed = (command[0] - velocity[0]) ** 2 + (command[1] - velocity[1]) ** 2
    let shift = joints - rest
    let apart = norm(at - goal)
    let nose = rotate(turn, [1, 0, 0])
    return sum {
        a: exp(-4 * missed) weight 1.0
        b: exp(-4 * (command[2] - gyro[2]) ** 2) weight 0.5
        c: velocity[2] ** 2 weight -0.5
        d: gyro[0] ** 2 + gyro[1] ** 2 weight -0.05
        e: gravity[0] ** 2 + gravity[1] ** 2 weight -5
        f: sum(shift * shift over dim) weight -0.1
        g: sum(abs(shift) over dim) * (norm(command) < 0.1) weight -1
        h: norm(forces) weight -0.0002
        i: sum(abs(forces) over dim) weight -0.0001
        j: sum((action - before) ** 2 over dim) weight -0.01
        k: sum(abs(speeds) * abs(forces) over dim) weight -0.001
        l: sum(beyond(joints, -1, 1) over dim) weight -1
        m: sum(clip(abs(speeds) - 2, 0..1) over dim) weight -0.2
        n: reaching(apart, 0.3) weight 2
        o: reaching(apart, 0.05) weight 1
        p: near(at[2], 0.3, 0.5, 0.2) weight 1
        q: tolerance(velocity[0], 1, inf, 1, 0, "linear") weight 1
        r: tolerance(nose[0], 0.9, 1, 1.9, 0, "linear") weight 1
        s: tolerance(nose[2], -0.1, 0.1, 0.5, 0.1, "long_tail") weight 0.5
        t: tolerance(at[0], -1, 1, 0.5, 0.1, "hyperbolic") weight 0.5
        u: tolerance(at[1], -1, 1, 0.5, 0.1, "cosine") weight 0.5
        v: tolerance(norm(velocity), 0, 2, 1, 0.1, "quadratic") weight 0.5
        w: norm(action) weight -0.01
        x: max(action[0], 0) weight 0.1
        y: min(action[1], 0) weight 0.1
        z: tanh(velocity[0]) weight 0.3
        aa: sigmoid(velocity[1]) weight 0.3
        bb: (apart < 0.1) weight 5
        cc: (at[2] < 0.1) weight -5
        dd: 1 weight 0.25
    }
}
"""
SIZES = {"command": 3, "velocity": 3, "gyro": 3, "gravity": 3, "at": 3, "goal": 3, "turn": 4} | dict.fromkeys(
    ("joints", "rest", "speeds", "forces", "action", "before"), JOINTS
)


def _within(x: Any, low: float, high: float, margin: float, shape: Any) -> Any:
    apart = jnp.where(x < low, low - x, x - high) / margin
    return jnp.where((x >= low) & (x <= high), 1.0, shape(apart))


def _linear(d: Any) -> Any:
    return jnp.where(jnp.abs(d) < 1, 1 - d, 0.0)


def by_hand(o: dict[str, Any]) -> Any:
    """The same sum, as one would write it in an environment."""
    command, velocity, gyro, at, action = o["command"], o["velocity"], o["gyro"], o["at"], o["action"]
    shift, forces, speeds, joints = o["joints"] - o["rest"], o["forces"], o["speeds"], o["joints"]
    apart = jnp.linalg.norm(at - o["goal"])
    w, q = o["turn"][0], o["turn"][1:]
    v = jnp.array([1.0, 0.0, 0.0])
    twice = 2 * jnp.cross(q, v)
    nose = v + w * twice + jnp.cross(q, twice)
    terms = (
        jnp.exp(-4 * jnp.sum((command[:2] - velocity[:2]) ** 2)),
        0.5 * jnp.exp(-4 * (command[2] - gyro[2]) ** 2),
        -0.5 * velocity[2] ** 2, -0.05 * jnp.sum(gyro[:2] ** 2), -5 * jnp.sum(o["gravity"][:2] ** 2),
        -0.1 * jnp.sum(shift**2), -jnp.sum(jnp.abs(shift)) * (jnp.linalg.norm(command) < 0.1),
        -0.0002 * jnp.linalg.norm(forces), -0.0001 * jnp.sum(jnp.abs(forces)),
        -0.01 * jnp.sum((action - o["before"]) ** 2), -0.001 * jnp.sum(jnp.abs(speeds) * jnp.abs(forces)),
        -jnp.sum(jnp.clip(-1 - joints, 0, None) + jnp.clip(joints - 1, 0, None)),
        -0.2 * jnp.sum(jnp.clip(jnp.abs(speeds) - 2, 0, 1)),
        2 * (1 - jnp.tanh(apart / 0.3)), 1 - jnp.tanh(apart / 0.05),
        _within(at[2], 0.3, 0.5, 0.2, lambda d: jnp.exp(d * d * jnp.log(0.1))),
        _within(velocity[0], 1, jnp.inf, 1, _linear), _within(nose[0], 0.9, 1, 1.9, _linear),
        0.5 * _within(nose[2], -0.1, 0.1, 0.5, lambda d: 1 / (9 * d * d + 1)),
        0.5 * _within(at[0], -1, 1, 0.5, lambda d: 1 / jnp.cosh(d * np.arccosh(10.0))),
        0.5 * _within(at[1], -1, 1, 0.5, lambda d: jnp.where(
            jnp.abs(d * np.arccos(-0.8)) < np.pi, (1 + jnp.cos(d * np.arccos(-0.8))) / 2, 0.0)),
        0.5 * _within(jnp.linalg.norm(velocity), 0, 2, 1, lambda d: jnp.where(
            jnp.abs(d) * np.sqrt(0.9) < 1, 1 - 0.9 * d * d, 0.0)),
        -0.01 * jnp.linalg.norm(action), 0.1 * jnp.maximum(action[0], 0), 0.1 * jnp.minimum(action[1], 0),
        0.3 * jnp.tanh(velocity[0]), 0.3 * jax.nn.sigmoid(velocity[1]), 5.0 * (apart < 0.1), -5.0 * (at[2] < 0.1), 0.25,
    )  # fmt: skip
    return jnp.sum(jnp.stack([jnp.asarray(term, jnp.float32) for term in terms]))


def _loop(costs: list[list[float]]) -> float:
    before = [0.0] + [float("inf")] * len(costs[0])
    for row in costs:
        now = [float("inf")]
        for place, cost in enumerate(row):
            now.append(cost + min(before[place], before[place + 1], now[place]))
        before = now
    return before[-1]


def _terms() -> None:
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=(SAMPLES, size)).astype(np.float32) for name, size in SIZES.items()}
    held = {name: jnp.asarray(array) for name, array in arrays.items()}
    reward = rewardlang.compile(SPEC)
    ours = jax.jit(lambda columns: reward.step({}, columns).total, compiler_options=rewardlang.COMPILER_OPTIONS)
    hand = jax.jit(jax.vmap(by_hand), compiler_options=rewardlang.COMPILER_OPTIONS)
    worst = float(jnp.max(jnp.abs(ours(held) - hand(held))))
    mine, other = paired(
        lambda: ours(held).block_until_ready(), lambda: hand(held).block_until_ready(), rounds=ROUNDS, of=min
    )
    line(f"30 terms, {SAMPLES} samples, JAX by hand", mine, other, worst, "within 1.25 times (0.8x)")


def _warping() -> None:
    rng = np.random.default_rng(1)
    rows = [(rng.normal(size=40), rng.normal(size=50)) for _ in range(256)]
    reward = rewardlang.compile(
        "reward r(walked: float[a], planned: float[b]) -> float { dtw(abs(walked - planned)) ?? 0 }"
    )
    columns = {"walked": [a.tolist() for a, _ in rows], "planned": [b.tolist() for _, b in rows]}

    def theirs() -> Any:
        return [_loop(np.abs(a[:, None] - b[None, :]).tolist()) for a, b in rows]

    worst = float(np.max(np.abs(np.asarray(reward(columns)) - theirs())))
    mine, other = paired(lambda: reward(columns).total, theirs)
    line("dtw, 256 x (40 x 50), a Python loop", mine, other, worst, "at least 30 times")


def run() -> None:
    """Print the lines of this family."""
    _terms()
    _warping()
