"""TRL."""

from __future__ import annotations

import re

from tests.parity.claim import DEVICE, Claim, renamed, same

LINES = re.DOTALL | re.MULTILINE


def think_format_reward(completion: str) -> float:
    return float(re.match(r"^<think>(?!.*<think>)(.*?)</think>.*$", completion, LINES) is not None)


def soft_overlong_punishment(completion_len_tokens: int, max_completion_len: int, soft_punish_cache: int) -> float:
    free = max_completion_len - soft_punish_cache
    if completion_len_tokens <= free:
        return 0.0
    if completion_len_tokens <= max_completion_len:
        return (free - completion_len_tokens) / soft_punish_cache
    return -1.0


OVERLONG = renamed(length="completion_len_tokens", limit="max_completion_len", cache="soft_punish_cache")
CLAIMS = (
    Claim("think_format_reward", "think_format", same("completion")),
    Claim("soft_overlong_punishment", "soft_overlong_punishment", OVERLONG, tolerance=DEVICE),
)
ORIGINALS = {f.__name__: f for f in (think_format_reward, soft_overlong_punishment)}
