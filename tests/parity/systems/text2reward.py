"""Text2Reward: rewards for robots, generated and by experts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.parity.claim import DEVICE, Claim, Inputs, item, same
from tests.parity.originals import text2reward as originals
from tests.parity.systems.dm_control_tolerance import limited

if TYPE_CHECKING:
    from collections.abc import Callable

NEAR = 2e-6
TILT = 1e-4
"""The angle whose cosine is within a float32 of 1 is known to a thousandth, and counts a fifth."""
PICK = ("obj_pos", "tcp_pos", "is_grasped", "action", "goal_pos")
LIFT = ("obj_pos", "tcp_pos", "is_grasped", "goal_height")
TASKS = {
    "button_press": ("hand", "object", "action"), "door_close": ("hand", "gripper", "object"),
    "door_unlock": ("hand", "object", "action"), "drawer_close": ("hand", "gripper", "object", "action"),
    "drawer_open": ("hand", "gripper", "object", "action"), "handle_press": ("hand", "object", "action"),
    "handle_press_side": ("hand", "object", "action"), "sweep_into": ("hand", "object", "action"),
    "window_close": ("hand", "gripper", "object", "action"), "window_open": ("hand", "object", "action"),
}  # fmt: skip


def _observed(names: tuple[str, ...]) -> Callable[[Inputs], Inputs]:
    def columns(inputs: Inputs) -> Inputs:
        obs = inputs["obs"]
        found = {"hand": obs[:3], "gripper": obs[3], "object": obs[4:7], "action": inputs["action"]}
        return {"goal": inputs["goal"], **{name: found[name] for name in names}}

    return columns


def _flat(*names: str) -> Callable[[Inputs], Inputs]:
    """These matrices row by row, the other inputs as they are."""
    return lambda inputs: inputs | {name: [entry for row in inputs[name] for entry in row] for name in names}


def _chair(inputs: Inputs) -> Inputs:
    return {**{n: v for n, v in inputs.items() if n != "chair_rot"}, "chair_up": inputs["chair_rot"][2][2]}


def _bounded(inputs: Inputs) -> Inputs:
    found = limited({"value_at_margin": 0, "sigmoid": "reciprocal"} | inputs)
    return {name: value for name, value in found.items() if name != "value_at_margin"}


def _defined(value: Any) -> Any:
    """NaN is missing."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _near(function: str, reward: str, columns: Any = dict, expected: Any = _defined, slack: float = NEAR) -> Claim:
    return Claim(function, reward, columns, expected=expected, tolerance=DEVICE, slack=slack)


CLAIMS = (
    _near("oracle_lift_cube", "oracle_lift_cube"),
    _near("oracle_pick_cube", "oracle_pick_cube"),
    _near("oracle_stack_cube", "oracle_stack_cube", _flat("cubeA_rot", "ee_rot"), slack=1e-5),
    _near("oracle_turn_faucet", "oracle_turn_faucet", expected=item("reward"), slack=1e-5),
    _near(
        "oracle_turn_faucet", "oracle_turn_faucet_left", same("qpos", "target_qpos", "last_angle_diff"),
        item("last_angle_diff"),
    ),
    _near("oracle_push_chair", "oracle_push_chair", _chair, slack=TILT),
    _near("gen_few_shot_lift_cube", "few_shot_lift_cube", same(*LIFT, "qvel")),
    _near("gen_few_shot_pick_cube", "few_shot_pick_cube"),
    _near("gen_few_shot_turn_faucet", "few_shot_turn_faucet"),
    _near("gen_zero_shot_lift_cube", "zero_shot_lift_cube", same(*LIFT, "action")),
    _near("gen_zero_shot_pick_cube", "zero_shot_pick_cube", same(*PICK)),
    *(
        _near(f"gen_metaworld_{task}", f"systems.text2reward_metaworld:{task}", _observed(names))
        for task, names in TASKS.items()
    ),
    _near("hamacher_product", "systems.text2reward_metaworld:hamacher_product"),
    _near("inverse_tolerance", "systems.text2reward_metaworld:inverse_tolerance", _bounded),
    _near("rect_prism_tolerance", "systems.text2reward_metaworld:rect_prism_tolerance"),
)  # fmt: skip
ORIGINALS = originals.ORIGINALS
