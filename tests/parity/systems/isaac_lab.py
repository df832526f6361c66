"""Isaac Lab: each environment of a case is a sample."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.parity.claim import DEVICE, Claim, Inputs

if TYPE_CHECKING:
    from collections.abc import Callable

Vector = list[float]
SHARED = {"threshold", "std", "target_height", "soft_ratio", "command_threshold", "minimal_height"}
"""Inputs that all environments have in common."""


def _square(values: Vector) -> float:
    return math.fsum(x * x for x in values)


def _forces(history: list[list[Vector]]) -> Vector:
    """The largest force on each body in its history."""
    return [max(math.hypot(*frame[body]) for frame in history) for body in range(len(history[0]))]


def _walks(command: Vector, least: float = 0.1) -> bool:
    return math.hypot(*command[:2]) > least


def _apart(first: Vector, second: Vector) -> Vector:
    return [a - b for a, b in zip(first, second, strict=True)]


def _multiply(p: Vector, q: Vector) -> Vector:
    (a, b, c, d), (e, f, g, h) = p, q
    return [
        a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e,
    ]  # fmt: skip


def _cross(a: Vector, b: Vector) -> Vector:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _placed(root: Vector, turn: Vector, pose: Vector) -> Vector:
    twice = [2 * x for x in _cross(turn[1:], pose[:3])]
    again = _cross(turn[1:], twice)
    return [root[i] + pose[i] + turn[0] * twice[i] + again[i] for i in range(3)]


def _yaw_frame(command: Vector, root_quat_wxyz: Vector, root_lin_vel_w: Vector, std: float) -> float:
    w, x, y, z = root_quat_wxyz
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    seen = [
        math.cos(yaw) * root_lin_vel_w[0] + math.sin(yaw) * root_lin_vel_w[1],
        math.cos(yaw) * root_lin_vel_w[1] - math.sin(yaw) * root_lin_vel_w[0],
    ]
    return math.exp(-_square(_apart(command[:2], seen)) / std**2)


def _biped(current_air_time: Vector, current_contact_time: Vector, command: Vector, threshold: float) -> float:
    touches = [time > 0 for time in current_contact_time]
    modes = [c if t else a for a, c, t in zip(current_air_time, current_contact_time, touches, strict=True)]
    shortest = min(modes) if sum(touches) == 1 else 0.0
    return min(shortest, threshold) * _walks(command)


def _orientation(command_pose: Vector, root_pos_w: Vector, root_quat_wxyz: Vector, body_quat_wxyz: Vector) -> float:
    del root_pos_w
    w, x, y, z = _multiply(root_quat_wxyz, command_pose[3:])
    turned = _multiply(body_quat_wxyz, [w, -x, -y, -z])
    axis = math.hypot(*turned[1:])
    half = math.atan2(axis, abs(turned[0]))
    scale = math.sin(half) / (2 * half) if abs(2 * half) > 1e-6 else 0.5 - (2 * half) ** 2 / 48
    return axis / scale


def _position(command_pose: Vector, root_pos_w: Vector, root_quat_wxyz: Vector, body_pos_w: Vector) -> float:
    return math.hypot(*_apart(body_pos_w, _placed(root_pos_w, root_quat_wxyz, command_pose)))


def _goal(object_pos_w: Vector, std: float, minimal_height: float, **pose: Vector) -> float:
    apart = _position(body_pos_w=object_pos_w, **pose)
    return (1 - math.tanh(apart / std)) * (object_pos_w[2] > minimal_height)


def _limits(joint_pos: Vector, lower: Vector, upper: Vector) -> float:
    return math.fsum(max(lo - q, 0) + max(q - hi, 0) for q, lo, hi in zip(joint_pos, lower, upper, strict=True))


def _speeds(joint_vel: Vector, vel_limit: Vector, soft_ratio: float) -> float:
    pairs = zip(joint_vel, vel_limit, strict=True)
    return math.fsum(min(max(abs(v) - limit * soft_ratio, 0), 1) for v, limit in pairs)


def _air(last_air_time: Vector, first_contact: list[bool], command: Vector, threshold: float) -> float:
    steps = zip(last_air_time, first_contact, strict=True)
    return math.fsum((time - threshold) * touch for time, touch in steps) * _walks(command)


def _slide(net_forces_w_history: list[list[Vector]], body_lin_vel_w: list[Vector]) -> float:
    pairs = zip(_forces(net_forces_w_history), body_lin_vel_w, strict=True)
    return math.fsum(math.hypot(*v[:2]) * (force > 1) for force, v in pairs)


def _deviation(joint_pos: Vector, default_joint_pos: Vector) -> float:
    return math.fsum(map(abs, _apart(joint_pos, default_joint_pos)))


def _still(command: Vector, joint_pos: Vector, default_joint_pos: Vector, command_threshold: float) -> float:
    return _deviation(joint_pos, default_joint_pos) * (math.hypot(*command[:2]) < command_threshold)


TERMS: dict[str, Callable[..., float]] = {
    "is_alive": lambda terminated: float(not terminated),
    "is_terminated": lambda terminated: float(terminated),  # noqa: PLW0108 - called by name
    "lin_vel_z_l2": lambda root_lin_vel_b: root_lin_vel_b[2] ** 2,
    "ang_vel_xy_l2": lambda root_ang_vel_b: _square(root_ang_vel_b[:2]),
    "flat_orientation_l2": lambda projected_gravity_b: _square(projected_gravity_b[:2]),
    "base_height_l2": lambda root_pos_w, target_height: (root_pos_w[2] - target_height) ** 2,
    "body_lin_acc_l2": lambda body_lin_acc_w: math.fsum(math.hypot(*a) for a in body_lin_acc_w),
    "joint_torques_l2": lambda applied_torque: _square(applied_torque),  # noqa: PLW0108 - called by name
    "joint_vel_l1": lambda joint_vel: math.fsum(map(abs, joint_vel)),
    "joint_vel_l2": lambda joint_vel: _square(joint_vel),  # noqa: PLW0108 - called by name
    "joint_acc_l2": lambda joint_acc: _square(joint_acc),  # noqa: PLW0108 - called by name
    "joint_deviation_l1": _deviation,
    "joint_pos_limits": _limits,
    "joint_vel_limits": _speeds,
    "applied_torque_limits": lambda applied_torque, computed_torque: _deviation(applied_torque, computed_torque),  # noqa: PLW0108 - called by name
    "action_rate_l2": lambda action, prev_action: _square(_apart(action, prev_action)),
    "action_l2": lambda action: _square(action),  # noqa: PLW0108 - called by name
    "undesired_contacts": lambda net_forces_w_history, threshold: sum(
        force > threshold for force in _forces(net_forces_w_history)
    ),
    "desired_contacts": lambda net_forces_w_history, threshold: float(
        not any(force > threshold for force in _forces(net_forces_w_history))
    ),
    "contact_forces": lambda net_forces_w_history, threshold: math.fsum(
        max(force - threshold, 0) for force in _forces(net_forces_w_history)
    ),
    "track_lin_vel_xy_exp": lambda command, root_lin_vel_b, std: math.exp(
        -_square(_apart(command[:2], root_lin_vel_b[:2])) / std**2
    ),
    "track_ang_vel_z_exp": lambda command, root_ang_vel_b, std: math.exp(
        -((command[2] - root_ang_vel_b[2]) ** 2) / std**2
    ),
    "track_ang_vel_z_world_exp": lambda command, root_ang_vel_w, std: math.exp(
        -((command[2] - root_ang_vel_w[2]) ** 2) / std**2
    ),
    "track_lin_vel_xy_yaw_frame_exp": _yaw_frame,
    "feet_air_time": _air,
    "feet_air_time_positive_biped": _biped,
    "feet_slide": _slide,
    "stand_still_joint_deviation_l1": _still,
    "position_command_error": _position,
    "position_command_error_tanh": lambda std, **pose: 1 - math.tanh(_position(**pose) / std),
    "orientation_command_error": _orientation,
    "object_is_lifted": lambda object_pos_w, minimal_height: float(object_pos_w[2] > minimal_height),
    "object_ee_distance": lambda object_pos_w, ee_pos_w, std: (
        1 - math.tanh(math.hypot(*_apart(object_pos_w, ee_pos_w)) / std)
    ),
    "object_goal_distance": _goal,
}


def environments(inputs: Inputs) -> list[Inputs]:
    """The inputs of each environment."""
    shared = {name: value for name, value in inputs.items() if name in SHARED}
    own = {name: value for name, value in inputs.items() if name not in SHARED}
    return [shared | dict(zip(own, values, strict=True)) for values in zip(*own.values(), strict=True)]


def _original(term: Callable[..., float]) -> Callable[..., list[float]]:
    return lambda **inputs: [term(**own) for own in environments(inputs)]


def _columns(inputs: Inputs) -> list[Inputs]:
    samples = environments(inputs)
    for own in samples:
        if "body_quat_wxyz" in own:
            del own["root_pos_w"]
        if "net_forces_w_history" in own:
            own["net_forces"] = own.pop("net_forces_w_history")
        if "command" in own:
            own["command"] = own["command"][:3]
    return samples


def _steps(inputs: Inputs) -> list[Inputs]:
    return [
        {"weights": inputs["weights"], "values": list(values), "dt": inputs["dt"]}
        for terms in inputs["term_values"]
        for values in zip(*terms, strict=True)
    ]


def _rewards(recorded: Any) -> list[float]:
    """What the manager pays; its logs are the logs of every reward here."""
    return [reward for step in recorded["steps"] for reward in step["reward"]]


CLAIMS = (
    *(Claim(name, name, _columns, tolerance=DEVICE, slack=2e-6) for name in TERMS),
    Claim("reward_manager_compute", "manager", _steps, expected=_rewards, tolerance=DEVICE),
)
ORIGINALS = {name: _original(term) for name, term in TERMS.items()}
