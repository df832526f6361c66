"""GUI-360."""

from __future__ import annotations

import json
import re
from statistics import fmean
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed

Call = tuple[str | None, Inputs, str | None]
SIDES = ("left", "top", "right", "bottom")
TOLERANCE = 25.0
TABLE = {"sheet_name": "Sheet1", "start_row": 1, "start_col": 1}
DEFAULTS: dict[str, Inputs] = {
    "click": {"coordinate": [0, 0], "button": "left", "double": False, "pressed": None},
    "type": {"coordinate": [0, 0], "keys": "", "clear_current_text": False, "control_focus": True},
    "drag": {
        "start_coordinate": [0, 0], "end_coordinate": [0, 0], "button": "left", "duration": 1.0, "key_hold": None,
    },
    "wheel_mouse_input": {"coordinate": [0, 0], "wheel_dist": 0},
    "insert_table": {"rows": 1, "columns": 1},
    "select_text": {"text": ""},
    "select_table": {"number": 1},
    "select_paragraph": {"start_index": 1, "end_index": -1, "non_empty": True},
    "save_as": {"file_dir": "", "file_name": "", "file_ext": ".pdf"},
    "set_font": {"font_name": None, "font_size": None},
    "table2markdown": {"sheet_name": 1},
    "insert_excel_table": {"table": [], **TABLE},
    "select_table_range": {**TABLE, "end_row": -1, "end_col": -1},
    "set_cell_value": {"sheet_name": "Sheet1", "row": 1, "col": 1, "value": None, "is_formula": False},
    "auto_fill": {**TABLE, "end_row": 1, "end_col": 1},
    "reorder_columns": {"sheet_name": "Sheet1", "desired_order": []},
    "set_background_color": {"color": "FFFFFF", "slide_index": None},
}  # fmt: skip


def extract_json_from_tool_call(text: str) -> Any:
    found = re.search(r"<tool_call>(.*?)</tool_call>", text, re.DOTALL)
    try:
        return json.loads(found[1].strip()) if found else None
    except json.JSONDecodeError:
        return None


# --- arguments -------------------------------------------------------------------------------------------------------


def _written(value: Any) -> str:
    return str(value).lower()


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _right_place(made: list[Any], gold: list[Any], rect: Inputs | None) -> bool:
    if rect:
        x, y = float(made[0]), float(made[1])
        return rect["left"] <= x <= rect["right"] and rect["top"] <= y <= rect["bottom"]
    return all(abs(float(a) - float(b)) <= TOLERANCE for a, b in zip(made, gold, strict=True))


def _drags(made: Inputs, gold: Inputs, rects: tuple[Inputs | None, Inputs | None]) -> bool:
    made, gold = ({**DEFAULTS["drag"], **args} for args in (made, gold))
    ends = ("start_coordinate", "end_coordinate")
    if not all(_is_pair(args[end]) for args in (made, gold) for end in ends):
        return False
    placed = [_right_place(made[end], gold[end], rect) for end, rect in zip(ends, rects, strict=True)]
    same = [_written(made[key]) == _written(gold[key]) for key in ("button", "duration", "key_hold")]
    return all(placed) and all(same)


def _words(args: Inputs) -> Inputs:
    return {
        key: _written(value) if value is None or isinstance(value, str | bool) else value for key, value in args.items()
    }


def _regular(made: Inputs, gold: Inputs, rect: Inputs | None, tools: tuple[str, str]) -> bool:
    made, gold = ({**DEFAULTS.get(tool, {}), **args} for tool, args in zip(tools, (made, gold), strict=True))
    if not (_is_pair(made.get("coordinate")) and _is_pair(gold.get("coordinate"))):
        return _words(made) == _words(gold)
    others = all(_written(made[key]) == _written(gold.get(key)) for key in made if key != "coordinate")
    return _right_place(made["coordinate"], gold["coordinate"], rect) and others


def _agree(made: Call, gold: Call, rects: tuple[Inputs | None, Inputs | None]) -> bool:
    try:
        if made[0] == gold[0] == "drag":
            return _drags(made[1], gold[1], rects)
        return _regular(made[1], gold[1], rects[0], (str(made[0]), str(gold[0])))
    except Exception:  # noqa: BLE001 - whatever goes wrong with the arguments
        return False


# --- calls in replies ------------------------------------------------------------------------------------------------


