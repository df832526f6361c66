"""NORA-1.5."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from tests.parity.claim import DEVICE, Claim, Inputs

Vectors = list[list[float]]


def _flat(vectors: Vectors) -> list[float]:
    return [number for vector in vectors for number in vector]


def goal_energy(z_hat: list[Vectors], goal_latent: list[Vectors], tokens_per_frame: int) -> list[float]:
    goal = _flat(goal_latent[0])
    found = []
    for tokens in z_hat:
        last = _flat(tokens[-tokens_per_frame:])
        found.append(fmean(abs(a - b) for a, b in zip(last, goal, strict=True)))
    return found


def preference_cost(
    goal_energy: list[float], generated_action: list[Vectors], ground_truth_action: Vectors
) -> dict[str, Any]:
    truth = _flat(ground_truth_action[:5])
    apart = [fmean(abs(a - b) for a, b in zip(_flat(action), truth, strict=True)) for action in generated_action]
    cost = [energy + 0.1 * deviation for energy, deviation in zip(goal_energy, apart, strict=True)]
    return {"cost": cost, "chosen_idx": cost.index(min(cost)), "rejected_idx": cost.index(max(cost))}


def _predictions(inputs: Inputs) -> list[Inputs]:
    return [{"predicted": _flat(tokens), "goal": _flat(inputs["goal_latent"][0])} for tokens in inputs["z_hat"]]


def _candidates(inputs: Inputs) -> list[Inputs]:
    pairs = zip(inputs["goal_energy"], inputs["generated_action"], strict=True)
    return [
        {"goal_energy": energy, "action": action, "truth": inputs["ground_truth_action"]} for energy, action in pairs
    ]


def _for_all(name: str) -> Any:
    """What is one number for the group, for each candidate."""
    return lambda value: [value[name]] * len(value["cost"])


CLAIMS = (
    Claim("goal_energy", "goal_energy", _predictions, tolerance=DEVICE),
    Claim("preference_cost", "preference_cost", _candidates, expected=lambda value: value["cost"], tolerance=DEVICE),
    Claim("preference_cost", "chosen", _candidates, expected=_for_all("chosen_idx")),
    Claim("preference_cost", "rejected", _candidates, expected=_for_all("rejected_idx")),
)
ORIGINALS = {"goal_energy": goal_energy, "preference_cost": preference_cost}
SINGLE = ("goal_energy", "preference_cost")
