"""VLM-R1's rewards of detected objects: COCO's mAP of one image, and the sum of places, labels and completeness."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.parity.originals.vlm_r1_answers import ANSWER, clean_text

FENCE = re.compile(r"```json(.*?)```", re.DOTALL)
BARS = [0.5 + place * ((0.95 - 0.5) / 9) for place in range(9)] + [0.95]
RECALLS = [place * 0.01 for place in range(100)] + [1.0]
AREA = 1e10


def _rectangle(box: Any) -> tuple[Any, Any, Any, Any]:
    return box[0], box[1], box[2] - box[0], box[3] - box[1]


def _objects(text: str, place: int) -> list[Any]:
    found = FENCE.findall(text)
    inside = found[place].strip() if found else ""
    return list(json.loads(inside)) if inside else []


def _made(text: str, place: int) -> list[Any]:
    try:
        return _objects(text, place)
    except (ValueError, TypeError):
        return []


def _overlap(one: Any, other: Any) -> float:
    sides = [min(one[i] + one[i + 2], other[i] + other[i + 2]) - max(one[i], other[i]) for i in (0, 1)]
    if min(sides) <= 0:
        return 0.0
    shared = sides[0] * sides[1]
    return float(shared / (one[2] * one[3] + other[2] * other[3] - shared))


def _curve(made: list[Any], golds: list[Any], bar: float) -> float | None:
    """The average precision at one overlap; areas that are not in 0..AREA count for neither side."""
    counted = [0 <= gold[2] * gold[3] <= AREA for gold in golds]
    if not any(counted):
        return None
    golds = [gold for gold, counts in zip(golds, counted, strict=True) if counts]
    free, right, precision = set(range(len(golds))), 0, []
    reached = []
    for box in made[:100]:
        best = max((place for place in free), key=lambda p: (_overlap(box, golds[p]), p), default=None)
        if best is not None and _overlap(box, golds[best]) >= min(bar, 1 - 1e-10):
            free.remove(best)
            right += 1
        elif not 0 <= box[2] * box[3] <= AREA:
            continue
        precision.append(right / (len(precision) + 1 + 2**-52))
        reached.append(right / len(golds))
    read = [max((p for p, r in zip(precision, reached, strict=True) if r >= recall), default=0.0) for recall in RECALLS]
    return sum(read) / len(RECALLS)


def _coco(made: list[Any], golds: list[Any], kind: int) -> float:
    wanted: dict[Any, list[Any]] = {}
    for gold in golds:
        wanted.setdefault(gold["label"], []).append(_rectangle(gold["bbox_2d"]))
    found: dict[Any, list[Any]] = {label: [] for label in wanted}
    for item in made:
        try:
            found[item["label"]].append(_rectangle(item["bbox_2d"]))
        except (KeyError, TypeError, IndexError):
            continue
    if not any(found.values()):
        return 0.0
    bars = BARS if kind == 0 else BARS[:1]
    curves = [_curve(found[label], wanted[label], bar) for label in wanted for bar in bars]
    known = [curve for curve in curves if curve is not None]
    return sum(known) / len(known) if known else -1.0


def map_reward(content: str, sol: str, length_reward: bool = False, score_type: int = 0) -> float:  # noqa: FBT001, FBT002 - as there
    golds, made = _objects(sol, -1), _made(content, -1)
    score = _coco(made, golds, score_type) if golds and made else float(not golds and not made)
    if length_reward and len(made) > len(golds):
        return score * len(golds) / len(made)
    return score


def _detected(content: str, sol: str, *, length: bool, kind: int) -> float:
    truth, answers = ANSWER.search(sol), ANSWER.findall(content)
    if not answers:
        return 0.0
    wanted, answer = (truth[1] if truth else sol).strip(), answers[-1].strip()
    if wanted == answer == "None":
        return 1.0
    return map_reward(answer, wanted, length, kind)


def od_reward_ap(content: str, sol: str) -> float:
    return _detected(content, sol, length=False, kind=0)


def od_reward_ap50(content: str, sol: str) -> float:
    return _detected(content, sol, length=False, kind=1)


def odlength_reward(content: str, sol: str) -> float:
    return _detected(content, sol, length=True, kind=0)


def _inner_overlap(one: Any, other: Any) -> float:
    try:
        x1, y1 = max(one[0], other[0]), max(one[1], other[1])
        x2, y2 = min(one[2] - 1, other[2] - 1), min(one[3] - 1, other[3] - 1)
        shared = (x2 - x1 + 1) * (y2 - y1 + 1) if x1 < x2 and y1 < y2 else 0
        areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
        return float(shared) / (areas[0] + areas[1] - shared)
    except (ArithmeticError, TypeError, LookupError):
        return 0.0


def _box(item: Any) -> Any:
    try:
        return item["bbox_2d"]
    except (TypeError, LookupError):
        return None


def detection_score(content: str, sol: str) -> float:
    golds, made = _objects(clean_text(sol), 0), _made(clean_text(content), 0)
    if not golds or not made:
        return float(not golds and not made)
    pairs = [(_inner_overlap(_box(m), _box(g)), i, j) for i, m in enumerate(made) for j, g in enumerate(golds)]
    left_made, left_golds, places, label = set(range(len(made))), set(range(len(golds))), 0.0, None
    for overlap, i, j in sorted(pairs, key=lambda pair: -pair[0]):
        if overlap < 0.5 or i not in left_made or j not in left_golds:
            continue
        own = made[i].get("label")
        label = own.lower() if isinstance(own, str) else label
        if label is None:
            raise UnboundLocalError
        places += overlap if label == golds[j]["label"].lower() else 0.0
        left_made.remove(i)
        left_golds.remove(j)
    complete = 1 - (len(left_golds) / len(golds) + len(left_made) / len(made)) / 2
    return 0.7 * places / len(golds) + 0.3 * complete