def _rectangle(given: Any) -> Inputs | None:
    if isinstance(given, dict) and {key.lower() for key in given} >= set(SIDES):
        return {side: float(given[side]) for side in SIDES}
    try:
        return dict(zip(SIDES, map(float, given), strict=True)) if isinstance(given, list) else None
    except (TypeError, ValueError):
        return None


def _rectangles(given: Any) -> tuple[Inputs | None, Inputs | None]:
    if isinstance(given, list) and given:
        first = _rectangle(given[0])
        return first, _rectangle(given[1]) if len(given) > 1 else None
    return (_rectangle(given) if isinstance(given, dict) else None), None


def _move(args: Inputs, source: Inputs, places: dict[str, tuple[str, str]]) -> None:
    """Write places that are given as two numbers each as pairs, where all are numbers."""
    keys = [key for pair in places.values() for key in pair]
    if not set(keys) <= source.keys():
        return
    try:
        moved = {to: [float(source[key]) for key in pair] for to, pair in places.items()}
    except (TypeError, ValueError):
        return
    for key in keys:
        if source is args:
            del args[key]
    args.update(moved)


def _call(given: Any) -> Call:
    if isinstance(given, list) and given:
        given = given[0]
    if not given or not isinstance(given, dict):
        return None, {}, None
    action = given["action"] if isinstance(given.get("action"), dict) else {}
    function = given.get("function") or given.get("name") or given.get("tool") or action.get("function")
    args = given.get("args") or given.get("arguments") or given.get("parameters") or action.get("args", {})
    if isinstance(args, str):
        try:
            args = json.loads(args)
        except json.JSONDecodeError:
            args = {}
    status = given.get("status")
    status = action.get("status") if status is None else status
    if isinstance(args, dict):
        if function == "drag":
            _move(args, args, {"start_coordinate": ("start_x", "start_y"), "end_coordinate": ("end_x", "end_y")})
        else:
            _move(args, args, {"coordinate": ("x", "y")})
            _move(args, given, {"coordinate": ("coordinate_x", "coordinate_y")})
    return (
        str(function).lower() if function else None,
        args if isinstance(args, dict) else {},
        None if status is None else str(status).strip().upper().replace("OVERALL_FINISH", "FINISH"),
    )


def eval_tool(predict: Any, ground_truth: Any, ground_bbox: Any) -> list[int]:
    made, gold = (
        extract_json_from_tool_call(side) if isinstance(side, str) else side for side in (predict, ground_truth)
    )
    if made is None or gold is None:
        return [0, 0, 0]
    calls = _call(made), _call(gold)
    rects = _rectangles(ground_bbox)
    named = all(call[0] for call in calls)
    return [
        int(named and calls[0][0] == calls[1][0]),
        int(named and _agree(*calls, rects)),
        int(calls[0][2] is not None and calls[0][2] == calls[1][2]),
    ]


def compare_actions(
    *, pred_function: str | None, pred_args: Any, pred_status: str | None, gt_function: str | None, gt_args: Any,
    gt_status: str | None, gt_rect: Any, gt_rect_end: Any,
) -> list[bool]:  # fmt: skip
    agree = False
    if isinstance(pred_args, dict) and isinstance(gt_args, dict):
        tools = [
            ("click" if "coordinate" in args else "unknown") if tool is None else tool
            for tool, args in ((pred_function, pred_args), (gt_function, gt_args))
        ]
        agree = _agree((tools[0], pred_args, None), (tools[1], gt_args, None), (gt_rect, gt_rect_end))
    same = pred_function is not None and pred_function == gt_function
    return [same, agree, bool(pred_status) and pred_status == gt_status]


# --- screens ---------------------------------------------------------------------------------------------------------


def calculate_iou(rect1: Any, rect2: Any) -> float:
    try:
        a, b = ([rect[side] for side in SIDES] for rect in (rect1, rect2))
        width, height = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
        areas = [(r[2] - r[0]) * (r[3] - r[1]) for r in (a, b)]
    except (KeyError, TypeError):
        return 0.0
    return width * height / (sum(areas) - width * height) if width > 0 and height > 0 else 0.0


def _sides(rect: Any) -> Any:
    if not isinstance(rect, list):
        return rect
    return dict(zip(SIDES, [0, 0, *rect] if len(rect) == 2 else rect, strict=False))


