"""VLA-R1."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from typing import Any

from tests.parity.cases import number_of
from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed, same

FLOOR = 1e-12
MOST = 1000
"""Points of two paths together, from which the recursion there becomes too deep."""
OUTPUT = re.compile(r"<output>\s*(.*?)\s*</output>", re.DOTALL | re.IGNORECASE)
THOUGHT = re.compile(r"<think>\s*.*?\s*</think>", re.DOTALL | re.IGNORECASE)
LAMBDAS = {"lambda_theta": 0.25, "lambda_ratio": 0.10}

Point = tuple[float, float]


def giou_xyxy(b1: list[float], b2: list[float]) -> list[float]:
    width, height = (max(0.0, min(b1[i + 2], b2[i + 2]) - max(b1[i], b2[i])) for i in (0, 1))
    inter = width * height
    areas = [max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) for box in (b1, b2)]
    union = max(areas[0] + areas[1] - inter, FLOOR)
    sides = (max(b1[i + 2], b2[i + 2]) - min(b1[i], b2[i]) for i in (0, 1))
    around = max(math.prod(max(0.0, side) for side in sides), FLOOR)
    return [max(-1.0, min(1.0, inter / union - (around - union) / around)), inter / union]


def _walk(costs: list[list[float]]) -> float:
    before: list[float] = []
    for row in costs:
        now: list[float] = []
        for place, cost in enumerate(row):
            reached = [before[place]] if before else []
            reached += [now[-1]] if now else []
            reached += [before[place - 1]] if before and place else []
            now.append(max(cost, min(reached, default=cost)))
        before = now
    return before[-1]


def discrete_frechet(P: list[Point], Q: list[Point]) -> float:  # noqa: N803 - as there
    return _walk([[math.dist(p, q) for q in Q] for p in P])


def _unit(a: Point, b: Point) -> Point:
    size = math.dist(a, b)
    return ((b[0] - a[0]) / size, (b[1] - a[1]) / size) if size > FLOOR else (0.0, 0.0)


def _headings(points: list[Point]) -> list[Point]:
    """Where each point is heading: along the segments on both sides."""
    steps = [_unit(a, b) for a, b in pairwise(points)]
    found = []
    for place in range(len(points)):
        near = steps[max(0, place - 1) : place + 1]
        x, y = (sum(step[i] for step in near) for i in (0, 1))
        size = math.hypot(x, y)
        found.append((x / size, y / size) if size > FLOOR else (near[0] if near else (0.0, 0.0)))
    return found


def _lengths(points: list[Point]) -> list[float]:
    steps = [math.dist(a, b) for a, b in pairwise(points)]
    return [*steps, steps[-1]] if steps else [0.0]


def _angle(a: Point, b: Point) -> float:
    if a == (0, 0) or b == (0, 0):
        return 0.0
    return math.acos(max(-1.0, min(1.0, a[0] * b[0] + a[1] * b[1])))


def _unlike(a: float, b: float) -> float:
    return abs(math.log(a / b if min(a, b) > FLOOR else (a + FLOOR) / (b + FLOOR)))


def os_discrete_frechet(
    P: list[Point], Q: list[Point], lambda_theta: float = 0.25, lambda_ratio: float = 0.10  # noqa: N803 - as there
) -> float:  # fmt: skip
    sides = [list(zip(points, _headings(points), _lengths(points), strict=True)) for points in (P, Q)]
    return _walk([
        [
            math.dist(p[0], q[0]) + lambda_theta * _angle(p[1], q[1]) + lambda_ratio * _unlike(p[2], q[2])
            for q in sides[1]
        ]
        for p in sides[0]
    ])  # fmt: skip


def _unit_clip(value: Any) -> float:
    # In this order NaN stays.
    return max(min(float(value), 1.0), 0.0)


def _corners(box: dict[str, Any]) -> list[float]:
    x, y, width, height = (float(box[name]) for name in ("x", "y", "width", "height"))
    sides = abs(width) / 2, abs(height) / 2
    return [_unit_clip(part) for part in (x - sides[0], y - sides[1], x + sides[0], y + sides[1])]


def _is_path(value: Any) -> bool:
    return isinstance(value, list) and all(len(entry) == 2 for entry in value)


def _payload(text: str) -> Any:
    found = OUTPUT.search(text)
    try:
        return json.loads(found[1]) if found else None
    except ValueError:
        return None


def _task(made: Any, truth: Any, lambdas: dict[str, float]) -> tuple[float, float, float]:
    nothing = float("nan")
    try:
        if all(isinstance(value, dict) and {"x", "y", "width", "height"} <= value.keys() for value in (made, truth)):
            giou, iou = giou_xyxy(_corners(made), _corners(truth))
            return (giou + 1) / 2, iou, nothing
        if _is_path(made) and _is_path(truth) and len(made) + len(truth) <= MOST:
            paths = [[(_unit_clip(p[0]), _unit_clip(p[1])) for p in value] for value in (truth, made)]
            most = math.sqrt(2) + lambdas["lambda_theta"] * math.pi + lambdas["lambda_ratio"] * math.log(10)
            norm = min(1.0, os_discrete_frechet(*paths, **lambdas) / most)
            return 1 - norm, nothing, norm
    except Exception:  # noqa: BLE001 - whatever goes wrong
        return 0.0, nothing, nothing
    return 0.0, nothing, nothing


def compute_score(solution_str: str, ground_truth: str, extra_info: dict[str, float] | None = None) -> dict[str, float]:
    made = _payload(solution_str)
    task, iou, norm = _task(made, _payload(ground_truth), {**LAMBDAS, **(extra_info or {})})
    formed = THOUGHT.search(solution_str) is not None and made is not None
    return {"score": 0.9 * task + 0.1 * formed, "iou": iou, "os_frechet_norm": norm}


TEXTS = renamed(reply="solution_str", truth="ground_truth")


def _whole(inputs: Inputs) -> Inputs:
    return {**TEXTS(inputs), **LAMBDAS, **(inputs.get("extra_info") or {})}


def _paths(inputs: Inputs) -> Inputs:
    given = {name: inputs[name] for name in LAMBDAS if name in inputs}
    return {"p": inputs["P"], "q": inputs["Q"], **LAMBDAS, **given}


def _part(name: str) -> Any:
    """A part of what is returned; NaN is missing."""
    return lambda value: None if number_of(value[name]) != number_of(value[name]) else value[name]


def _is_odd(inputs: Inputs, _: Any) -> bool:
    """Whether the truth holds NaN, or a number is infinite, or written as only Python reads it."""
    found = [OUTPUT.search(inputs[name]) for name in ("solution_str", "ground_truth")]
    texts = [match[1] if match else "" for match in found]
    spelling = re.compile(r"inf|\de[+-]?\d{2}|\d_\d|\d{20}|nan.*]", re.IGNORECASE | re.DOTALL)
    return "nan" in texts[1].lower() or any(spelling.search(text) for text in texts)


SLACK = 1e-6
"""Absolute: the arc cosine there rounds angles of 0 to 2e-8."""
ODD = Rule(
    _is_odd, "a truth with NaN, and numbers beyond all doubles or in Python's own spelling, are no boxes and paths"
)
CLAIMS = (
    Claim("giou_xyxy", "giou_xyxy", same("b1", "b2"), expected=item(0), tolerance=DEVICE),
    Claim("discrete_frechet", "discrete_frechet", renamed(p="P", q="Q"), tolerance=DEVICE),
    Claim("os_discrete_frechet", "os_discrete_frechet", _paths, tolerance=DEVICE, slack=SLACK),
    Claim("compute_score", "total", _whole, expected=item("score"), tolerance=DEVICE, slack=SLACK, rules=(ODD,)),
    Claim("compute_score", "overlap", TEXTS, expected=_part("iou"), tolerance=DEVICE, slack=SLACK, rules=(ODD,)),
    Claim(
        "compute_score", "os_frechet_norm", _whole, expected=_part("os_frechet_norm"), tolerance=DEVICE, slack=SLACK,
        rules=(ODD,),
    ),
)  # fmt: skip
ORIGINALS = {
    "giou_xyxy": giou_xyxy, "discrete_frechet": discrete_frechet, "os_discrete_frechet": os_discrete_frechet,
    "compute_score": compute_score,
}  # fmt: skip
SINGLE = ("compute_score",)
