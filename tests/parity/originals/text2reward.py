"""Text2Reward: the rewards of ManiSkill and of Meta-World, in plain Python."""

from __future__ import annotations

import math
from itertools import starmap
from typing import Any

from tests.parity.systems.dm_control_tolerance import tolerance

Vector = list[float]
Matrix = list[Vector]
HEAVY, LIGHT = 0.1, 0.01
GRASPS = (
    ((0, 1, 0), (1, 0, 0), (0, 0, -1)), ((0, -1, 0), (-1, 0, 0), (0, 0, -1)),
    ((1, 0, 0), (0, -1, 0), (0, 0, -1)), ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
)  # fmt: skip


def _near(first: Vector, second: Vector, steepness: float = 5) -> float:
    return 1 - math.tanh(steepness * math.dist(first, second))


def _still(speeds: Vector) -> bool:
    return max(map(abs, speeds)) <= 0.2


def _squares(values: Vector) -> float:
    return math.fsum(value * value for value in values)


def _cosine(first: Vector, second: Vector) -> float:
    sizes = math.hypot(*first) * math.hypot(*second)
    return math.fsum(a * b for a, b in zip(first, second, strict=True)) / sizes if sizes else math.nan


# --- oracles ---------------------------------------------------------------------------------------------------------


def oracle_lift_cube(
    cube_pos: Vector, ee_pos: Vector, qvel: Vector, is_grasped: bool, goal_height: float, cube_half_size: float  # noqa: FBT001
) -> float:  # fmt: skip
    if cube_pos[2] >= goal_height + cube_half_size and _still(qvel):
        return 2.25
    lifted = min((cube_pos[2] - cube_half_size) / goal_height, 1)
    return _near(cube_pos, ee_pos) + is_grasped * (0.25 + lifted)


def oracle_pick_cube(cube_pos: Vector, ee_pos: Vector, goal_pos: Vector, qvel: Vector, is_grasped: bool) -> float:  # noqa: FBT001
    if math.dist(goal_pos, cube_pos) <= 0.025 and _still(qvel):
        return 5.0
    return _near(cube_pos, ee_pos) + is_grasped * (1 + _near(goal_pos, cube_pos))


def _misturned(cube: Matrix, hand: Matrix) -> float:
    turn = [[math.fsum(cube[k][i] * hand[k][j] for k in range(3)) for j in range(3)] for i in range(3)]
    return min(
        math.fsum((grasp[i][j] - turn[i][j]) ** 2 for i in range(3) for j in range(3)) for grasp in GRASPS
    )  # fmt: skip


def oracle_stack_cube(
    cubeA_pos: Vector, cubeA_rot: Matrix, cubeB_pos: Vector, cubeB_vel: Vector, cubeB_angvel: Vector,  # noqa: N803
    ee_pos: Vector, ee_rot: Matrix, is_grasped: bool, cubeA_static: bool, cube_half_size: float,  # noqa: FBT001, N803
) -> float:  # fmt: skip
    goal = [cubeB_pos[0], cubeB_pos[1], cubeB_pos[2] + 2 * cube_half_size]
    aside = math.dist(goal[:2], cubeA_pos[:2])
    level = abs(goal[2] - cubeA_pos[2]) <= 0.005
    if aside <= cube_half_size + 0.005 and level and cubeA_static and not is_grasped:
        return 15.0
    if aside < 0.8 * cube_half_size and level:
        if is_grasped:
            raise NameError("gripper_openness")
        return 12.0
    reward = 1 - math.tanh(_misturned(cubeA_rot, ee_rot) / 8) + _near(ee_pos, cubeA_pos, 3)
    reward -= math.hypot(*cubeB_vel) + math.hypot(*cubeB_angvel)
    if is_grasped:
        up = goal[2] - cubeA_pos[2]
        amiss = max(2 * up, 2 * (-0.02 - up), 0)
        reward += 1 + 2 * (1 - math.tanh(5 * amiss)) + 4 * _near(goal, cubeA_pos)
    return reward


def oracle_turn_faucet(
    handle_points: list[Vector], left_finger_points: list[Vector], right_finger_points: list[Vector], qpos: float,
    target_qpos: float, last_angle_diff: float,
) -> dict[str, float]:  # fmt: skip
    remains = target_qpos - qpos
    if remains < 0:
        return {"reward": 10.0, "last_angle_diff": last_angle_diff}
    apart = min(math.dist(a, b) for a in handle_points for b in [*left_finger_points, *right_finger_points])
    turned = 5 * math.tanh(2 * (last_angle_diff - remains)) * (1 if remains > 0 else -1)
    reward = 1 - math.tanh(5 * apart) + 3 * (1 - math.tanh(2 * remains)) + turned
    return {"reward": reward, "last_angle_diff": remains}


