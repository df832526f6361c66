"""StateFactory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.parity.claim import DEVICE, Claim, Inputs, Rule, item, renamed, same

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = {"intermediate_state": "state", "goal_location": "location"}
Vector = list[float]
Attributes = list[tuple[str, str]]


def _parsed(found: Any) -> tuple[str | None, Attributes]:
    while isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, str):
        return found, [("description", found)]
    if not found:
        return None, []
    name, inner = next(iter(found.items()))
    if name == "object":
        if isinstance(inner, str):
            return _parsed(inner)
        name, inner = next(iter(inner.items()))
    attributes: Attributes = []
    for entry in inner if isinstance(inner, list) else [inner]:
        named = {"state": entry} if isinstance(entry, str) else entry
        attributes += [(PLAIN.get(key, key), value) for key, value in named.items()]
    return name, attributes


def parse_object_item(item: Any) -> dict[str, Any]:
    description, attributes = _parsed(item)
    names, values = ([pair[place] for pair in attributes] for place in (0, 1))
    return {"description": description, "attributes": names, "values": values}


def cosine(a: Vector, b: Vector) -> float:
    size = float(np.linalg.norm(a)) * float(np.linalg.norm(b)) if len(a) == len(b) > 1 else 0.0
    return float(np.dot(a, b)) / size if size else 0.0


def hard_matching_score(state: list[Any], goal: Any, embeddings: dict[str, Vector]) -> float:
    def alike(one: str, other: str) -> float:
        return cosine(embeddings[one], embeddings[other])

    wanted, attributes = _parsed(goal)
    if wanted is not None and wanted not in embeddings:
        raise KeyError(wanted)
    best = 0.0
    for description, found in map(_parsed, state):
        values = []
        for name, value in attributes:
            nearest = max(found, key=lambda pair: alike(name, pair[0]), default=None)
            values.append(alike(value, nearest[1]) if nearest else 0.0)
        if wanted is not None and description is not None:
            best = max(best, alike(description, wanted) * (float(np.mean(values)) if values else 1.0))
    return best


def _steps(inputs: Inputs) -> list[tuple[list[Any], list[Any]]]:
    """The states of a trajectory and the goals of each."""
    pairs = zip(inputs["states"], inputs["goals"], strict=True)
    return [(_of(state, "CurState"), _of(goal, "GoalState")) for state, goal in pairs]


def _of(listed: Any, name: str) -> Any:
    return listed[name] if isinstance(listed, dict) else listed


def _mean(state: list[Any], goals: list[Any], embeddings: dict[str, Vector]) -> float:
    found = [hard_matching_score(state, goal, embeddings) for goal in goals]
    return min(max(float(np.mean(found)), 0.0), 1.0) if found else 0.0


def trajectory_reward(**inputs: Any) -> Vector:
    return [int(100 * _mean(*step, inputs["embeddings"])) / 100 for step in _steps(inputs)]


def pearson_epic(ground_truth: Vector, predicted: Vector) -> dict[str, float]:
    found = 0.0
    if len(ground_truth) > 1 and ground_truth == predicted:
        found = 1.0
    elif len(ground_truth) > 1 and len(set(ground_truth)) > 1 and len(set(predicted)) > 1:
        found = float(np.corrcoef(ground_truth, predicted)[0, 1])
    found = min(max(found, -1.0), 1.0)
    return {"pearson": found, "epic_distance": math.sqrt((1 - found) / 2)}


# --- fields ---


def _embedded(state: list[Any], goals: list[Any], embeddings: dict[str, Vector]) -> Inputs:
    """The embeddings of all that objects and goals say of themselves."""
    objects, wanted = (
        [(name, found) for name, found in map(_parsed, side) if name is not None] for side in (state, goals)
    )
    names, values, owner = _attributes(objects, embeddings)
    wanted_names, wanted_values, wanted_of = _attributes(wanted, embeddings)
    return {
        "goals": [_vector(name, embeddings) for name, _ in wanted], "objects": [_vector(name, embeddings) for name, _ in objects],
        "names": names, "values": values, "owner": owner, "wanted_names": wanted_names,
        "wanted_values": wanted_values, "wanted_of": wanted_of,
    }  # fmt: skip


def _vector(name: str, embeddings: dict[str, Vector]) -> Vector:
    """What the table has of a name, or what is invalid."""
    return embeddings.get(name, [math.nan] * len(next(iter(embeddings.values()))))


def _attributes(
    objects: list[tuple[str, Attributes]], embeddings: dict[str, Vector]
) -> tuple[list[Vector], list[Vector], list[int]]:
    pairs = [(place, pair) for place, (_, attributes) in enumerate(objects) for pair in attributes]
    names, values = ([_vector(pair[at], embeddings) for _, pair in pairs] for at in (0, 1))
    return names, values, [place for place, _ in pairs]


def _matched(inputs: Inputs) -> Inputs:
    found = _embedded(inputs["state"], [inputs["goal"]], inputs["embeddings"])
    goal = found.pop("goals")[0]
    del found["wanted_of"]
    return found | {"goal": goal}


def _trajectory(inputs: Inputs) -> list[Inputs]:
    return [_embedded(*step, inputs["embeddings"]) for step in _steps(inputs)]


def _cut(inputs: Inputs, _: Any) -> bool:
    """Whether a mean is a number of hundredths but for rounding."""
    means = (100 * _mean(*step, inputs["embeddings"]) for step in _steps(inputs))
    return any(mean > 0 and abs(mean - round(mean)) < CLOSE for mean in means)


def _lines(name: str) -> Callable[[Any], str]:
    return lambda found: "\n".join(found[name])


CLOSE = 1e-4
CUT = Rule(_cut, "a mean that is a whole number of hundredths is cut below it or not by its last digit")
ITEM = renamed(item="item")
CLAIMS = (
    Claim("cosine", "cosine", same("a", "b"), tolerance=DEVICE, slack=1e-6),
    Claim("hard_matching_score", "hard_matching", _matched, tolerance=DEVICE, slack=1e-6),
    Claim(
        "parse_object_item", "description", ITEM, part=("item: json", "text?"), expected=item("description")
    ),
    Claim("parse_object_item", "names", ITEM, part=("item: json", "text?"), expected=_lines("attributes")),
    Claim("parse_object_item", "values", ITEM, part=("item: json", "text?"), expected=_lines("values")),
    Claim("trajectory_reward", "trajectory", _trajectory, tolerance=DEVICE, rules=(CUT,)),
    Claim(
        "trajectory_reward", "trajectory_fixed", _trajectory, tolerance=DEVICE, slack=0.005 + DEVICE,
        expected=lambda means: [mean + 0.005 for mean in means],
    ),
    Claim(
        "pearson_epic", "pearson", same("ground_truth", "predicted"), expected=item("pearson"), tolerance=DEVICE,
        slack=1e-6,
    ),
    Claim(
        "pearson_epic", "epic_distance", same("ground_truth", "predicted"), expected=item("epic_distance"),
        tolerance=DEVICE, slack=1e-6,
    ),
)  # fmt: skip
ORIGINALS = {f.__name__: f for f in (cosine, hard_matching_score, parse_object_item, trajectory_reward, pearson_epic)}
