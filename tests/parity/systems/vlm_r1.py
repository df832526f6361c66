"""VLM-R1."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, same

BOX = r"\[(\d+),\s*(\d+),\s*(\d+),\s*(\d+)]"
ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
THINKS_THEN_ANSWERS = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.DOTALL)


def _predicted(completion: str) -> list[int] | None:
    answer = ANSWER.search(completion)
    found = re.search(BOX, answer[1].strip()) if answer else None
    return [int(digits) for digits in found.groups()] if found else None


def _truth(solution: str) -> Any:
    return json.loads(ANSWER.findall(solution)[-1])


def _overlap(first: Any, second: Any, less: int) -> float:
    x1, y1 = max(first[0], second[0]), max(first[1], second[1])
    x2, y2 = min(first[2] - less, second[2] - less), min(first[3] - less, second[3] - less)
    inter = (x2 - x1 + less) * (y2 - y1 + less) if x1 < x2 and y1 < y2 else 0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return float(inter) / (areas[0] + areas[1] - inter)


def _iou(completion: str, solution: str, less: int, scale: Any = None) -> float:
    truth = _truth(solution)
    try:
        box: Any = _predicted(completion)
        if box is None:
            return 0.0
        if scale is not None:
            (width, height), (image_width, image_height) = scale
            box = [
                box[0] / width * image_width, box[1] / height * image_height,
                box[2] / width * image_width, box[3] / height * image_height,
            ]  # fmt: skip
        return _overlap(box, truth, less)
    except Exception:  # noqa: BLE001 - whatever goes wrong in the reply
        return 0.0


def iou_reward_qwen(
    completion: str, solution: str, image_width: float, image_height: float, image_grid_thw: list[int]
) -> float:
    _, height, width = image_grid_thw
    return _iou(completion, solution, 1, ((width * 14, height * 14), (image_width, image_height)))


def iou_reward_internvl(completion: str, solution: str) -> float:
    return _iou(completion, solution, 1)


def iou_reward_glm(completion: str, solution: str) -> float:
    return _iou(completion, solution, 0)


def _found(pattern: str, text: str) -> float:
    return float(re.search(pattern, text, re.DOTALL) is not None)


def format_reward_rec_qwen(completion: str) -> float:
    pattern = r"<think>.*?</think>\s*<answer>.*?\{.*\[\d+,\s*\d+,\s*\d+,\s*\d+\].*\}.*?</answer>"
    return _found(pattern, completion)


def format_reward_rec_internvl(completion: str) -> float:
    return _found(r"<think>.*?</think>\s*<answer>.*?\[\d+,\s*\d+,\s*\d+,\s*\d+\].*?</answer>", completion)


def format_reward_rec_glm(completion: str) -> float:
    return _found(r"<think>(.*?)<answer>(.*?)</answer>", completion)


def thinks_then_answers(completion: str) -> float:
    return float(THINKS_THEN_ANSWERS.fullmatch(completion) is not None)


def _qwen(inputs: Inputs) -> Inputs:
    _, height, width = inputs["image_grid_thw"]
    sizes = {"image_width": inputs["image_width"], "image_height": inputs["image_height"]}
    return {**same("completion", "solution")(inputs), **sizes, "grid_width": width, "grid_height": height}


REPLY = same("completion")
BOTH = same("completion", "solution")
CLAIMS = (
    Claim("iou_reward_qwen", "iou_qwen", _qwen, tolerance=DEVICE),
    Claim("iou_reward_internvl", "iou_internvl", BOTH, tolerance=DEVICE),
    Claim("iou_reward_glm", "iou_glm", BOTH, tolerance=DEVICE),
    Claim("format_reward_rec_qwen", "format_rec_qwen", REPLY),
    Claim("format_reward_rec_internvl", "format_rec_internvl", REPLY),
    Claim("format_reward_rec_glm", "format_rec_glm", REPLY),
    Claim("format_reward", "format_reward", REPLY),
)
ORIGINALS = {
    **{f.__name__: f for f in (
        iou_reward_qwen, iou_reward_internvl, iou_reward_glm, format_reward_rec_qwen, format_reward_rec_internvl,
        format_reward_rec_glm,
    )},
    "format_reward": thinks_then_answers,
}  # fmt: skip
