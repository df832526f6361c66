"""The DeepMind Control Suite."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

from tests.parity.claim import DEVICE, Claim, same
from tests.parity.systems.dm_control_tolerance import tolerance

INF = math.inf


def _within(x: float, low: float, high: float, margin: float = 0.0, value: float = 0.1, shape: str = "gaussian") -> Any:
    return tolerance(x, [low, high], margin, value, shape)


def _still(control: list[float]) -> float:
    return (4 + fmean(_within(entry, 0, 0, 1, 0, "quadratic") for entry in control)) / 5


def acrobot(target_radius: float, to_target: float, sparse: bool) -> float:  # noqa: FBT001 - a flag of the task
    return float(_within(to_target, 0, target_radius, 0 if sparse else 1))


def cartpole(
    cart_position: float,
    pole_angle_cosine: list[float],
    control: list[float],
    angular_vel: list[float],
    sparse: bool,  # noqa: FBT001 - a flag of the task
) -> float:
    if sparse:
        upright = math.prod(_within(entry, 0.995, 1) for entry in pole_angle_cosine)
        return float(_within(cart_position, -0.25, 0.25)) * upright
    upright = fmean((entry + 1) / 2 for entry in pole_angle_cosine)
    centred = (1 + _within(cart_position, 0, 0, 2)) / 2
    small = (4 + _within(control[0], 0, 0, 1, 0, "quadratic")) / 5
    slow = (1 + min(_within(entry, 0, 0, 5) for entry in angular_vel)) / 2
    return float(upright * small * slow * centred)


def cheetah_run(speed: float) -> float:
    return float(_within(speed, 10, INF, 10, 0, "linear"))


def fish_swim(radii: list[float], mouth_to_target: list[float], upright: float) -> float:
    radius = sum(radii)
    return float((7 * _within(math.hypot(*mouth_to_target), 0, radius, 2 * radius) + 0.5 * (upright + 1)) / 8)


def hopper(height: float, speed: float, control: list[float], hopping: bool) -> float:  # noqa: FBT001 - a flag
    standing = _within(height, 0.6, 2)
    return float(standing * (_within(speed, 2, INF, 1, 0.5, "linear") if hopping else _still(control)))


def humanoid(
    head_height: float, torso_upright: float, control: list[float], com_velocity: list[float], move_speed: float
) -> float:
    stand = _within(head_height, 1.4, INF, 0.35) * _within(torso_upright, 0.9, INF, 1.9, 0, "linear")
    if move_speed == 0:
        return float(_still(control) * stand * fmean(_within(entry, 0, 0, 2) for entry in com_velocity[:2]))
    move = _within(math.hypot(*com_velocity[:2]), move_speed, INF, move_speed, 0, "linear")
    return float(_still(control) * stand * (5 * move + 1) / 6)


def pendulum_swingup(pole_vertical: float) -> float:
    return float(_within(pole_vertical, math.cos(math.radians(8)), 1))


def point_mass(target_size: float, mass_to_target_dist: float, control: list[float]) -> float:
    return float(_within(mass_to_target_dist, 0, target_size, target_size) * _still(control))


def swimmer(target_size: float, nose_to_target_dist: float) -> float:
    return float(_within(nose_to_target_dist, 0, target_size, 5 * target_size, 0.1, "long_tail"))


def walker(torso_height: float, torso_upright: float, horizontal_velocity: float, move_speed: float) -> float:
    stand = (3 * _within(torso_height, 1.2, INF, 0.6) + (1 + torso_upright) / 2) / 4
    if move_speed == 0:
        return float(stand)
    move = _within(horizontal_velocity, move_speed, INF, move_speed / 2, 0.5, "linear")
    return float(stand * (5 * move + 1) / 6)


FIELDS = {
    acrobot: ("target_radius", "to_target", "sparse"),
    cartpole: ("cart_position", "pole_angle_cosine", "control", "angular_vel", "sparse"),
    cheetah_run: ("speed",),
    fish_swim: ("radii", "mouth_to_target", "upright"),
    hopper: ("height", "speed", "control", "hopping"),
    humanoid: ("head_height", "torso_upright", "control", "com_velocity", "move_speed"),
    pendulum_swingup: ("pole_vertical",),
    point_mass: ("target_size", "mass_to_target_dist", "control"),
    swimmer: ("target_size", "nose_to_target_dist"),
    walker: ("torso_height", "torso_upright", "horizontal_velocity", "move_speed"),
}
CLAIMS = tuple(Claim(f.__name__, f.__name__, same(*names), tolerance=DEVICE) for f, names in FIELDS.items())
ORIGINALS = {f.__name__: f for f in FIELDS}
