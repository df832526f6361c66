"""The published functions in plain Python, one sample at a time, rebuilt from their described rules.

They are what generated cases are compared with; the golden cases show that they are right. An original that throws is
an exception here too.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Flags = dict[str, str]


# --- ToolRL ----------------------------------------------------------------------------------------------------------


def _on(flags: Flags, name: str) -> bool:
    return flags.get(name) == "1"


def match_score(list1: list[Any], list2: list[Any], env_flags: Flags) -> float:
    if list1 == list2:
        return 1.0
    if _on(env_flags, "REFINEDREWARD") or not list1 or not list2:
        return 0.0
    shared = (Counter(list1) & Counter(list2)).total()
    return shared / (len(list1) + len(list2) - shared)


def _likeness(gold: dict[str, Any], made: dict[str, Any], flags: Flags) -> float:
    if _on(flags, "INTERMEDIATEREWARD"):
        return 1.0 if gold == made else 0.0
    wanted, given = gold["parameters"], made["parameters"]
    alike = match_score(list(wanted.keys()), list(given.keys()), flags)
    return alike + sum(1.0 for key, value in wanted.items() if key in given and given[key] == value)


def compute_tool_call_reward(
    gt_tools: list[Any], pd_tools: list[Any], max_possible_reward: float, min_possible_reward: float, env_flags: Flags
) -> float:
    if gt_tools == pd_tools:
        return max_possible_reward
    if _on(env_flags, "COARSEREWARD"):
        return min_possible_reward
    score = match_score([tool["name"] for tool in gt_tools], [tool["name"] for tool in pd_tools], env_flags)
    most, used = 1.0, set()
    for gold in gt_tools:
        wanted = gold["parameters"]
        most += 1.0 + (0 if _on(env_flags, "INTERMEDIATEREWARD") else len(wanted))
        best, place = 0.0, None
        for index, made in enumerate(pd_tools):
            if index in used or made["name"] != gold["name"]:
                continue
            found = _likeness(gold, made, env_flags)
            if found > best:
                best, place = found, index
        if place is not None:
            used.add(place)
            score += best
    return (max_possible_reward - min_possible_reward) * score / most + min_possible_reward


def format_reward(
    response: str, answer: str, step: int, max_possible_reward: float, min_possible_reward: float, env_flags: Flags
) -> float:
    high, low = max_possible_reward, min_possible_reward
    if _on(env_flags, "MAX1STEP30MAX3") and step >= 30:
        high, low = high / 2, low / 2
    if _on(env_flags, "SCHEDULEREWARD"):
        high, low = max(1.0, 2 - (2 - high) * step / 150), min(-1.0, -2 + (2 + low) * step / 150)
    return high if _is_formatted(response, answer) else low


def _is_formatted(response: str, answer: str) -> bool:
    calls, replies = "<tool_call>" in answer, "<response>" in answer
    pattern, once = r"^<think>.*?</think>", []
    if calls:
        pattern += r"\n<tool_call>\n.*?\n</tool_call>"
        once += ["<tool_call>", "</tool_call>"]
    if replies:
        pattern += r"\n<response>.*?</response>"
        once += ["<response>", "</response>"]
    found = re.search(pattern + "$", response, re.DOTALL)
    return found is not None and all(response.count(tag) == 1 for tag in once)


def _calls(text: str) -> list[Any]:
    inside = text.split("<tool_call>")[1].split("</tool_call>", maxsplit=1)[0].strip()
    return [json.loads(line) for line in inside.split("\n")]


def correctness_reward_tool(
    response: str, answer: str, step: int, max_possible_reward: float, min_possible_reward: float, env_flags: Flags
) -> float:
    high, low = max_possible_reward, min_possible_reward
    if _on(env_flags, "MAX1STEP30MAX3") and step < 30:
        high, low = high / 3, low / 3
    if _on(env_flags, "SCHEDULEREWARD"):
        high, low = min(3.0, (high - 2) * step / 150 + 2), max(-3.0, (low + 2) * step / 150 - 2)
    if "<tool_call>" not in answer:
        return 0.0
    gold = _calls(answer)
    if "<tool_call>" not in response or "</tool_call>" not in response:
        return low
    try:
        return compute_tool_call_reward(gold, _calls(response), high, low, env_flags)
    except Exception:  # noqa: BLE001 - whatever goes wrong in the reply
        return low


def length_reward(
    response: str, answer: str, step: int, max_possible_reward: float, min_possible_reward: float, env_flags: Flags
) -> float:
    del answer
    longest = (640 - 384) * step / 105 + 384 if _on(env_flags, "SCHEDULELENGTH") else 512
    if "<think>" not in response or "</think>" not in response:
        return min_possible_reward
    thought = response.rsplit("<think>", maxsplit=1)[-1].split("</think>", maxsplit=1)[0].strip()
    part = min(1.0, round(len(thought.split()) / longest, 2))
    return part * (max_possible_reward - min_possible_reward) + min_possible_reward


def compute_score(solution_str: str, ground_truth: str, step: int, env_flags: Flags) -> list[float]:
    name = env_flags.get("EXPERIMENT_NAME", "")
    if "llama" in name:
        reply = (
            solution_str.rsplit("<|start_header_id|>assistant<|end_header_id|>", maxsplit=1)[-1]
            .split("<|eot_id|>", maxsplit=1)[0]
            .strip()
        )
    elif "qwen" in name:
        reply = solution_str.rsplit("<|im_start|>assistant", maxsplit=1)[-1].split("<|im_end|>", maxsplit=1)[0].strip()
    else:
        raise NotImplementedError(name)
    most = 1 if _on(env_flags, "CORRECTMAX1") else 3
    form = format_reward(reply, ground_truth, step, 1.0, 0.0, env_flags)
    right = correctness_reward_tool(reply, ground_truth, step, most, -most, env_flags)
    size = length_reward(reply, ground_truth, step, 1.0, 0.0, env_flags) if _on(env_flags, "WITHLENGTH") else 0
    return [form + right + size, form, right, size]


# --- VLM-R1 ----------------------------------------------------------------------------------------------------------

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


# --- UI-R1 -----------------------------------------------------------------------------------------------------------

POINT = r"\[(\d+),\s*(\d+)]"
POINT_IN_BRACES = r"\{.*\[(\d+),\s*(\d+)]\s*.*\}"


def _inside(text: str) -> str:
    found = ANSWER.search(text)
    return found[1].strip() if found else ""


def _action(text: str) -> str:
    inside = _inside(text)
    found = re.search(r"'action':\s*'(\w+)'", inside) or re.search(r"'action':\s*(\w+)", inside)
    return found[1] if found else ""


def _numbers(pattern: str, text: str, default: list[int]) -> list[int]:
    found = re.search(pattern, _inside(text))
    return [int(digits) for digits in found.groups()] if found else default


def accuracy_action(completion: str, solution: str) -> float:
    return float(_action(completion) != "" and _action(completion) == _action(solution))


def _hit(completion: str, solution: str, scale: list[float], pattern: str) -> float:
    if not accuracy_action(completion, solution):
        return 0.0
    if _action(solution) != "click":
        return 1.0
    try:
        x, y = _numbers(pattern, completion, [0, 0])
        x, y = int(x * scale[0]), int(y * scale[1])
        x1, y1, x2, y2 = _numbers(BOX, solution, [0, 0, 0, 0])
    except Exception:  # noqa: BLE001 - whatever goes wrong in the reply
        return 0.0
    return float(x1 <= x <= x2 and y1 <= y <= y2)


def accuracy_coord(completion: str, solution: str, scale: list[float]) -> float:
    return _hit(completion, solution, scale, POINT)


def accuracy_coord_dast(completion: str, solution: str, scale: list[float]) -> float:
    return _hit(completion, solution, scale, POINT_IN_BRACES)


def format_nothink(completion: str) -> float:
    return float(re.fullmatch(r"<answer>.*?</answer>", completion, re.DOTALL) is not None)


def total_sum(completion: str, solution: str, scale: list[float]) -> float:
    parts = (accuracy_action(completion, solution), accuracy_coord(completion, solution, scale))
    return sum(parts) + thinks_then_answers(completion)


# --- open-r1 and TRL -------------------------------------------------------------------------------------------------

LINES = re.DOTALL | re.MULTILINE


def open_r1_format(completion: str) -> float:
    pattern = r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$"
    return float(re.match(pattern, completion, LINES) is not None)


def tag_count_reward(completion: str) -> float:
    tags = ("<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>")
    return sum(0.25 for tag in tags if completion.count(tag) == 1)


def think_format_reward(completion: str) -> float:
    return float(re.match(r"^<think>(?!.*<think>)(.*?)</think>.*$", completion, LINES) is not None)


def soft_overlong_punishment(completion_len_tokens: int, max_completion_len: int, soft_punish_cache: int) -> float:
    free = max_completion_len - soft_punish_cache
    if completion_len_tokens <= free:
        return 0.0
    if completion_len_tokens <= max_completion_len:
        return (free - completion_len_tokens) / soft_punish_cache
    return -1.0


# --- VLA-R1 ----------------------------------------------------------------------------------------------------------

FLOOR = 1e-12


def giou_xyxy(b1: list[float], b2: list[float]) -> list[float]:
    width, height = (max(0.0, min(b1[i + 2], b2[i + 2]) - max(b1[i], b2[i])) for i in (0, 1))
    inter = width * height
    areas = [max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) for box in (b1, b2)]
    union = max(areas[0] + areas[1] - inter, FLOOR)
    sides = (max(b1[i + 2], b2[i + 2]) - min(b1[i], b2[i]) for i in (0, 1))
    around = max(math.prod(max(0.0, side) for side in sides), FLOOR)
    return [max(-1.0, min(1.0, inter / union - (around - union) / around)), inter / union]


ORIGINALS: dict[tuple[str, str], Callable[..., Any]] = {
    **{("toolrl", f.__name__): f for f in (
        match_score, compute_tool_call_reward, format_reward, correctness_reward_tool, length_reward, compute_score,
    )},
    **{("vlm_r1", f.__name__): f for f in (
        iou_reward_qwen, iou_reward_internvl, iou_reward_glm, format_reward_rec_qwen, format_reward_rec_internvl,
        format_reward_rec_glm,
    )},
    ("vlm_r1", "format_reward"): thinks_then_answers,
    **{("ui_r1", f.__name__): f for f in (
        accuracy_action, accuracy_coord, accuracy_coord_dast, format_nothink, total_sum,
    )},
    ("ui_r1", "format"): thinks_then_answers,
    ("open_r1", "format_reward"): open_r1_format,
    ("open_r1", "tag_count_reward"): tag_count_reward,
    ("open_r1", "soft_overlong_punishment"): soft_overlong_punishment,
    ("trl", "think_format_reward"): think_format_reward,
    ("trl", "soft_overlong_punishment"): soft_overlong_punishment,
    ("vla_r1", "giou_xyxy"): giou_xyxy,
}  # fmt: skip
"""The originals by system and function; each takes the inputs of a golden case by name."""
