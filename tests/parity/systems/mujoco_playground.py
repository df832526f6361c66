"""MuJoCo Playground."""

from __future__ import annotations

import math
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, same
from tests.parity.systems.dm_control_tolerance import limited, tolerance

Vector = list[float]
TERMS = (
    "tracking_lin_vel", "tracking_ang_vel", "lin_vel_z", "ang_vel_xy", "orientation", "stand_still", "termination",
    "pose", "torques", "action_rate", "energy", "feet_slip", "feet_clearance", "feet_height", "feet_air_time",
    "dof_pos_limits",
)  # fmt: skip
PARTS = ("gripper_box", "box_target", "no_floor_collision", "robot_target_qpos")


def _square(values: Any) -> float:
    return math.fsum(x * x for x in values)


def _apart(first: Vector, second: Vector) -> Vector:
    return [a - b for a, b in zip(first, second, strict=True)]


def _terms(of: Any) -> dict[str, float]:
    command, shift = of["command"], _apart(of["joint_pos"], of["default_pose"])
    wanted, forces = math.hypot(*command), of["actuator_force"]
    feet = list(zip(of["foot_linvel"], of["foot_z"], of["contact"], of["first_contact"], of["feet_air_time"],
                    of["swing_peak"], strict=True))  # fmt: skip
    limits = zip(of["joint_pos"], of["soft_lower"], of["soft_upper"], strict=True)
    sigma, height = of["tracking_sigma"], of["max_foot_height"]
    return {
        "tracking_lin_vel": math.exp(-_square(_apart(command[:2], of["local_linvel"][:2])) / sigma),
        "tracking_ang_vel": math.exp(-((command[2] - of["gyro"][2]) ** 2) / sigma),
        "lin_vel_z": of["global_linvel"][2] ** 2,
        "ang_vel_xy": _square(of["global_angvel"][:2]),
        "orientation": _square(of["upvector"][:2]),
        "stand_still": math.fsum(map(abs, shift)) * (wanted < 0.01),
        "termination": float(of["done"]),
        "pose": math.exp(-math.fsum(x * x * (1, 1, 0.1)[i % 3] for i, x in enumerate(shift))),
        "torques": math.sqrt(_square(forces)) + math.fsum(map(abs, forces)),
        "action_rate": _square(_apart(of["action"], of["last_action"])),
        "energy": math.fsum(abs(v) * abs(f) for v, f in zip(of["joint_vel"], forces, strict=True)),
        "feet_slip": math.fsum(_square(v[:2]) * touch for v, _, touch, *_ in feet) * (wanted > 0.01),
        "feet_clearance": math.fsum(abs(z - height) * math.sqrt(math.hypot(*v[:2])) for v, z, *_ in feet),
        "feet_height": math.fsum((peak / height - 1) ** 2 * first for *_, first, _, peak in feet) * (wanted > 0.01),
        "feet_air_time": math.fsum((air - 0.1) * first for *_, first, air, _ in feet) * (wanted > 0.01),
        "dof_pos_limits": math.fsum(max(low - q, 0) + max(q - high, 0) for q, low, high in limits),
    }


def go1_joystick(scales: dict[str, float], dt: float, **of: Any) -> dict[str, Any]:
    terms = _terms(of)
    total = math.fsum(term * scales[name] for name, term in terms.items()) * dt
    return {"terms": terms, "total": min(max(total, 0.0), 10000.0)}


def barkour_feet_air_time(air_time: Vector, first_contact: list[bool], command: Vector) -> float:
    steps = zip(air_time, first_contact, strict=True)
    return math.fsum((air - 0.1) * first for air, first in steps) * (math.hypot(*command[:2]) > 0.05)


def barkour_stand_still(command: Vector, joint_angles: Vector, default_pose: Vector) -> float:
    size = math.hypot(*command[:2])
    return math.fsum(map(abs, _apart(joint_angles, default_pose))) * (size > 0 and command[1] / size < 0.1)


def barkour_termination(done: bool, step: int) -> bool:  # noqa: FBT001 - what happened
    return done and step < 500


def _first_rows(turn: Vector) -> Vector:
    w, x, y, z = turn
    return [
        w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x),
    ]  # fmt: skip


def panda_pick_rollout(
    init_qpos: Vector, scales: dict[str, float], steps: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    found, reached = [], 0.0
    for step in steps:
        apart = math.dist(step["box_pos"], step["gripper_pos"])
        reached = max(reached, float(apart < 0.012))
        flat = [entry for row in step["box_mat"] for entry in row][:6]
        off = 0.9 * math.dist(step["target_pos"], step["box_pos"]) + 0.1 * math.dist(
            _first_rows(step["target_quat"]), flat
        )
        terms = {
            "gripper_box": 1 - math.tanh(5 * apart),
            "box_target": (1 - math.tanh(5 * off)) * reached,
            "no_floor_collision": 1.0 - any(step["floor_contacts"]),
            "robot_target_qpos": 1 - math.tanh(math.dist(step["arm_qpos"], init_qpos)),
        }
        total = math.fsum(terms[name] * scales[name] for name in PARTS)
        found.append({"terms": terms, "total": total, "reached_box": reached})
    return found


def _rollout(inputs: Inputs) -> Inputs:
    steps = inputs["steps"]
    names = ("target_pos", "box_pos", "gripper_pos", "target_quat", "arm_qpos")
    return {
        "init_qpos": inputs["init_qpos"],
        **{f"{name}_scale": inputs["scales"][name] for name in PARTS},
        **{name: [step[name] for step in steps] for name in names},
        "box_mat": [[entry for row in step["box_mat"] for entry in row] for step in steps],
        "floor_contact": [any(step["floor_contacts"]) for step in steps],
    }


def _scored(recorded: Any) -> list[float]:
    return [recorded["total"], *(recorded["terms"][name] for name in TERMS)]


CLAIMS = (
    Claim("tolerance_jax", "systems.dm_control_tolerance:tolerance", limited, tolerance=DEVICE),
    Claim("go1_joystick", "go1_joystick", dict, expected=_scored, tolerance=DEVICE, slack=2e-6, terms=TERMS),
    Claim("barkour_feet_air_time", "barkour_feet_air_time", dict, tolerance=DEVICE),
    Claim("barkour_stand_still", "barkour_stand_still", dict, tolerance=DEVICE),
    Claim("barkour_termination", "barkour_termination", same("done", "step")),
    Claim(
        "panda_pick_rollout", "panda_pick", _rollout, expected=lambda steps: [step["total"] for step in steps],
        tolerance=DEVICE, slack=2e-6,
    ),
)  # fmt: skip
ORIGINALS = {
    "tolerance_jax": tolerance,
    "go1_joystick": go1_joystick,
    "barkour_feet_air_time": barkour_feet_air_time,
    "barkour_stand_still": barkour_stand_still,
    "barkour_termination": barkour_termination,
    "panda_pick_rollout": panda_pick_rollout,
}