def match_control_infos(
    pred_controls: list[Any], gt_controls: list[Any], iou_threshold: float, text_similarity: dict[str, float]
) -> list[float]:
    if not pred_controls or not gt_controls:
        return [0.0] * 7
    free = [control for control in pred_controls if isinstance(control, dict) and "control_rect" in control]
    overlaps, similar = [], []
    for gold in gt_controls:
        scores = [
            calculate_iou(_sides(made["control_rect"]), _sides(gold["control_rect"])) if "control_rect" in gold else 0
            for made in free
        ]
        best = max(scores, default=0)
        if best > 0 and best >= iou_threshold:
            made = free.pop(scores.index(best))
            overlaps.append(best)
            similar.append(text_similarity[_key(made, gold)])
    recall, precision = len(overlaps) / len(gt_controls), len(overlaps) / len(pred_controls)
    return [
        recall, precision, 2 * recall * precision / (recall + precision) if overlaps else 0.0,
        fmean(similar) if similar else 0.0, fmean(overlaps) if overlaps else 0.0,
        sum(value > 0.5 for value in similar), len(pred_controls),
    ]  # fmt: skip


def _key(made: Inputs, gold: Inputs) -> str:
    return f"{made.get('control_text', '')}|{gold.get('control_text', '')}"


# --- claims ----------------------------------------------------------------------------------------------------------


def _reply(side: Any) -> str:
    """A call as a reply writes it; nothing in it looks like a tag."""
    if isinstance(side, str):
        return side
    return "<tool_call>" + json.dumps(side).replace("</", "\\u003c/") + "</tool_call>"


def _tool(inputs: Inputs) -> Inputs:
    return {
        "reply": _reply(inputs["predict"]), "truth": _reply(inputs["ground_truth"]), "areas": inputs["ground_bbox"],
    }  # fmt: skip


def _screen(inputs: Inputs) -> Inputs:
    made, gold, similar = inputs["pred_controls"], inputs["gt_controls"], inputs["text_similarity"]

    def likeness(a: Any, b: Any) -> float:
        return similar.get(_key(a, b), 0.0) if isinstance(a, dict) and isinstance(b, dict) else 0.0

    return {"made": made, "gold": gold, "similarity": [[likeness(a, b) for b in gold] for a in made]}


def _is_long(inputs: Inputs, _: Any) -> bool:
    return any(re.search(r"\d{4301}", json.dumps(inputs[name])) for name in ("predict", "ground_truth"))


def _has_nan(inputs: Inputs, _: Any) -> bool:
    return "NaN" in inputs["text"]


NAN = Rule(_has_nan, "NaN, which is parsed, equals nothing, not even itself")
LONG = Rule(_is_long, "with an integer of more than 4,300 digits, at which the original raises, a text is no JSON")
CLAIMS = (
    Claim("extract_json_from_tool_call", "tool_call", renamed(reply="text"), part=("reply: text", "json?"), rules=(NAN,)),
    Claim("eval_tool", "function_match", _tool, expected=item(0), rules=(LONG,)),
    Claim("eval_tool", "args_match", _tool, expected=item(1), rules=(LONG,)),
    Claim("eval_tool", "status_match", _tool, expected=item(2), rules=(LONG,)),
    Claim("compare_actions", "systems.gui_360_actions:compared_function", renamed(made="pred_function", gold="gt_function"), expected=item(0)),
    Claim(
        "compare_actions", "systems.gui_360_actions:compared_args",
        renamed(
            made_tool="pred_function", made="pred_args", gold_tool="gt_function", gold="gt_args", area="gt_rect",
            second_area="gt_rect_end",
        ),
        expected=item(1),
    ),
    Claim("compare_actions", "systems.gui_360_actions:compared_status", renamed(made="pred_status", gold="gt_status"), expected=item(2)),
    Claim("calculate_iou", "systems.gui_360_screens:rectangle_overlap", renamed(a="rect1", b="rect2"), tolerance=DEVICE),
    Claim(
        "match_control_infos", "systems.gui_360_screens:controls", _screen, consts=lambda inputs: {"iou_threshold": inputs["iou_threshold"]},
        expected=lambda value: [value[place] for place in (2, 0, 1, 3, 4, 5, 6)], tolerance=DEVICE,
        terms=("recall", "precision", "text_similarity", "overlap", "text_success", "made"),
    ),
)  # fmt: skip
ORIGINALS = {
    f.__name__: f for f in (extract_json_from_tool_call, eval_tool, compare_actions, calculate_iou, match_control_infos)
}
