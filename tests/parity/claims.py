"""Which published functions are claimed exact, and by which reward."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Inputs = dict[str, Any]
EXACT = 0.0
DEVICE = 1e-5
"""Relative, for what is computed in float32 on the device."""
SHARES = 1e-6
"""Absolute, for ToolRL: its shares are spread over a range of width 6, and cancel near 0."""


@dataclass(frozen=True)
class Rule:
    """A difference that is right, by what the case is like, with the reason."""

    applies: Callable[[Inputs, Any], bool]
    reason: str


@dataclass(frozen=True)
class Claim:
    """`spec` gives what the function `system`/`function` returns.

    `columns` makes the reward's fields of one case, `params` its params (cases with equal params are scored together).
    `expected` takes the number to compare out of what was recorded; None means that ours must be missing. Where the
    original throws, ours must be missing, or what `raised` says. `slack` is the absolute difference that is allowed
    beside a relative tolerance: a float32 difference of equal numbers is not exactly 0.
    """

    system: str
    function: str
    spec: str
    columns: Callable[[Inputs], Inputs]
    params: Callable[[Inputs], Mapping[str, Any]] = lambda _: {}
    expected: Callable[[Any], float | None] = lambda value: value
    tolerance: float = EXACT
    raised: float | None = None
    slack: float = 1e-7
    rules: tuple[Rule, ...] = field(default=())


def _same(*names: str) -> Callable[[Inputs], Inputs]:
    return lambda inputs: {name: inputs[name] for name in names}


def _qwen(inputs: Inputs) -> Inputs:
    _, height, width = inputs["image_grid_thw"]
    sizes = {"image_width": inputs["image_width"], "image_height": inputs["image_height"]}
    return {**_same("completion", "solution")(inputs), **sizes, "grid_width": width, "grid_height": height}


def _scaled(inputs: Inputs) -> Inputs:
    x, y = inputs["scale"]
    return {**_same("completion", "solution")(inputs), "scale_x": x, "scale_y": y}


def _overlong(inputs: Inputs) -> Inputs:
    return {
        "length": inputs["completion_len_tokens"],
        "limit": inputs["max_completion_len"],
        "cache": inputs["soft_punish_cache"],
    }


def _item(place: int) -> Callable[[Any], float | None]:
    return lambda value: value[place]


FLAGS = {
    "WITHLENGTH": "with_length", "CORRECTMAX1": "correct_max1", "SCHEDULEREWARD": "schedule_reward",
    "SCHEDULELENGTH": "schedule_length", "MAX1STEP30MAX3": "max1_step30_max3", "REFINEDREWARD": "refined",
    "COARSEREWARD": "coarse", "INTERMEDIATEREWARD": "intermediate",
}  # fmt: skip
"""The environment variables of ToolRL, which count where they are "1", as params."""


def _flags(*names: str) -> Callable[[Inputs], Inputs]:
    """These of ToolRL's params, as the environment of a case has them."""
    return lambda inputs: {FLAGS[name]: inputs["env_flags"].get(name) == "1" for name in names}


def _renamed(**names: str) -> Callable[[Inputs], Inputs]:
    return lambda inputs: {ours: inputs[theirs] for ours, theirs in names.items()}


def _tool_score(inputs: Inputs) -> Inputs:
    named = _renamed(reply="solution_str", truth="ground_truth", step="step")(inputs)
    return {**named, "template": inputs["env_flags"].get("EXPERIMENT_NAME", "")}


def _tool_score_of_verl(inputs: Inputs) -> Inputs:
    extra = inputs["extra_info"] or {}
    named = _renamed(reply="solution_str", truth="ground_truth")(inputs)
    return {**named, "template": extra.get("experiment_name", "")}


BOUNDED = {"top": "max_possible_reward", "bottom": "min_possible_reward"}
STEPPED = {**BOUNDED, "step": "step", "reply": "response"}
COMPARED = ("REFINEDREWARD", "COARSEREWARD", "INTERMEDIATEREWARD")
SCHEDULED = ("SCHEDULEREWARD", "MAX1STEP30MAX3")

