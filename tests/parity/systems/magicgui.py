"""MagicGUI."""

from __future__ import annotations

import json
import math
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, renamed, same

STOPS = ("finish", "satisfied", "impossible", "interrupt", "need_feedback")
DIRECTIONS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
BUTTONS = {5: "back", 6: "home", 7: "enter"}
STAY, NEAR, CORNER, TAP = 200, 0.14, 0.15, 0.04

Place = tuple[Any, Any]


def calculate_f1_score(predicted_str: str, ground_truth_str: str) -> float:
    made, gold = (
        set(text.replace("[", "").replace("]", "").lower().split()) for text in (predicted_str, ground_truth_str)
    )
    if len(made) == len(gold) == 1:
        (a,), (b,) = made, gold
        if a in b or b in a:
            return 1
    shared = len(made & gold)
    if not shared:
        return 0
    precision, recall = shared / len(made), shared / len(gold)
    return 2 * (precision * recall) / (precision + recall)


def _way(start: Place, end: Place) -> str:
    try:
        if not all((*start, *end)):
            return "no direction"
        across, down = end[0] - start[0], end[1] - start[1]
    except TypeError:
        return "no direction"
    size = math.sqrt(across**2 + down**2)
    if size == 0:
        return "no direction"
    return max(DIRECTIONS, key=lambda name: (across * DIRECTIONS[name][0] + down * DIRECTIONS[name][1]) / size)


def get_direction(point: Any, to: Any) -> str | None:
    if isinstance(to, str):
        return to if to in DIRECTIONS else "no direction"
    if not isinstance(to, list):
        return None
    try:
        return _way((point[0], point[1]), (to[0], to[1]))
    except Exception:  # noqa: BLE001 - whatever is no place
        return "no direction"


def _place(point: Any) -> Place:
    try:
        return point[0] / 1000, point[1] / 1000
    except Exception:  # noqa: BLE001 - whatever is no place
        return 0.0, 0.0


def _fields(action: Any, args: Any) -> tuple[str, Any]:
    """The kind of an action by its fields, and what it is about."""
    stay = args.get("duration", STAY) if args else None
    if "TYPE" in action:
        return "type", action["TYPE"]
    if "POINT" in action and "to" not in args and stay == STAY:
        return "click", _place(action["POINT"])
    if "POINT" in action and "to" in args and stay == STAY:
        return "scroll", get_direction(action["POINT"], args["to"])
    if "POINT" in action and "duration" in args and stay > STAY:
        return "long_point", _place(action["POINT"])
    if "PRESS" in action:
        return "press", action["PRESS"].lower()
    return "wait", args["duration"]


def _step(pred: Inputs) -> tuple[str | None, Any]:
    holder = pred.get("action_predict", {})
    step = holder["COA"].get("txt", {}) if "COA" in holder else {}
    if not step:
        return None, None
    action, args, status = (step.get(name) for name in ("ACTION", "ARGS", "STATUS"))
    if args:
        args.get("duration")
    if action is None and args is None and status is None:
        return None, None
    return ("stop", None) if status in STOPS else _fields(action, args)


def _truth(gt: Inputs) -> tuple[str, Any]:
    code = gt["result_action_type"]
    if code in {0, 4}:
        start, end = ((x, y) for y, x in (json.loads(gt[name]) for name in ("result_touch_yx", "result_lift_yx")))
        tap = math.dist(start, end) <= TAP
        if code == 4 and not tap:
            return "scroll", _way(start, end)
        about = start, json.loads(gt["ui_positions"])
        return ("click", about) if code == 4 else (_with(gt, "duration", "long_point"), about)
    if code in BUTTONS:
        return "press", BUTTONS[code]
    if code == 3:
        return "type", gt["result_action_text"]
    if code in {10, 11}:
        return _with(gt, "result_action_text", "stop"), None
    return {1: _with(gt, "duration", "wait")}[code], None


def _with(gt: Inputs, field: str, kind: str) -> str:
    gt[field]
    return kind


def _grown(box: list[float]) -> list[float]:
    y, x, height, width = box
    return [
        max(0, y - (1.2 - 1) * height / 2), max(0, x - (1.2 - 1) * width / 2),
        min(1, height + (1.2 - 1) * height), min(1, width + (1.2 - 1) * width),
    ]  # fmt: skip


