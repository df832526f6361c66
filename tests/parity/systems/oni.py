"""ONI."""

from __future__ import annotations

import math
from collections import Counter
from statistics import fmean, variance
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs

Vector = list[float]


def hashing_reward(
    messages: list[str], llm_labels: dict[str, float], extrinsic: Vector, extrinsic_coeff: float, llm_coeff: float,
    beta_count_exponent: float,
) -> dict[str, Vector]:  # fmt: skip
    met: Counter[str] = Counter()
    counts, totals = [], []
    for message, reward in zip(messages, extrinsic, strict=True):
        met[message] += 1
        # Nothing is counted where the label does not.
        counts.append(float(met[message]) if llm_coeff else 1.0)
        label = llm_labels.get(message, 0.0) / counts[-1] ** beta_count_exponent
        totals.append(extrinsic_coeff * reward + llm_coeff * label)
    return {"msg_count": counts, "total": totals}


def classification_reward(logits: list[Vector], threshold: float) -> Vector:
    return [float(1 / (1 + math.exp(bad - good)) > threshold) for bad, good in logits]


def ranking_reward_normalized(
    batches: list[Vector], eps_threshold: float, epsilon_count: float
) -> list[dict[str, Any]]:
    mean, var, count, found = 0.0, 1.0, epsilon_count, []
    for batch in batches:
        number, shift = len(batch), fmean(batch) - mean
        total = count + number
        mean += shift * number / total
        var = (var * count + variance(batch) * number + shift**2 * count * number / total) / total
        count = total
        normal = [(raw - mean) / math.sqrt(var) for raw in batch]
        rewards = [x * (x > eps_threshold) for x in normal]
        found.append({"mean": mean, "var": var, "count": count, "reward": rewards})
    return found


def cosine_bow_reward(message_token_vectors: list[Vector], goal_embedding: Vector, threshold: float | None) -> float:
    bag = [math.fsum(vector[i] for vector in message_token_vectors) for i in range(len(goal_embedding))]
    if not any(bag) or not any(goal_embedding):
        return 0.0
    cosine = math.fsum(a * b for a, b in zip(bag, goal_embedding, strict=True))
    cosine /= math.hypot(*bag) * math.hypot(*goal_embedding)
    return cosine if threshold is None or cosine > threshold else 0.0


def _hashing(inputs: Inputs) -> Inputs:
    names = ("messages", "extrinsic", "extrinsic_coeff", "llm_coeff", "beta_count_exponent")
    labels = [inputs["llm_labels"].get(message, 0.0) for message in inputs["messages"]]
    return {**{name: inputs[name] for name in names}, "label": labels}


def _logits(inputs: Inputs) -> list[Inputs]:
    return [{"bad": bad, "good": good, "threshold": inputs["threshold"]} for bad, good in inputs["logits"]]


def _batches(inputs: Inputs) -> list[list[Inputs]]:
    shared = {"eps_threshold": inputs["eps_threshold"]}
    return [[{"raw": raw, **shared} for raw in batch] for batch in inputs["batches"]]


def _bow(inputs: Inputs) -> Inputs:
    names = ("message_token_vectors", "threshold")
    return {**{name: inputs[name] for name in names}, "goal": inputs["goal_embedding"]}


CLAIMS = (
    Claim("hashing_reward", "hashing", _hashing, expected=lambda found: found["total"], tolerance=DEVICE, slack=1e-6),
    Claim("classification_reward", "classification", _logits),
    Claim(
        "ranking_reward_normalized", "ranking", _batches, expected=lambda found: [batch["reward"] for batch in found],
        tolerance=DEVICE, slack=5e-6, calls=True,
    ),
    Claim("cosine_bow_reward", "cosine_bow", _bow, tolerance=DEVICE, slack=1e-6),
)  # fmt: skip
LEFT_OUT = {"motif_preference_loss": "a loss that trains a reward model; it belongs to the library for learning"}
ORIGINALS = {
    f.__name__: f for f in (hashing_reward, classification_reward, ranking_reward_normalized, cosine_bow_reward)
}
