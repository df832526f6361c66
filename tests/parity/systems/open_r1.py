"""open-r1."""

from __future__ import annotations

import re

from tests.parity.claim import DEVICE, Claim, same
from tests.parity.systems.trl import OVERLONG, soft_overlong_punishment

LINES = re.DOTALL | re.MULTILINE


def format_reward(completion: str) -> float:
    pattern = r"^<think>\n.*?\n</think>\n<answer>\n.*?\n</answer>$"
    return float(re.match(pattern, completion, LINES) is not None)


def tag_count_reward(completion: str) -> float:
    tags = ("<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>")
    return sum(0.25 for tag in tags if completion.count(tag) == 1)


REPLY = same("completion")
CLAIMS = (
    Claim("format_reward", "format", REPLY),
    Claim("tag_count_reward", "tag_count", REPLY),
    Claim("soft_overlong_punishment", "soft_overlong_punishment", OVERLONG, tolerance=DEVICE),
)
ORIGINALS = {f.__name__: f for f in (format_reward, tag_count_reward, soft_overlong_punishment)}