def _holds(box: list[float], place: Place) -> bool:
    y, x, height, width = box
    return x <= place[0] <= x + width and y <= place[1] <= y + height


def _around(boxes: list[list[float]], place: Place, android: bool) -> list[list[float]]:  # noqa: FBT001 - as there
    if not android:
        return [box for box in boxes if _holds(box, place)]
    return sorted(boxes, key=lambda box: math.dist((box[1] + box[3] / 2, box[0] + box[2] / 2), place))[:5]


def _points(made: Place, gold: Any, android: bool) -> tuple[bool, float]:  # noqa: FBT001 - as there
    """Whether a click is right, and how far it is from what it is to hit."""
    place, shown = gold
    boxes = _around([_grown(box) for box in shown], place, android)
    hit = next((box for box in boxes if _holds(box, made)), None)
    aim = place if hit is None else ((2 * hit[1] + hit[3]) / 2, (2 * hit[0] + hit[2]) / 2)
    apart = math.dist([1000 * part for part in made], [1000 * part for part in aim])
    return hit is not None or math.dist(place, made) <= NEAR, apart


def _ratio(a: str, b: str) -> float:
    row = [0] * (len(b) + 1)
    for x in a:
        before, row = row, [0]
        for place, y in enumerate(b):
            row.append(before[place] + 1 if x == y else max(before[place + 1], row[-1]))
    return 2 * row[-1] / (len(a) + len(b)) if a or b else 1.0


def step_eval(gt: Inputs, pred: Inputs, eval_android_control: bool) -> dict[str, Any]:  # noqa: FBT001 - as there
    wanted, gold = _truth(gt)
    kind, made = _step(pred)
    exact, apart, alike = kind in {"stop", "wait"}, None, None
    same_kind = kind == wanted
    if same_kind and kind in {"click", "long_point"}:
        exact, apart = _points(made, gold, eval_android_control)
    elif same_kind and kind in {"scroll", "press"}:
        exact = made == gold
    elif same_kind and kind == "type":
        texts = made.lower().strip(), gold.lower().strip()
        exact, alike = calculate_f1_score(*texts) >= 0.5, _ratio(*texts)
    corner = wanted == "press" and kind == "click" and max(made) <= CORNER
    forgiven = {kind, wanted} == {"click", "type"} or corner
    return {
        "type_match": same_kind or forgiven, "exact_match": (same_kind and exact) or forgiven,
        "format_hit": kind is not None, "text_dist": alike, "pixel_distance": apart, "pred_action_type": kind,
        "gt_action_type": wanted,
    }  # fmt: skip


STEP: dict[str, Any] = {
    "columns": same("gt", "pred"), "consts": lambda inputs: {"android_control": inputs["eval_android_control"]},
}  # fmt: skip


def _part(name: str) -> Any:
    return lambda value: value[name]


CLAIMS = (
    Claim(
        "calculate_f1_score", "word_f1", renamed(predicted="predicted_str", truth="ground_truth_str"), tolerance=DEVICE
    ),
    Claim("get_direction", "swipe_direction", same("point", "to"), part=("point: json?, to: json?", "text?")),
    Claim("step_eval", "type_match", **STEP, expected=_part("type_match")),
    Claim("step_eval", "exact_match", **STEP, expected=_part("exact_match")),
    Claim("step_eval", "format_hit", **STEP, expected=_part("format_hit")),
    Claim("step_eval", "text_similarity", **STEP, expected=_part("text_dist"), tolerance=DEVICE),
    Claim("step_eval", "pixel_distance", **STEP, expected=_part("pixel_distance"), tolerance=DEVICE, slack=1e-3),
    Claim(
        "step_eval", "told_kind", **STEP, expected=lambda value: value["pred_action_type"] or "",
        part=("gt: json, pred: json", "text?"),
    ),
    Claim(
        "step_eval", "wanted_kind", **STEP, expected=_part("gt_action_type"), part=("gt: json, pred: json", "text?")
    ),
)  # fmt: skip
ORIGINALS = {f.__name__: f for f in (calculate_f1_score, get_direction, step_eval)}
