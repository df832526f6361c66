"""RoboReward."""

from __future__ import annotations

import math
import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed


def progress_extract(raw_completion: str) -> float | None:
    found = re.search(r"\banswer\b\s*:\s*(-?\d+(?:\.\d+)?)", raw_completion, re.IGNORECASE)
    found = found or re.search(r"^\s*(-?\d+(?:\.\d+)?)\b", raw_completion)
    return float(found[1]) if found else None


def progress_metrics(completion: str, gold: str) -> dict[str, float]:
    given, true = progress_extract(completion), float(gold)
    error = 4.0 if given is None else abs(given - true)
    return {
        "abs_error": error,
        "squared_error": 16.0 if given is None else error**2,
        "exact_match": float(given == true),
    }


def _choice(text: str) -> str | None:
    for mark in ("ANSWER:", "Answer:"):
        if mark in text:
            text = text.split(mark)[1]
            break
    said = text.strip().lower()
    return {"a": "a", "b": "b", "tie": "tie", "tied": "tie"}.get(said)


def preference_exact_match(completion: str, gold: str) -> dict[str, float]:
    said = _choice(completion)
    return {"exact_match": float(said is not None and said == _choice(gold))}


def _huge(inputs: Inputs, _: Any) -> bool:
    return (
        any(re.search(r"\d{300}", value) for value in inputs.values()) or _number(inputs.get("gold", "0")) == math.inf
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _graded(inputs: Inputs) -> Inputs:
    return {"reply": inputs["completion"], "gold": _number(inputs["gold"])}


def _large(inputs: Inputs, expected: Any) -> bool:
    return _huge(inputs, expected) or any(re.search(r"\d{36}", value) for value in inputs.values())


HUGE = Rule(_huge, "a number beyond all doubles is none")
LARGE = Rule(_large, "an error beyond float32 is none")
BOTH = renamed(reply="completion", gold="gold")
CLAIMS = (
    Claim(
        "progress_extract", "progress", renamed(reply="raw_completion"), part=("reply: text", "float?"), rules=(HUGE,)
    ),
    Claim("progress_metrics", "progress_error", _graded, expected=item("abs_error"), tolerance=DEVICE, rules=(LARGE,)),
    Claim("preference_exact_match", "preference", BOTH, expected=item("exact_match")),
)
ORIGINALS = {f.__name__: f for f in (progress_extract, progress_metrics, preference_exact_match)}
