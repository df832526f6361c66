"""VLM-R1."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, renamed, same
from tests.parity.originals import vlm_r1_answers as answers
from tests.parity.originals import vlm_r1_detection as detection

BOX = r"\[(\d+),\s*(\d+),\s*(\d+),\s*(\d+)]"
ANSWER = answers.ANSWER
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


METHODS = {
    "mcq": answers.mcq_reward, "yes_no": answers.yes_no_reward, "map": detection.map_reward,
    "od_ap": detection.od_reward_ap, "od_ap50": detection.od_reward_ap50, "odLength": detection.odlength_reward,
    "all_match": answers.all_match_reward, "llm": answers.llm_reward_api_down,
}  # fmt: skip


def accuracy_reward(completion: str, solution: str, accu_reward_method: str) -> float:
    if accu_reward_method != "weighted_sum":
        return METHODS.get(accu_reward_method, answers.default_accuracy_reward)(completion, solution)
    content, truth = answers.clean_text(completion), answers.clean_text(solution)
    return float(content == "none") if truth == "none" else detection.detection_score(content, truth)


def cosine_rewards(completion: str, solution: str, n_tokens: int) -> float:
    detection.detection_score(completion, solution)
    return answers.cosine(n_tokens)


def _is_broken(inputs: Inputs, _: Any) -> bool:
    """Whether what counts as JSON in a reply is none."""
    inside = answers.listed(inputs["content"])
    try:
        json.loads(inside or "0")
    except ValueError:
        return True
    return False


def _is_immense(inputs: Inputs, _: Any) -> bool:
    """Whether a number in the texts has more than five digits."""
    return any(re.search(r"\d{6}", text) for text in inputs.values() if isinstance(text, str))


def _writes_floats(inputs: Inputs, _: Any) -> bool:
    """Whether a number is written with a fraction or an exponent."""
    return re.search(r"\d(?:\.\d|[eE])", inputs["content"]) is not None


SPELT = Rule(_writes_floats, "1 and 1.0 are two texts there, and one number here")
MENDED = Rule(_is_broken, "broken JSON, which a library mends there by guessing, counts as text here")
IMMENSE = Rule(_is_immense, "areas beyond 10^10, which COCO ignores, count")
REPLY = same("completion")
BOTH = same("completion", "solution")
ANSWERS = same("content", "sol")
ACCURACY = renamed(completion="completion", solution="solution", method="accu_reward_method")
TEXT = ("x: text", "text")
CLAIMS = (
    Claim("iou_reward_qwen", "iou_qwen", _qwen, tolerance=DEVICE),
    Claim("iou_reward_internvl", "iou_internvl", BOTH, tolerance=DEVICE),
    Claim("iou_reward_glm", "iou_glm", BOTH, tolerance=DEVICE),
    Claim("format_reward_rec_qwen", "format_rec_qwen", REPLY),
    Claim("format_reward_rec_internvl", "format_rec_internvl", REPLY),
    Claim("format_reward_rec_glm", "format_rec_glm", REPLY),
    Claim("format_reward", "format_reward", REPLY),
    Claim("clean_text", "clean_text", renamed(x="text"), part=TEXT),
    Claim("extract_choice", "systems.vlm_r1_answers:extract_choice", renamed(x="text"), part=("x: text", "text?")),
    *(
        Claim(function, f"systems.vlm_r1_answers:{name}", ANSWERS)
        for function, name in {
            "mcq_reward": "mcq", "yes_no_reward": "yes_no", "all_match_reward": "all_match",
            "numeric_reward": "numeric", "llm_reward_api_down": "llm_fallback",
            "math_reward": "math",
        }.items()
    ),
    *(
        Claim(function, f"systems.vlm_r1_detection:{name}", ANSWERS, tolerance=DEVICE, rules=(IMMENSE,))
        for function, name in {
            "map_reward": "map_score", "od_reward_ap": "detects", "od_reward_ap50": "detects_50",
            "odLength_reward": "detects_briefly", "detection_score": "detection_score",
        }.items()
    ),
    Claim("default_accuracy_reward", "systems.vlm_r1_answers:default_accuracy", ANSWERS, tolerance=DEVICE),
    Claim("accuracy_reward", "systems.vlm_r1_answers:accuracy", ACCURACY, tolerance=DEVICE, rules=(IMMENSE,)),
    Claim("cosine_rewards", "systems.vlm_r1_detection:length", same("completion", "solution", "n_tokens"), tolerance=DEVICE),
    Claim("repetition_reward", "systems.vlm_r1_answers:repetition", same("content"), tolerance=DEVICE, rules=(MENDED, SPELT)),
)  # fmt: skip
ORIGINALS = {
    **{f.__name__: f for f in (
        iou_reward_qwen, iou_reward_internvl, iou_reward_glm, format_reward_rec_qwen, format_reward_rec_internvl,
        format_reward_rec_glm, accuracy_reward, cosine_rewards, answers.clean_text, answers.extract_choice,
        answers.mcq_reward, answers.yes_no_reward, answers.all_match_reward, answers.numeric_reward,
        answers.llm_reward_api_down, answers.default_accuracy_reward, answers.repetition_reward, detection.map_reward, detection.od_reward_ap,
        detection.od_reward_ap50, detection.detection_score,
    )},
    "format_reward": thinks_then_answers,
    "odLength_reward": detection.odlength_reward,
}  # fmt: skip
