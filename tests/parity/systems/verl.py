"""verl's default rewards."""

from __future__ import annotations

from tests.parity.claim import DEVICE, Claim, Inputs, renamed
from tests.parity.systems.toolrl import SHARES


def _tool_score(inputs: Inputs) -> Inputs:
    extra = inputs["extra_info"] or {}
    named = renamed(reply="solution_str", truth="ground_truth")(inputs)
    return {**named, "template": extra.get("experiment_name", "")}


CLAIMS = (
    Claim(
        "rlla.compute_score",
        "systems.toolrl:total",
        _tool_score,
        expected=lambda value: float(value["score"]),
        tolerance=DEVICE,
        slack=SHARES,
    ),
)
