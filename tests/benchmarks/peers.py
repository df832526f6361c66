"""The same rewards as plain Python functions, one sample at a time, as users write them."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_BOX = re.compile(r"\[(\d+),\s*(\d+),\s*(\d+),\s*(\d+)]")
_REC_FORMAT = re.compile(r"<think>.*?</think>\s*<answer>.*?\[\d+,\s*\d+,\s*\d+,\s*\d+\].*?</answer>", re.DOTALL)
_FORMAT = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.DOTALL)
_QUOTED, _BARE = re.compile(r"'action':\s*'(\w+)'"), re.compile(r"'action':\s*(\w+)")
_POINT = re.compile(r"\[(\d+),\s*(\d+)]")
_TOOL_FORMAT = re.compile(r"^<think>.*?</think>\n<tool_call>\n.*?\n</tool_call>$", re.DOTALL)


def _iou(a: list[int], b: list[int]) -> float:
    left, top, right, bottom = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]) - 1, min(a[3], b[3]) - 1
    inter = (right - left + 1) * (bottom - top + 1) if left < right and top < bottom else 0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter
    return inter / union if union else 0.0


def rec(completion: str, solution: str) -> float:
    """VLM-R1: IoU and format."""
    accuracy = 0.0
    truth = json.loads(_ANSWER.findall(solution)[-1])
    answer = _ANSWER.search(completion)
    if answer:
        box = _BOX.search(answer.group(1).strip())
        if box:
            accuracy = max(0.0, min(1.0, _iou([int(v) for v in box.groups()], truth)))
    return accuracy + (1.0 if _REC_FORMAT.search(completion) else 0.0)


def _action(text: str) -> str:
    found = _QUOTED.search(text) or _BARE.search(text)
    return found.group(1) if found else ""


def ui_total(completion: str, solution: str) -> float:
    """UI-R1: action, coordinate and format."""
    said, truth = _ANSWER.search(completion), _ANSWER.search(solution)
    said_text = said.group(1).strip() if said else ""
    truth_text = truth.group(1).strip() if truth else ""
    action, wanted = _action(said_text), _action(truth_text)
    total = 1.0 if action and action == wanted else 0.0
    if action == wanted:
        if wanted != "click":
            total += 1.0
        else:
            found, box = _POINT.search(said_text), _BOX.search(truth_text)
            x, y = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
            x1, y1, x2, y2 = (int(v) for v in box.groups()) if box else (0, 0, 0, 0)
            total += 1.0 if x1 <= x <= x2 and y1 <= y <= y2 else 0.0
    return total + (1.0 if _FORMAT.fullmatch(completion) else 0.0)


def _match(a: list[Any], b: list[Any]) -> float:
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    common = sum((Counter(a) & Counter(b)).values())
    return common / (len(a) + len(b) - common)


def _calls(text: str) -> list[Any]:
    inner = text.split("<tool_call>")[1].split("</tool_call>", maxsplit=1)[0].strip()
    return [json.loads(line) for line in inner.split("\n")]


def tool_total(reply: str, truth: str) -> float:
    """ToolRL: format and correctness of tool calls."""
    score = (
        1.0 if _TOOL_FORMAT.search(reply) and reply.count("<tool_call>") == 1 == reply.count("</tool_call>") else 0.0
    )
    gold = _calls(truth)
    try:
        made = _calls(reply)
        if made == gold:
            return score + 3.0
        points, most = _match([c["name"] for c in gold], [c["name"] for c in made]), 1.0
        used: set[int] = set()
        for wanted in gold:
            parameters = wanted["parameters"]
            most += 1 + len(parameters)
            best, best_place = 0.0, None
            for place, call in enumerate(made):
                if place in used or call["name"] != wanted["name"]:
                    continue
                given = call["parameters"]
                value = _match(list(parameters), list(given))
                value += sum(1 for key in parameters if key in given and given[key] == parameters[key])
                if value > best:
                    best, best_place = value, place
            if best_place is not None:
                used.add(best_place)
                points += best
        return score + 6.0 * points / most - 3.0
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        return score - 3.0