REPLY = _same("completion")
BOTH = _same("completion", "solution")

CLAIMS: Sequence[Claim] = (
    Claim("vlm_r1", "iou_reward_qwen", "systems.vlm_r1:iou_qwen", _qwen, tolerance=DEVICE),
    Claim("vlm_r1", "iou_reward_internvl", "systems.vlm_r1:iou_internvl", BOTH, tolerance=DEVICE),
    Claim("vlm_r1", "iou_reward_glm", "systems.vlm_r1:iou_glm", BOTH, tolerance=DEVICE),
    Claim("vlm_r1", "format_reward_rec_qwen", "systems.vlm_r1:format_rec_qwen", REPLY),
    Claim("vlm_r1", "format_reward_rec_internvl", "systems.vlm_r1:format_rec_internvl", REPLY),
    Claim("vlm_r1", "format_reward_rec_glm", "systems.vlm_r1:format_rec_glm", REPLY),
    Claim("vlm_r1", "format_reward", "systems.vlm_r1:format_reward", REPLY),
    Claim("ui_r1", "accuracy_action", "systems.ui_r1:accuracy_action", BOTH),
    Claim("ui_r1", "accuracy_coord", "systems.ui_r1:accuracy_coord", _scaled),
    Claim("ui_r1", "accuracy_coord_dast", "systems.ui_r1:accuracy_coord_dast", _scaled),
    Claim("ui_r1", "format", "systems.ui_r1:format", REPLY),
    Claim("ui_r1", "format_nothink", "systems.ui_r1:format_nothink", REPLY),
    Claim("ui_r1", "total_sum", "systems.ui_r1:total", _scaled),
    Claim("open_r1", "format_reward", "systems.open_r1:format", REPLY),
    Claim("open_r1", "tag_count_reward", "systems.open_r1:tag_count", REPLY),
    Claim(
        "open_r1", "soft_overlong_punishment", "systems.open_r1:soft_overlong_punishment", _overlong, tolerance=DEVICE
    ),
    Claim("trl", "think_format_reward", "systems.trl:think_format", REPLY),
    Claim("trl", "soft_overlong_punishment", "systems.trl:soft_overlong_punishment", _overlong, tolerance=DEVICE),
    Claim("vla_r1", "giou_xyxy", "systems.vla_r1:giou_xyxy", _same("b1", "b2"), expected=_item(0), tolerance=DEVICE),
    Claim(
        "toolrl",
        "match_score",
        "systems.toolrl:match",
        _renamed(left="list1", right="list2"),
        _flags("REFINEDREWARD"),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim(
        "toolrl",
        "compute_tool_call_reward",
        "systems.toolrl:tool_calls",
        _renamed(gold="gt_tools", made="pd_tools", **BOUNDED),
        _flags(*COMPARED),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim(
        "toolrl",
        "format_reward",
        "systems.toolrl:format",
        _renamed(truth="answer", **STEPPED),
        _flags(*SCHEDULED),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim(
        "toolrl",
        "correctness_reward_tool",
        "systems.toolrl:correctness",
        _renamed(truth="answer", **STEPPED),
        _flags(*COMPARED, *SCHEDULED),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim(
        "toolrl",
        "length_reward",
        "systems.toolrl:length",
        _renamed(**STEPPED),
        _flags("SCHEDULELENGTH"),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim(
        "toolrl",
        "compute_score",
        "systems.toolrl:total",
        _tool_score,
        _flags(*FLAGS),
        expected=_item(0),
        tolerance=DEVICE,
        slack=SHARES,
    ),
    Claim(
        "verl",
        "rlla.compute_score",
        "systems.toolrl:total",
        _tool_score_of_verl,
        expected=lambda value: float(value["score"]),
        tolerance=DEVICE,
        slack=SHARES,
    ),
)
"""Adding a published function is adding a row."""
