"""Brax."""

from __future__ import annotations

from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs

Vector = list[float]


def _alive(z: float, healthy_z_range: Vector) -> float:
    return float(healthy_z_range[0] <= z <= healthy_z_range[1])


def ant(
    torso_pos_prev: Vector, torso_pos: Vector, action: Vector, dt: float, healthy_z_range: Vector,
    terminate_when_unhealthy: bool, healthy_reward: float, ctrl_cost_weight: float,  # noqa: FBT001 - an option
) -> dict[str, float]:  # fmt: skip
    alive = _alive(torso_pos[2], healthy_z_range)
    bonus = healthy_reward * (1 if terminate_when_unhealthy else alive)
    cost = ctrl_cost_weight * sum(entry * entry for entry in action)
    forward = (torso_pos[0] - torso_pos_prev[0]) / dt
    return {"reward": forward + bonus - cost, "done": (1 - alive) * terminate_when_unhealthy}


def humanoid(
    com_prev: Vector, com: Vector, torso_z: float, action: Vector, dt: float, healthy_z_range: Vector,
    terminate_when_unhealthy: bool, healthy_reward: float, ctrl_cost_weight: float,  # noqa: FBT001 - an option
    forward_reward_weight: float, ctrl_range: Vector,
) -> dict[str, float]:  # fmt: skip
    alive = _alive(torso_z, healthy_z_range)
    low, high = ctrl_range
    scaled = [(entry + 1) * (high - low) * 0.5 + low for entry in action]
    bonus = healthy_reward * (1 if terminate_when_unhealthy else alive)
    forward = forward_reward_weight * (com[0] - com_prev[0]) / dt
    cost = ctrl_cost_weight * sum(entry * entry for entry in scaled)
    return {"reward": forward + bonus - cost, "done": (1 - alive) * terminate_when_unhealthy}


def _gae(
    truncation: Vector, termination: Vector, rewards: Vector, values: Vector, bootstrap: float, lam: float,
    discount: float,
) -> tuple[Vector, Vector]:  # fmt: skip
    steps = len(rewards)
    going = [discount * (1 - done) for done in termination]
    mask = [1 - cut for cut in truncation]
    after = [*values[1:], bootstrap]
    errors = [(rewards[t] + going[t] * after[t] - values[t]) * mask[t] for t in range(steps)]
    traced, carried = [0.0] * steps, 0.0
    for t in reversed(range(steps)):
        carried = errors[t] + going[t] * mask[t] * lam * carried
        traced[t] = carried
    aims = [traced[t] + values[t] for t in range(steps)]
    ahead = [*aims[1:], bootstrap]
    return aims, [(rewards[t] + going[t] * ahead[t] - values[t]) * mask[t] for t in range(steps)]


def compute_gae(
    truncation: list[Vector], termination: list[Vector], rewards: list[Vector], values: list[Vector],
    bootstrap_value: Vector, lam: float, discount: float,
) -> dict[str, Any]:  # fmt: skip
    lists = [list(zip(*array, strict=True)) for array in (truncation, termination, rewards, values)]
    found = [_gae(*map(list, own), start, lam, discount) for *own, start in zip(*lists, bootstrap_value, strict=True)]
    vs, advantages = ([list(step) for step in zip(*part, strict=True)] for part in zip(*found, strict=True))
    return {"vs": vs, "advantages": advantages}


def _body(inputs: Inputs, before: str, after: str) -> Inputs:
    low, high = inputs["healthy_z_range"]
    names = ("action", "dt", "terminate_when_unhealthy", "healthy_reward", "ctrl_cost_weight")
    own = {name: inputs[name] for name in names}
    return {**own, "before": inputs[before], "after": inputs[after], "lowest": low, "highest": high}


def _humanoid(inputs: Inputs) -> Inputs:
    low, high = inputs["ctrl_range"]
    own = {name: inputs[name] for name in ("torso_z", "forward_reward_weight")}
    return {**_body(inputs, "com_prev", "com"), **own, "ctrl_low": low, "ctrl_high": high}


def _lanes(inputs: Inputs) -> list[Inputs]:
    names = ("truncation", "termination", "rewards", "values")
    lists = [[list(lane) for lane in zip(*inputs[name], strict=True)] for name in names]
    shared = {"lambda": inputs["lam"], "discount": inputs["discount"]}
    lanes = zip(*lists, inputs["bootstrap_value"], strict=True)
    return [dict(zip((*names, "bootstrap"), lane, strict=True)) | shared for lane in lanes]


def _both(recorded: Any) -> list[float]:
    return [recorded["reward"], recorded["done"]]


def _advantages(recorded: Any) -> list[Vector]:
    """By lane; the targets `vs`, from which they are made, are no reward."""
    return [list(lane) for lane in zip(*recorded["advantages"], strict=True)]


# Velocities are differences of positions divided by a short time: float32 leaves them some millionths.
NEAR = 2e-5
CLAIMS = (
    Claim(
        "ant", "ant", lambda inputs: _body(inputs, "torso_pos_prev", "torso_pos"), expected=_both, tolerance=DEVICE,
        slack=NEAR, terms=("done",),
    ),
    Claim("humanoid", "humanoid", _humanoid, expected=_both, tolerance=DEVICE, slack=NEAR, terms=("done",)),
    Claim("compute_gae", "advantages", _lanes, expected=_advantages, tolerance=DEVICE, slack=2e-6),
)  # fmt: skip
ORIGINALS = {"ant": ant, "humanoid": humanoid, "compute_gae": compute_gae}
