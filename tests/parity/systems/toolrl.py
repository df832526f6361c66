"""ToolRL."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.parity.claim import DEVICE, Claim, Inputs, item, renamed

if TYPE_CHECKING:
    from collections.abc import Callable

Flags = dict[str, str]


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


SHARES = 1e-6
"""Absolute: the shares are spread over a range of width 6, and cancel near 0."""

FLAGS = {
    "WITHLENGTH": "with_length", "CORRECTMAX1": "correct_max1", "SCHEDULEREWARD": "schedule_reward",
    "SCHEDULELENGTH": "schedule_length", "MAX1STEP30MAX3": "max1_step30_max3", "REFINEDREWARD": "refined",
    "COARSEREWARD": "coarse", "INTERMEDIATEREWARD": "intermediate",
}  # fmt: skip
"""The environment variables of the original, which count where they are "1", as params."""
COMPARED = ("REFINEDREWARD", "COARSEREWARD", "INTERMEDIATEREWARD")
SCHEDULED = ("SCHEDULEREWARD", "MAX1STEP30MAX3")
BOUNDED = {"top": "max_possible_reward", "bottom": "min_possible_reward"}
STEPPED = {**BOUNDED, "step": "step", "reply": "response"}


def _flags(*names: str) -> Callable[[Inputs], Inputs]:
    """These flags, as the environment of a case has them."""
    return lambda inputs: {FLAGS[name]: inputs["env_flags"].get(name) == "1" for name in names}


def _whole(inputs: Inputs) -> Inputs:
    named = renamed(reply="solution_str", truth="ground_truth", step="step")(inputs)
    return {**named, "template": inputs["env_flags"].get("EXPERIMENT_NAME", "")}


def _claim(function: str, spec: str, columns: Callable[[Inputs], Inputs], *flags: str, **options: Any) -> Claim:
    return Claim(function, spec, columns, _flags(*flags), tolerance=DEVICE, slack=SHARES, **options)


TRUTH = renamed(truth="answer", **STEPPED)
CLAIMS = (
    _claim("match_score", "match", renamed(left="list1", right="list2"), "REFINEDREWARD"),
    _claim("compute_tool_call_reward", "tool_calls", renamed(gold="gt_tools", made="pd_tools", **BOUNDED), *COMPARED),
    _claim("format_reward", "format", TRUTH, *SCHEDULED),
    _claim("correctness_reward_tool", "correctness", TRUTH, *COMPARED, *SCHEDULED),
    _claim("length_reward", "length", renamed(**STEPPED), "SCHEDULELENGTH"),
    _claim("compute_score", "total", _whole, *FLAGS, expected=item(0)),
)
ORIGINALS = {f.__name__: f for f in (
    match_score, compute_tool_call_reward, format_reward, correctness_reward_tool, length_reward, compute_score,
)}  # fmt: skip
