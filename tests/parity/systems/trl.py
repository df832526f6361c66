"""TRL."""

from __future__ import annotations

import re
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs, renamed, same
from tests.parity.originals import mathematics

LINES = re.DOTALL | re.MULTILINE
BOUNDS = ("min_value_wrong", "max_value_wrong", "min_value_correct", "max_value_correct")


def think_format_reward(completion: str) -> float:
    return float(re.match(r"^<think>(?!.*<think>)(.*?)</think>.*$", completion, LINES) is not None)


def soft_overlong_punishment(completion_len_tokens: int, max_completion_len: int, soft_punish_cache: int) -> float:
    free = max_completion_len - soft_punish_cache
    if completion_len_tokens <= free:
        return 0.0
    if completion_len_tokens <= max_completion_len:
        return (free - completion_len_tokens) / soft_punish_cache
    return -1.0


def _reasoned(inputs: Inputs) -> Inputs:
    found = same("completion", "solution")(inputs)
    return {**found, "reasoning_delimiters": inputs["reasoning_delimiters"] or ["</think>"]}


def bounds(inputs: Inputs) -> Inputs:
    """The bounds of a cosine, or what they are by default."""
    return {name: inputs.get(name, usual) for name, usual in zip(BOUNDS, (-1.0, -0.5, 0.5, 1.0), strict=True)}


def _cosine(inputs: Inputs) -> Inputs:
    return {**same("completion", "solution", "max_len")(inputs), "length": inputs["completion_len_tokens"]} | bounds(
        inputs
    )


def sizes(inputs: Inputs) -> dict[str, Any]:
    """The constants of a penalty for repetition."""
    return {"ngram_size": inputs["ngram_size"]}


OVERLONG = renamed(length="completion_len_tokens", limit="max_completion_len", cache="soft_punish_cache")
PENALTY = same("max_penalty")
BOTH = same("completion", "solution")
CLAIMS = (
    Claim("think_format_reward", "think_format", same("completion")),
    Claim("accuracy_reward", "accuracy", BOTH),
    Claim("reasoning_accuracy_reward", "reasoning_accuracy", _reasoned),
    Claim("cosine_scaled_reward", "cosine_scaled", _cosine, tolerance=DEVICE, slack=1e-6),
    Claim(
        "repetition_penalty_reward",
        "repetition_penalty",
        same("completion_ids"),
        params=PENALTY,
        consts=sizes,
        tolerance=DEVICE,
    ),
    Claim("soft_overlong_punishment", "soft_overlong_punishment", OVERLONG, tolerance=DEVICE),
)
ORIGINALS = {
    "think_format_reward": think_format_reward,
    "accuracy_reward": mathematics.accuracy,
    "reasoning_accuracy_reward": mathematics.reasoning_accuracy,
    "cosine_scaled_reward": mathematics.cosine_scaled,
    "repetition_penalty_reward": mathematics.repetition_penalty_of_tokens,
    "soft_overlong_punishment": soft_overlong_punishment,
}
