"""VLAC."""

from __future__ import annotations

import math
import re
from itertools import accumulate, pairwise
from statistics import fmean
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, renamed

CURVES = {True: "linear", False: "exact", "mix_f": "mixed"}
SETTINGS = (
    "skip", "frame_skip", "reverse_eval", "addition_scale", "bias", "related_critic", "positive_clip", "negative_clip",
)  # fmt: skip


def critic_to_value_simple(critic_list: list[float | str], simple: bool | str) -> list[float]:  # noqa: FBT001 - as there
    values = [0.0]
    for critic in map(float, critic_list):
        value = values[-1]
        if critic > 0 or simple is True:
            values.append(value + (100 - value) * critic / 100)
        elif simple == "mix_f" and value <= 50:
            values.append(value + value * critic / 100)
        else:
            undone = 100 - 100 * max(100 - value, 1) / (100 + critic)
            values.append(max(10, undone) if simple == "mix_f" else undone)
    return values


def _ranks(values: list[float]) -> list[float]:
    return [sum(other < value for other in values) + sum(other == value for other in values) / 2 for value in values]


def compute_voc(values_list: list[float]) -> float:
    ranks, steps = _ranks(values_list), list(range(len(values_list)))
    across = [[rank - fmean(part) for rank in part] for part in (ranks, steps)]
    sizes = [math.sqrt(sum(x * x for x in part)) for part in across]
    return sum(a * b for a, b in zip(*across, strict=True)) / math.prod(sizes) if all(sizes) else math.nan


def compute_negative_rate(critic_list: list[float]) -> float:
    return sum(critic < 0 for critic in critic_list) / len(critic_list)


def _clipped(critic: float, positive: float, negative: float) -> float:
    if positive and 0 <= critic <= positive:
        return 0.0
    return 0.0 if negative and -negative <= critic <= 0 else critic


def get_trajectory_critic(
    *, n_frames: int, answers: list[str], skip: int, frame_skip: bool, think: bool, reverse_eval: bool,
    addition_scale: float, bias: float, related_critic: bool, positive_clip: float, negative_clip: float,
    value_simple: bool | str,
) -> dict[str, list[float]]:  # fmt: skip
    del n_frames
    read = [float(answer.split("</think>", 1)[1] if think else answer) for answer in answers]
    by = (-1 if reverse_eval else 1) / (1 if frame_skip else skip) / addition_scale
    critics = [critic * by for critic in read]
    values = critic_to_value_simple(critics, value_simple)
    if related_critic:
        critics = [after - before for before, after in pairwise(values)]
    critics = [_clipped(critic + bias, positive_clip, negative_clip) for critic in critics]
    again = list(accumulate(critics, initial=0.0)) if related_critic else critic_to_value_simple(critics, value_simple)
    return {"critic_list": critics, "value_list": again}


def get_trajectory_done(n_frames: int, answers: list[str], threshold: float) -> list[float]:
    del n_frames
    return [sure if sure > threshold else 0.0 for sure in map(float, answers)]


def _settings(inputs: Inputs) -> Inputs:
    return {name: inputs[name] for name in SETTINGS}


def _curve(name: str) -> Any:
    return lambda inputs: {"curve": CURVES[inputs[name]]}


def _is_odd(inputs: Inputs, _: Any) -> bool:
    return any(
        re.search(r"inf|nan|\d_\d|\d{300}|e\d", text, re.IGNORECASE)
        for text in inputs.get("answers") or map(str, inputs["critic_list"])
    )


ODD = Rule(_is_odd, "NaN, infinite numbers and those in Python's own spelling are no judgements")
REPLIES = renamed(replies="answers")
SLACK = 1e-4
"""Absolute: a millionth of what a value, or what is left of it, ranges over."""
TRAJECTORY: dict[str, Any] = {
    "columns": renamed(replies="answers", think="think"), "params": _settings, "consts": _curve("value_simple"),
    "tolerance": DEVICE, "slack": SLACK, "rules": (ODD,),
}  # fmt: skip
CLAIMS = (
    Claim(
        "critic_to_value_simple", "values", lambda inputs: {"replies": list(map(str, inputs["critic_list"]))}, consts=_curve("simple"),
        expected=lambda value: value[1:], tolerance=DEVICE, slack=SLACK, rules=(ODD,),
    ),
    Claim(
        "compute_voc", "order", renamed(values="values_list"),
        expected=lambda value: None if math.isnan(value) else value, tolerance=DEVICE,
    ),
    Claim("compute_negative_rate", "negative_rate", renamed(critic="critic_list"), tolerance=DEVICE),
    Claim("get_trajectory_critic", "judged", expected=lambda value: value["critic_list"], **TRAJECTORY),
    Claim("get_trajectory_critic", "progress", expected=lambda value: value["value_list"][1:], **TRAJECTORY),
    Claim(
        "get_trajectory_done", "done", REPLIES, lambda inputs: {"threshold": float(inputs["threshold"])},
        tolerance=DEVICE, rules=(ODD,),
    ),
)  # fmt: skip
LEFT_OUT = {
    "results_format_rich": "writes the probabilities of digits, as the interface of one model gives them, into its reply"
}
ORIGINALS = {
    f.__name__: f
    for f in (
        critic_to_value_simple, compute_voc, compute_negative_rate, get_trajectory_critic, get_trajectory_done,
    )
}  # fmt: skip
SINGLE = ()
