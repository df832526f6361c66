"""ExeVRM."""

from __future__ import annotations

import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed, same

JUDGED = r"\\box(?:ed)?\{(.*?)\}"
RANGE = re.compile(
    r"(?:between|from)\s*<\s*([\d.:]+)\s*seconds?\s*>\s*(?:and|to)\s*<\s*([\d.:]+)\s*seconds?\s*>", re.IGNORECASE
)


def _first(text: str, *patterns: str) -> str | None:
    found = (re.search(pattern, text) for pattern in patterns)
    return next((match[1] for match in found if match), None)


def judgement_reward(prediction: str, label: str) -> dict[str, Any]:
    said, true = _first(prediction, JUDGED, r"box(?:ed)?\{(.*?)\}"), _first(label, JUDGED)
    return {"reward": int(said is not None and said == true), "pred_box": said, "label_box": true}


def _seconds(text: str) -> float:
    if ":" in text:
        minutes, seconds = text.split(":")[:2]
        return float(minutes) * 60 + float(seconds)
    return float(text)


def parse_time_range(text: str) -> list[float] | None:
    found = RANGE.search(text)
    if found is None:
        return None
    try:
        start, end = _seconds(found[1]), _seconds(found[2])
    except ValueError:
        return None
    return [start, end] if end >= start else None


def range_metrics(predictions: list[dict[str, str]]) -> dict[str, float]:
    ranges = [(parse_time_range(one["raw_pred"]), parse_time_range(one["raw_label"])) for one in predictions]
    asked = [(made, true) for made, true in ranges if true]
    overlaps, starts, ends = [], [], []
    for made, true in asked:
        if made:
            shared = max(0.0, min(made[1], true[1]) - max(made[0], true[0]) + 1)
            overlaps.append(shared / (made[1] - made[0] + 1 + true[1] - true[0] + 1 - shared))
            starts.append(abs(made[0] - true[0]))
            ends.append(abs(made[1] - true[1]))
    return {
        "range_applicable": len(asked), "range_success": len(overlaps),
        "range_success_rate": len(overlaps) / len(asked) if asked else 0.0, "mean_tiou": _mean(overlaps),
        "mean_start_mae": _mean(starts), "mean_end_mae": _mean(ends),
    }  # fmt: skip


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _only_one(inputs: Inputs) -> Inputs:
    one = inputs["predictions"][0] if inputs["predictions"] else {"raw_pred": "", "raw_label": ""}
    return {"prediction": one["raw_pred"], "label": one["raw_label"]}


def _huge(inputs: Inputs, _: Any) -> bool:
    return re.search(r"\d{36}", str(inputs)) is not None


HUGE = Rule(_huge, "a time beyond float32 is none")
MANY = Rule(lambda inputs, _: len(inputs["predictions"]) > 1, "the mean over a data set is no reward")
CLAIMS = (
    Claim("judgement_reward", "judgement", same("prediction", "label"), expected=item("reward")),
    Claim("parse_time_range", "time_range", renamed(x="text"), tolerance=DEVICE, rules=(HUGE,)),
    Claim(
        "range_metrics", "range_overlap", _only_one, expected=item("mean_tiou"), tolerance=DEVICE, rules=(MANY, HUGE)
    ),
)
ORIGINALS = {f.__name__: f for f in (judgement_reward, parse_time_range, range_metrics)}