def oracle_push_chair(
    ee_coords: list[Vector], chair_points: list[Vector], chair_rot: Matrix, chair_pos: Vector, target_xy: Vector,
    chair_vel: Vector, chair_angvel: Vector, action: Vector,
) -> float:  # fmt: skip
    nearest = [min(math.dist(hand, point) for point in chair_points) for hand in ee_coords]
    apart = math.fsum(nearest) / len(nearest)
    tilt = math.acos(chair_rot[2][2]) if abs(chair_rot[2][2]) <= 1 else math.nan
    reward = -apart - min(max(math.log(apart + 1e-5), -10), 0) - 0.2 * tilt - 1e-6 * math.hypot(*action)
    if not tilt < 0.2 * math.pi:
        return reward - 5
    if apart >= 0.1:
        return reward - 10
    way = [a - b for a, b in zip(chair_pos, target_xy, strict=False)]
    speed, left = math.hypot(*chair_vel[:2]), math.hypot(*way)
    if left > 0.15:
        return reward - 8 + 2 * _hurried(_cosine(way, chair_vel[:2]) * speed) - 2 * left
    settled = speed <= 0.1 and math.hypot(*chair_angvel) <= 0.2
    return reward + 2 * math.exp(-10 * speed) - (4 if settled else 6)


def _hurried(away: float) -> float:
    """Python's `max` keeps its first argument where the other is NaN, of a chair at rest."""
    return -1.0 if math.isnan(away) else max(-1, 1 - math.exp(away))


# --- generated for ManiSkill -----------------------------------------------------------------------------------------


def gen_few_shot_lift_cube(
    obj_pos: Vector, tcp_pos: Vector, qvel: Vector, is_grasped: bool, action: Vector, goal_height: float  # noqa: ARG001, FBT001
) -> float:  # fmt: skip
    if obj_pos[2] >= 0.02 + goal_height and _still(qvel[:-2]):
        return 5.0
    height = abs(goal_height - (obj_pos[2] - 0.02))
    return _near(obj_pos, tcp_pos) + is_grasped * (2 - math.tanh(5 * height))


def gen_few_shot_pick_cube(
    obj_pos: Vector,
    tcp_pos: Vector,
    qvel: Vector,
    is_grasped: bool,  # noqa: FBT001
    action: Vector,
    goal_pos: Vector,
) -> float:
    if math.dist(obj_pos, goal_pos) <= 0.02 and _still(qvel[:-2]):
        return 2.25
    grasped = is_grasped * (0.25 + _near(obj_pos, goal_pos))
    return _near(obj_pos, tcp_pos) + grasped - 0.1 * _squares(action) / len(action)


def gen_few_shot_turn_faucet(
    obj_pos: Vector, tcp_pos: Vector, qvel: Vector, is_grasped: bool, action: Vector, current_angle: float,  # noqa: FBT001
    target_angle: float,
) -> float:  # fmt: skip
    if current_angle >= target_angle and _still(qvel[:-2]):
        return 5.0
    turned = is_grasped * (2 - math.tanh(5 * (target_angle - current_angle)))
    return _near(obj_pos, tcp_pos) + turned - 0.1 * _squares(action)


def gen_zero_shot_lift_cube(
    obj_pos: Vector, tcp_pos: Vector, qvel: Vector, is_grasped: bool, action: Vector, goal_height: float  # noqa: ARG001, FBT001
) -> float:  # fmt: skip
    above = obj_pos[2] - goal_height
    reward = -0.4 * math.dist(tcp_pos, obj_pos) + 0.2 * is_grasped - 0.4 * abs(above)
    return reward + 0.1 * max(above, 0) - 0.01 * math.hypot(*action)


def gen_zero_shot_pick_cube(
    obj_pos: Vector, tcp_pos: Vector, qvel: Vector, is_grasped: bool, action: Vector, goal_pos: Vector  # noqa: ARG001, FBT001
) -> float:  # fmt: skip
    reward = -0.3 * math.dist(tcp_pos, obj_pos) - 0.5 * math.dist(goal_pos, obj_pos) + (0.2 if is_grasped else -0.2)
    return reward - 0.01 * _squares([min(max(value, -1), 1) for value in action])


