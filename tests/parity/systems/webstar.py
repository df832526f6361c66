"""WebSTAR."""

from __future__ import annotations

import re
from typing import Any

from tests.parity.claim import Claim, item, renamed

PATTERNS = (r"Expected value:\s*(\d+)", r"Expected value:\s*\n\s*(\d+)")
MOST_CALLS = 19


def _grade(reply: str) -> int | None:
    grade = None
    for pattern in PATTERNS:
        found = re.search(pattern, reply, re.IGNORECASE | re.MULTILINE)
        if found:
            grade = int(found[1])
            if 0 <= grade <= 10:
                break
    return grade


def judge_score(judge_outputs: list[str]) -> dict[str, Any]:
    for call, reply in enumerate(judge_outputs[:MOST_CALLS], start=1):
        grade = _grade(reply)
        if grade is not None:
            return {"score": grade, "calls": call}
    return {"score": None, "calls": MOST_CALLS}


CLAIMS = (Claim("judge_score", "judge_score", renamed(replies="judge_outputs"), expected=item("score")),)
ORIGINALS = {"judge_score": judge_score}
