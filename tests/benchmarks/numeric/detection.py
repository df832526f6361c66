"""VLM-R1's mAP of detected objects against pycocotools, asked as VLM-R1 asks it: an evaluation for each sample."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import Any

import numpy as np

import rewardlang
from tests.benchmarks.pairs import line, paired

SAMPLES = 512
FENCE = re.compile(r"```json(.*?)```", re.DOTALL)
LABELS = ("person", "car", "dog", "traffic light", "cup")


def _fenced(objects: list[dict[str, Any]]) -> str:
    return f"I look for them.\n```json\n{json.dumps(objects)}\n```"


def _pictures() -> tuple[list[str], list[str]]:
    """Replies and solutions: boxes that are off by some pixels, now and then with another label, or missing."""
    rng = np.random.default_rng(0)
    replies, solutions = [], []
    for _ in range(SAMPLES):
        corners = rng.integers(0, 700, (int(rng.integers(1, 8)), 2))
        boxes = np.concatenate((corners, corners + rng.integers(20, 300, corners.shape)), axis=1)
        wanted = [{"bbox_2d": box.tolist(), "label": str(rng.choice(LABELS))} for box in boxes]
        moved = boxes + rng.integers(-15, 16, boxes.shape)
        made = [
            {"bbox_2d": box.tolist(), "label": item["label"] if rng.random() < 0.9 else "car"}
            for box, item in zip(moved, wanted, strict=True)
            if rng.random() < 0.9
        ]
        replies.append(_fenced(made))
        solutions.append(_fenced(wanted))
    return replies, solutions


def _objects(text: str) -> list[dict[str, Any]]:
    return list(json.loads(FENCE.findall(text)[-1]))


def _entry(number: int, item: dict[str, Any], ids: dict[str, int]) -> dict[str, Any]:
    x1, y1, x2, y2 = item["bbox_2d"]
    return {
        "id": number, "image_id": 1, "category_id": ids[item["label"]], "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1), "iscrowd": 0,
    }  # fmt: skip


def _evaluated(reply: str, solution: str) -> float:
    """COCO's mAP of one picture, by its own tools."""
    from pycocotools.coco import COCO  # type: ignore[import-not-found,unused-ignore]
    from pycocotools.cocoeval import COCOeval  # type: ignore[import-not-found,unused-ignore]

    wanted, made = _objects(solution), _objects(reply)
    ids = {label: place for place, label in enumerate(dict.fromkeys(item["label"] for item in wanted), start=1)}
    made = [item for item in made if item["label"] in ids]
    if not made:
        return 0.0
    truth = COCO()
    truth.dataset = {
        "images": [{"id": 1}],
        "annotations": [_entry(number, item, ids) for number, item in enumerate(wanted, start=1)],
        "categories": [{"id": number, "name": label} for label, number in ids.items()],
    }
    truth.createIndex()
    found = truth.loadRes([_entry(number, item, ids) | {"score": 1.0} for number, item in enumerate(made, start=1)])
    evaluation = COCOeval(truth, found, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return float(evaluation.stats[0])


def run() -> None:
    """Print the lines of this family."""
    try:
        import pycocotools  # type: ignore[import-not-found,unused-ignore]  # noqa: F401 - is it there?
    except ImportError:
        print("mAP of detected objects: skipped, for want of pycocotools: pip install pycocotools")
        return
    replies, solutions = _pictures()
    reward = rewardlang.load("systems.vlm_r1_detection:map_score")
    columns = {"content": replies, "sol": solutions}

    def theirs() -> np.ndarray:
        with contextlib.redirect_stdout(io.StringIO()):
            return np.array([_evaluated(*row) for row in zip(replies, solutions, strict=True)])

    worst = float(np.max(np.abs(reward(columns).total - theirs())))
    mine, other = paired(lambda: reward(columns).total, theirs, rounds=5)
    line(f"mAP of detected objects, {SAMPLES} samples, pycocotools", mine, other, worst, "at least 50 times")
