"""UI-R1."""

from __future__ import annotations

import re

from tests.parity.claim import DEVICE, GROUP, Claim, Inputs, same
from tests.parity.systems.vlm_r1 import ANSWER, BOX, thinks_then_answers

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


def dast_length_bonus(
    rewards: list[float], completion_lengths: list[int], num_generations: int, dast_a: float, dast_b: float
) -> list[float]:
    found = []
    for start in range(0, len(rewards), num_generations):
        scores = rewards[start : start + num_generations]
        lengths = completion_lengths[start : start + num_generations]
        right = [length for score, length in zip(scores, lengths, strict=True) if score == 3]
        share = len(right) / len(scores)
        budget = share * (sum(right) / len(right) if right else 0) + (1 - share) * max(lengths)
        for score, length in zip(scores, lengths, strict=True):
            excess = (length - budget) / budget
            bonus = max(dast_a * excess + dast_b, 0.1) if score == 3 else min(0.9 * excess - 0.1, -0.1)
            found.append(score + bonus)
    return found


def _samples(inputs: Inputs) -> list[Inputs]:
    pairs = zip(inputs["rewards"], inputs["completion_lengths"], strict=True)
    size = inputs["num_generations"]
    return [{"total": total, "length": length, GROUP: n // size} for n, (total, length) in enumerate(pairs)]


def _scaled(inputs: Inputs) -> Inputs:
    x, y = inputs["scale"]
    return {**same("completion", "solution")(inputs), "scale_x": x, "scale_y": y}


REPLY = same("completion")
CLAIMS = (
    Claim("accuracy_action", "accuracy_action", same("completion", "solution")),
    Claim("accuracy_coord", "accuracy_coord", _scaled),
    Claim("accuracy_coord_dast", "accuracy_coord_dast", _scaled),
    Claim("format", "format", REPLY),
    Claim("format_nothink", "format_nothink", REPLY),
    Claim("total_sum", "total", _scaled),
    Claim("dast_length_bonus", "dast", _samples, same("dast_a", "dast_b"), tolerance=DEVICE, slack=1e-6),
)
ORIGINALS = {
    **{
        f.__name__: f
        for f in (accuracy_action, accuracy_coord, accuracy_coord_dast, format_nothink, total_sum, dast_length_bonus)
    },
    "format": thinks_then_answers,
}
SINGLE = ("dast_length_bonus",)