# --- generated for Meta-World ----------------------------------------------------------------------------------------


def _measures(obs: Vector, goal: Vector) -> tuple[float, float]:
    """How far the hand is from the object, and the object from the goal."""
    return math.dist(obs[:3], obs[4:7]), math.dist(obs[4:7], goal)


def gen_metaworld_button_press(obs: Vector, goal: Vector, action: Vector) -> float:
    placed = math.dist(obs[:3], goal) + math.dist(obs[4:7], goal)
    return -placed - LIGHT * math.hypot(*action) + 100 * (obs[1] == goal[1])


def gen_metaworld_door_close(obs: Vector, goal: Vector, action: Vector) -> float:  # noqa: ARG001 - as there
    reach, place = _measures(obs, goal)
    return -reach - place - (obs[3] if reach < 0.1 else 0)


def gen_metaworld_door_unlock(obs: Vector, goal: Vector, action: Vector) -> float:
    reached = 1 - _cosine(obs[4:7], goal) < 0.01
    return -sum(_measures(obs, goal)) - HEAVY * _squares(action) + 100 * reached


def gen_metaworld_drawer_close(obs: Vector, goal: Vector, action: Vector) -> float:
    return -sum(_measures(obs, goal)) - 0.5 * abs(obs[3] + 1) - HEAVY * math.hypot(*action)


def gen_metaworld_drawer_open(obs: Vector, goal: Vector, action: Vector) -> float:
    reach, place = _measures(obs, goal)
    return -reach - place - LIGHT * (reach < 0.1 and obs[3] > -1) - 0.001 * math.hypot(*action)


def gen_metaworld_handle_press(obs: Vector, goal: Vector, action: Vector) -> float:
    return -sum(_measures(obs, goal)) - HEAVY * _squares(action)


def gen_metaworld_handle_press_side(obs: Vector, goal: Vector, action: Vector) -> float:
    return -math.fsum(min(x, 1) for x in _measures(obs, goal)) - HEAVY * min(math.hypot(*action), 1)


def gen_metaworld_sweep_into(obs: Vector, goal: Vector, action: Vector) -> float:
    reach, place = _measures(obs, goal)
    return (1 if place < 0.05 else -LIGHT * (reach + place)) - 0.001 * _squares(action)


def gen_metaworld_window_close(obs: Vector, goal: Vector, action: Vector) -> float:
    reach, place = _measures(obs, goal)
    return -reach - place - LIGHT * math.hypot(*action) + (place < 0.05 and obs[3] <= 0)


def gen_metaworld_window_open(obs: Vector, goal: Vector, action: Vector) -> float:
    return -sum(_measures(obs, goal)) - HEAVY * math.hypot(*action)


# --- what they are made from -----------------------------------------------------------------------------------------


def hamacher_product(a: float, b: float) -> float:
    if not (0 <= a <= 1 and 0 <= b <= 1):
        raise ValueError(a, b)
    whole = a + b - a * b
    return a * b / whole if whole > 0 else 0.0


def inverse_tolerance(x: float, bounds: list[Any], margin: float, sigmoid: str = "reciprocal") -> float:
    return 1 - tolerance(x, bounds, margin, 0, sigmoid)


def rect_prism_tolerance(curr: Vector, zero: Vector, one: Vector) -> float:
    sides = list(zip(curr, zero, one, strict=True))
    if not all(min(a, b) <= x <= max(a, b) for x, a, b in sides):
        return 1.0
    return math.prod(starmap(_along, sides))


def _along(x: float, first: float, last: float) -> float:
    return (x - first) / (last - first) if last != first else math.nan


ORIGINALS = {
    f.__name__: f
    for f in (
        oracle_lift_cube, oracle_pick_cube, oracle_stack_cube, oracle_turn_faucet, oracle_push_chair,
        gen_few_shot_lift_cube, gen_few_shot_pick_cube, gen_few_shot_turn_faucet, gen_zero_shot_lift_cube,
        gen_zero_shot_pick_cube, gen_metaworld_button_press, gen_metaworld_door_close, gen_metaworld_door_unlock,
        gen_metaworld_drawer_close, gen_metaworld_drawer_open, gen_metaworld_handle_press,
        gen_metaworld_handle_press_side, gen_metaworld_sweep_into, gen_metaworld_window_close,
        gen_metaworld_window_open, hamacher_product, inverse_tolerance, rect_prism_tolerance,
    )
}  # fmt: skip
