"""Novelty search."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, each, same

if TYPE_CHECKING:
    from collections.abc import Callable

Vector = list[float]
POWERS = {"mink_0.1": 0.1, "mink_0.01": 0.01, "mink_1": 1.0}


def _precision(inputs: Inputs) -> Any:
    """The inverse covariance of both sets together, as SciPy's distances take it."""
    return np.linalg.inv(np.atleast_2d(np.cov(np.vstack([inputs["bd"], inputs["reference"]]).T)))


def _metric(inputs: Inputs) -> Callable[[Vector, Vector], float]:
    metric = inputs["metric"]
    if metric == "mahalanobis":
        inverse = _precision(inputs)
        return lambda a, b: float(np.sqrt((np.subtract(a, b) @ inverse) @ np.subtract(a, b)))
    if metric == "manhattan":
        return lambda a, b: math.fsum(abs(x - y) for x, y in zip(a, b, strict=True))
    if metric in POWERS:
        p = POWERS[metric]
        return lambda a, b: math.fsum(abs(x - y) ** p for x, y in zip(a, b, strict=True)) ** (1 / p)
    return math.dist


def novelty_knn_row(distances: Vector, neighbours: int) -> float:
    return fmean(sorted(distances)[1 : neighbours + 1])


def calculate_novelties(**inputs: Any) -> Vector:
    apart = _metric(inputs)
    rows = [[apart(own, other) for other in inputs["reference"]] for own in inputs["bd"]]
    return [novelty_knn_row(row, inputs["neighbours"]) for row in rows]


def taxons_measure_novelty(population: list[Vector], archive: list[Vector], k: int) -> Vector:
    found = []
    for place, own in enumerate(population):
        others = [*population[:place], *population[place + 1 :], *archive]
        found.append(fmean(sorted(math.dist(own, other) for other in others)[:k]))
    return found


def rnd_surprise(target: list[Vector], prediction: list[Vector]) -> Vector:
    return [fmean((a - b) ** 2 for a, b in zip(*pair, strict=True)) for pair in zip(target, prediction, strict=True)]


def _averaged(values: list[Vector]) -> Vector:
    return [fmean(step) for step in values]


def emitter_improvement(
    values_at_first_call: list[Vector],
    values_at_second_call: list[Vector],
    local_improvement: bool,  # noqa: FBT001
) -> dict[str, float]:
    first, second = _averaged(values_at_first_call), _averaged(values_at_second_call)
    before = fmean(first[-3:] if local_improvement else first[:3])
    return {
        "first": max(fmean(first[-3:]) - fmean(first[:3]), 0.0), "second": max(fmean(second[-3:]) - before, 0.0),
    }  # fmt: skip


def _novelties(inputs: Inputs) -> list[Inputs]:
    shared = {"reference": inputs["reference"], "neighbours": inputs["neighbours"]}
    inverse = _precision(inputs).tolist() if inputs["metric"] == "mahalanobis" else [[0.0] * len(inputs["bd"][0])]
    shared |= {"metric": inputs["metric"], "p": POWERS.get(inputs["metric"], 1.0), "inverse_covariance": inverse}
    return [{"behaviour": own, **shared} for own in inputs["bd"]]


def _competition(inputs: Inputs) -> list[Inputs]:
    shared = {"reference": inputs["reference"], "rewards": inputs["rewards"], "neighbours": inputs["neighbours"]}
    return [
        {"behaviour": own, "own_reward": reward, **shared}
        for own, reward in zip(inputs["bd"], inputs["rewards"], strict=True)
    ]


def _measured(inputs: Inputs) -> list[Inputs]:
    population, archive = inputs["population"], inputs["archive"]
    return [
        {"individual": own, "others": [*population[:place], *population[place + 1 :], *archive], "k": inputs["k"]}
        for place, own in enumerate(population)
    ]


def _improvement(inputs: Inputs) -> list[Inputs]:
    first, second = _averaged(inputs["values_at_first_call"]), _averaged(inputs["values_at_second_call"])
    before = fmean(first[-3:] if inputs["local_improvement"] else first[:3])
    return [{"values": first, "before": None}, {"values": second, "before": before}]


def _tied(inputs: Inputs, _: Any) -> bool:
    """Whether the last neighbour of a behaviour is as far as the next one."""
    last = inputs["neighbours"]
    for own in inputs["bd"]:
        distances = sorted(math.dist(own, other) for other in inputs["reference"])
        if len(distances) > last + 1 and math.isclose(distances[last], distances[last + 1], rel_tol=1e-6):
            return True
    return False


TIED = Rule(_tied, "which of equally distant neighbours is taken, the sort of NumPy decides, which does not say")
STEEP = Rule(
    lambda inputs, _: inputs["metric"] == "mink_0.01" and len(inputs["bd"][0]) > 1,
    "the hundredth power of a sum is beyond float32, or loses its digits",
)
CLAIMS = (
    Claim("novelty_knn_row", "novelty_knn_row", same("distances", "neighbours"), tolerance=DEVICE),
    Claim("calculate_novelties", "calculate_novelties", _novelties, tolerance=DEVICE, slack=1e-6, rules=(STEEP,)),
    Claim("taxons_measure_novelty", "measure_novelty", _measured, tolerance=DEVICE, slack=1e-6),
    Claim(
        "novelty_and_local_competition", "novelty_and_local_competition", _competition, terms=("local_competition",),
        expected=lambda found: [list(pair) for pair in zip(found["novelty"], found["local_competition"], strict=True)],
        tolerance=DEVICE, slack=1e-6, rules=(TIED,),
    ),
    Claim("rnd_surprise", "rnd_surprise", each("target", "prediction"), tolerance=DEVICE),
    Claim(
        "emitter_improvement", "emitter_improvement", _improvement,
        expected=lambda found: [found["first"], found["second"]], tolerance=DEVICE, slack=5e-6,
    ),
)  # fmt: skip
LEFT_OUT = {
    "crowding_distance": "selects among a population, with infinities; it rewards nothing",
    "non_dominated_fronts": "sorts a population into fronts of positions; it rewards nothing",
}
# The original of local competition leaves the choice among equals to NumPy's sort: no other agrees on all inputs.
ORIGINALS = {
    f.__name__: f
    for f in (
        novelty_knn_row, calculate_novelties, taxons_measure_novelty, rnd_surprise, emitter_improvement,
    )
}  # fmt: skip
