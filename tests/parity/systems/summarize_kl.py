"""Learning to summarize, and the shaped rewards of OpenRLHF and ARMAP."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tests.parity.claim import DEVICE, Claim, Inputs, item, renamed

if TYPE_CHECKING:
    from collections.abc import Callable

Table = list[list[float]]
ABSOLUTE = 1e-6
"""The divergences are differences of float32 numbers of about 1."""


def label_logprobs(logits: Table, labels: list[int]) -> list[float]:
    tops = [max(row) for row in logits]
    spreads = [math.log(sum(math.exp(x - top) for x in row)) for row, top in zip(logits, tops, strict=True)]
    return [row[at] - top - spread for row, at, top, spread in zip(logits, labels, tops, spreads, strict=True)]


def reward_at_last_response_token(
    response_tokens: list[int], padding_token: int, per_token_rewards: list[float]
) -> float:
    end = response_tokens.index(padding_token) if padding_token in response_tokens else len(response_tokens)
    return per_token_rewards[max(end - 1, 0)]


def _each(function: Callable[[float, float], float], first: Table, second: Table) -> Table:
    return [[function(*pair) for pair in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]


ESTIMATES: dict[str, Callable[[float, float], float]] = {
    "k1": lambda policy, base: policy - base,
    "k2": lambda policy, base: (policy - base) ** 2 / 2,
    "k3": lambda policy, base: math.exp(base - policy) - 1 - (base - policy),
}


def kl_shaped_reward(
    log_probs: Table,
    log_probs_base: Table,
    kl_estimator: str,
    kl_coef: float,
    r: list[float],
    action_mask: list[list[int]],
    reward_clip_range: list[float] | None,
) -> dict[str, Table]:
    kl = _each(ESTIMATES.get(kl_estimator, ESTIMATES["k1"]), log_probs, log_probs_base)
    shaped = [[-max(kl_coef, 0.0) * value for value in row] for row in kl]
    for row, earned, mask in zip(shaped, r, action_mask, strict=True):
        low, high = reward_clip_range or (earned, earned)
        place = len(mask) - 1 - mask[::-1].index(1) if 1 in mask else len(mask) - 1
        row[place] += min(max(earned, low), high)
    return {"kl": kl, "reward": shaped}


def shape_reward(
    rewards: list[float],
    logprobs: Table,
    ref_logprobs: Table,
    length_bonus: list[float],
    correct_bonus: list[float],
    kl_approximator: str,
    kl_coef: float,
    length_bonus_score: float,
    correct_bonus_score: float,
    reward_bias: float,
) -> dict[str, Table]:
    if kl_approximator not in ("k1", "k3"):
        raise ValueError(kl_approximator)
    kl = _each(ESTIMATES[kl_approximator], logprobs, ref_logprobs)
    if kl_approximator == "k1":
        kl = [[max(value, 0.0) for value in row] for row in kl]
    unscored = [[-kl_coef * value for value in row] for row in kl]
    shaped = [list(row) for row in unscored]
    for row, earned, length, correct in zip(shaped, rewards, length_bonus, correct_bonus, strict=True):
        row[-1] += earned + length * length_bonus_score + correct * correct_bonus_score + reward_bias
    return {"shaped_rewards": shaped, "non_score_rewards": unscored, "kl": kl}


def _policies(inputs: Inputs) -> list[Inputs]:
    pairs = zip(inputs["log_probs"], inputs["log_probs_base"], strict=True)
    return [{"policy": policy, "base": base, "estimator": inputs["kl_estimator"]} for policy, base in pairs]


def _earning(inputs: Inputs) -> list[Inputs]:
    low, high = inputs["reward_clip_range"] or (None, None)
    return [
        {**row, "acts": [bool(flag) for flag in mask], "earned": earned, "lowest": low, "highest": high}
        for row, mask, earned in zip(_policies(inputs), inputs["action_mask"], inputs["r"], strict=True)
    ]


def _trajectories(inputs: Inputs) -> list[Inputs]:
    pairs = zip(inputs["logprobs"], inputs["ref_logprobs"], strict=True)
    return [{"policy": policy, "base": base, "estimator": inputs["kl_approximator"]} for policy, base in pairs]


def _rewarded(inputs: Inputs) -> list[Inputs]:
    extras = zip(inputs["rewards"], inputs["length_bonus"], inputs["correct_bonus"], strict=True)
    return [
        {**row, "earned": earned, "length_bonus": length, "correct_bonus": correct}
        for row, (earned, length, correct) in zip(_trajectories(inputs), extras, strict=True)
    ]


def _coefficient(inputs: Inputs) -> dict[str, Any]:
    return {"kl_coef": inputs["kl_coef"]}


def _bonuses(inputs: Inputs) -> dict[str, Any]:
    return {name: inputs[name] for name in ("kl_coef", "length_bonus_score", "correct_bonus_score", "reward_bias")}


def _claim(function: str, reward: str, columns: Callable[[Inputs], Any], value: str, params: Any = None) -> Claim:
    return Claim(
        function,
        reward,
        columns,
        params=params or (lambda _: {}),
        expected=item(value),
        tolerance=DEVICE,
        slack=ABSOLUTE,
    )


CLAIMS = (
    Claim(
        "label_logprobs",
        "label_logprobs",
        renamed(logits="logits", labels="labels"),
        tolerance=DEVICE,
        slack=ABSOLUTE,
    ),
    Claim(
        "reward_at_last_response_token",
        "reward_at_last_token",
        renamed(values="per_token_rewards", tokens="response_tokens", padding="padding_token"),
        tolerance=DEVICE,
    ),
    _claim("openrlhf.kl_shaped_reward", "kl", _policies, "kl"),
    _claim("openrlhf.kl_shaped_reward", "kl_shaped", _earning, "reward", _coefficient),
    _claim("armap.shape_reward", "armap_kl", _trajectories, "kl"),
    _claim("armap.shape_reward", "armap_unscored", _trajectories, "non_score_rewards", _coefficient),
    _claim("armap.shape_reward", "armap_shaped", _rewarded, "shaped_rewards", _bonuses),
)
ORIGINALS = {
    "label_logprobs": label_logprobs,
    "reward_at_last_response_token": reward_at_last_response_token,
    "openrlhf.kl_shaped_reward": kl_shaped_reward,
    "armap.shape_reward": shape_reward,
}
SINGLE = tuple(ORIGINALS)
