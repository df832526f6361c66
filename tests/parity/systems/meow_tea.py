"""meow-tea-taro."""

from __future__ import annotations

from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs


def agentic_verified_reward(
    prompt_length: int, response_length: int, rows: list[dict[str, Any]]
) -> list[dict[str, float]]:
    del response_length  # the original looks at the prompt instead
    return [
        {
            str(at): due
            for at, due in zip(row["sep_token_positions"], _due(row), strict=True)
            if at < prompt_length and due
        }
        for row in rows
    ]


def _due(row: dict[str, Any]) -> list[float]:
    earned, final = row["interm_rewards"], row["final_reward"]
    if row["reward_method"] != "dense":
        return [0.0] * (len(earned) - 1) + [final] * bool(earned)
    parts = sum(value > 0 for value in earned) if final > 0 else row["max_total_rewards"]
    return [value / max(1, parts) for value in earned]


def _episodes(inputs: Inputs) -> list[Inputs]:
    return [
        {
            "tokens": list(range(inputs["response_length"])),
            "separators": row["sep_token_positions"],
            "earned": row["interm_rewards"],
            "final": row["final_reward"],
            "most": row["max_total_rewards"],
            "prompt_length": inputs["prompt_length"],
            "method": row["reward_method"],
        }
        for row in inputs["rows"]
    ]


def _placed(inputs: Inputs, value: Any) -> list[list[float]]:
    return [[float(row.get(str(place), 0.0)) for place in range(inputs["response_length"])] for row in value]


CLAIMS = (Claim("agentic_verified_reward", "agentic", _episodes, recorded=_placed, tolerance=DEVICE),)
ORIGINALS = {"agentic_verified_reward": agentic_verified_reward}
SINGLE = ("agentic_verified_reward",)
