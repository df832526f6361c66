"""UI-Genie."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed, same

OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}


def parse_action(value_str: str) -> Any:
    inside = value_str.strip()
    if "<tool_call>\n" in inside:
        inside = inside.split("<tool_call>\n")[1].split("\n</tool_call>")[0]
    try:
        return json.loads(inside)["arguments"]
    except Exception:  # noqa: BLE001 - whatever goes wrong in the reply
        braces = re.search(r"\{.*\}", inside)
        try:
            return json.loads(braces[0]) if braces else None
        except json.JSONDecodeError:
            return None


def calculate_f1_score(predicted_str: str, ground_truth_str: str) -> float:
    made, wanted = (set(text.lower().split()) for text in (predicted_str, ground_truth_str))
    if not made & wanted:
        return 0
    precision, recall = len(made & wanted) / len(made), len(made & wanted) / len(wanted)
    return 2 * (precision * recall) / (precision + recall)


def determine_swipe_direction(start: Any, end: Any) -> str:
    try:
        (x0, y0), (x1, y1) = start, end
    except Exception:  # noqa: BLE001 - whatever is no pair
        return "right"
    across, down = x1 - x0, y1 - y0
    if abs(across) > abs(down):
        return "right" if across > 0 else "left"
    return "down" if down > 0 else "up"


def smart_resize(height: float, width: float, factor: float, min_pixels: float, max_pixels: float) -> list[float]:
    rounded = [max(factor, round(side / factor) * factor) for side in (height, width)]
    if math.prod(rounded) > max_pixels:
        by = math.sqrt(height * width / max_pixels)
        return [math.floor(side / by / factor) * factor for side in (height, width)]
    if math.prod(rounded) < min_pixels:
        by = math.sqrt(min_pixels / (height * width))
        return [math.ceil(side * by / factor) * factor for side in (height, width)]
    return rounded


def _near(answer: Inputs, truth: Inputs, width: float, height: float, processor: Inputs) -> bool:
    resized_height, resized_width = smart_resize(height, width, **processor)
    places = []
    given = answer.get("coordinate")
    for x, y in (truth["coordinate"], (0, 0) if given is None else given):
        places.append((int(float(x / resized_width * width)), int(float(y / resized_height * height))))
    return math.dist(*places) <= math.sqrt((width * 0.14) ** 2 + (height * 0.14) ** 2)


def _swipes(answer: Inputs, truth: Inputs, reverse: bool) -> bool:  # noqa: FBT001 - as there
    if "direction" in answer:
        way = answer["direction"]
    elif isinstance(answer.get("coordinate", ""), list):
        way = determine_swipe_direction(answer["coordinate"], answer.get("coordinate2", ""))
    else:
        way = answer.get("coordinate2", "")
    wanted = truth.get("direction", "").strip().lower() or truth.get("coordinate", "").strip().lower()
    if reverse:
        wanted = next((to for name, to in OPPOSITE.items() if name in wanted), wanted)
    return wanted in way or way in wanted


def _agree(kind: str, answer: Inputs, truth: Inputs) -> bool:
    field = {"terminate": "status", "system_button": "button"}.get(kind, "text")
    a, b = (action.get(field, "").strip().lower() for action in (answer, truth))
    if kind == "type":
        a, b = (re.sub(r"\s+", " ", text) for text in (a, b))
    return a in b or b in a or (kind in {"open", "terminate"} and calculate_f1_score(a, b) > 0.5)


def compare_actions(
    answer_action: Any, gt_action: Any, reverse_swipe: bool, width: float, height: float, processor: Inputs  # noqa: FBT001
) -> list[bool]:  # fmt: skip
    if not answer_action or not gt_action:
        return [False, False]
    kind, wanted = (action.get("action", "").lower() for action in (answer_action, gt_action))
    if kind != wanted:
        return [False, False]
    if "click" in kind or "long_press" in kind:
        return [_near(answer_action, gt_action, width, height, processor), True]
    if kind == "swipe":
        return [_swipes(answer_action, gt_action, reverse_swipe), True]
    if kind in {"type", "open", "terminate", "system_button"}:
        return [_agree(kind, answer_action, gt_action), True]
    return [kind == "wait", True]


ACTIONS = renamed(
    answer="answer_action", truth="gt_action", width="width", height="height", reverse_swipe="reverse_swipe"
)


def _processor(inputs: Inputs) -> Inputs:
    size = inputs["processor"]
    return {"patch": size["factor"], "least_pixels": size["min_pixels"], "most_pixels": size["max_pixels"]}


def _has_nan(inputs: Inputs, _: Any) -> bool:
    return "NaN" in inputs["value_str"]


NAN = Rule(_has_nan, "NaN, which is parsed, equals nothing, not even itself")
CLAIMS = (
    Claim("parse_action", "action", renamed(reply="value_str"), part=("reply: text", "json?"), rules=(NAN,)),
    Claim(
        "calculate_f1_score", "word_f1", renamed(predicted="predicted_str", truth="ground_truth_str"), tolerance=DEVICE
    ),
    Claim(
        "determine_swipe_direction", "swipe_direction", same("start", "end"), part=("start: json?, end: json?", "text?")
    ),
    Claim("compare_actions", "correct", ACTIONS, consts=_processor, expected=item(0)),
    Claim("compare_actions", "same_kind", ACTIONS, consts=_processor, expected=item(1)),
)
ORIGINALS = {f.__name__: f for f in (parse_action, calculate_f1_score, determine_swipe_direction, compare_actions)}
