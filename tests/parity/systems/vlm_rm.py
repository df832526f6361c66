"""VLM-RMs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.parity.claim import DEVICE, Claim, Inputs, Rule

Vector = list[float]
PROMPTS = ("target_prompt_embeddings", "baseline_prompt_embeddings")


def _direction(vectors: Any) -> Any:
    with np.errstate(invalid="ignore"):
        return np.asarray(vectors) / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _projection(line: Any, alpha: float) -> Any:
    with np.errstate(invalid="ignore"):
        return alpha * np.outer(line, line) / np.dot(line, line) + (1 - alpha) * np.eye(len(line))


def goal_baseline_reward(
    target_prompt_embeddings: list[Vector], baseline_prompt_embeddings: list[Vector],
    image_embeddings: list[Vector], alpha: float,
) -> Vector:  # fmt: skip
    goal, baseline = (_direction(side).mean(0) for side in (target_prompt_embeddings, baseline_prompt_embeddings))
    off = (_direction(image_embeddings) - goal) @ _projection(goal - baseline, alpha)
    return (1 - (off**2).sum(-1) / 2).tolist()  # type: ignore[no-any-return]


def projection_matrix(target_prompt_embedding: Vector, baseline_prompt_embedding: Vector, alpha: float) -> list[Vector]:
    line = _direction(target_prompt_embedding) - _direction(baseline_prompt_embedding)
    return _projection(line, alpha).tolist()  # type: ignore[no-any-return]


def _images(inputs: Inputs) -> list[Inputs]:
    target, baseline = (inputs[name] for name in PROMPTS)
    shared = {"target_prompts": target, "baseline_prompts": baseline, "alpha": inputs["alpha"]}
    return [{"image": image, **shared} for image in inputs["image_embeddings"]]


def _rows(inputs: Inputs) -> list[Inputs]:
    """What each unit vector is projected to is a row of the matrix."""
    target, baseline = inputs["target_prompt_embedding"], inputs["baseline_prompt_embedding"]
    shared = {"target": target, "baseline": baseline, "alpha": inputs["alpha"]}
    return [{"x": unit, **shared} for unit in np.eye(len(target)).tolist()]


def _missing(values: list[Any]) -> list[Any]:
    """NaN is missing, of a list as a whole."""
    return [None if np.isnan(value).any() else value for value in values]


def _short(inputs: Inputs, _: Any) -> bool:
    """Whether goal and baseline are nearly the same."""
    goal, baseline = (value for name, value in inputs.items() if name.startswith(("target", "baseline")))
    line = np.atleast_2d(_direction(goal)).mean(0) - np.atleast_2d(_direction(baseline)).mean(0)
    return bool(0 < np.linalg.norm(line) < 0.01)


SHORT = Rule(_short, "of two goals that are nearly the same, float32 does not tell the line between them")
CLAIMS = (
    Claim(
        "goal_baseline_reward", "goal_baseline", _images, expected=_missing, tolerance=DEVICE, slack=1e-6,
        rules=(SHORT,),
    ),
    Claim("projection_matrix", "projection", _rows, expected=_missing, tolerance=DEVICE, slack=1e-6, rules=(SHORT,)),
)  # fmt: skip
ORIGINALS = {f.__name__: f for f in (goal_baseline_reward, projection_matrix)}
SINGLE = ("goal_baseline_reward", "projection_matrix")
