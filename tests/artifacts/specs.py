"""The rewards of these tests, of every kind that an artifact must hold, and a batch of each."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.reward.hostile import batch

if TYPE_CHECKING:
    from rewardlang import Reward

EXAMPLES = Path(__file__).parents[2] / "examples"
GROUPS = ("group", "systems.dr_irl:advantage")
MEMORY = "memory"
_ROWS = 24


def EMBED(x: list[str]) -> list[list[float]]:  # noqa: N802 - a constant that is a function
    """A vector for each text, in the place of an encoder."""
    return [[float(len(text) % (place + 2)) for place in range(384)] for text in x]


SPECS: dict[str, tuple[str, dict[str, Any]]] = {
    "examples/rec.rwd": (str(EXAMPLES / "rec.rwd"), {}),
    "examples/shop.rwd": (str(EXAMPLES / "shop.rwd"), {}),
    "examples/tool_calls.rwd": (str(EXAMPLES / "tool_calls.rwd"), {}),
    "examples/walk.rwd:episode": (f"{EXAMPLES / 'walk.rwd'}:episode", {}),
    "examples/relevance.rwd": (str(EXAMPLES / "relevance.rwd"), {"models": {"embed": EMBED}}),
    "systems.vlm_r1_detection:map_score": ("systems.vlm_r1_detection:map_score", {}),
    "systems.dr_irl:advantage": ("systems.dr_irl:advantage", {}),
    "group": (
        """
reward r(x: float in 0..9) -> float {
    sum { above: x - (mean(x over group) ?? 0) weight 2 }
}
""",
        {},
    ),
    "systems.robo_dopamine:hops": ("systems.robo_dopamine:hops", {}),
    MEMORY: (
        """
memory steps: float = 0 per sample reset done
reward r(x: float = 1.5, at: box = [0, 0, 1, 2], done: bool) -> float {
    remember steps = steps + 1
    return 10 * steps + x * area(at)
}
""",
        {},
    ),
}


def columns(name: str, run: Reward) -> dict[str, list[Any]]:
    """The first rows of an example's file; for the others anything that their fields can hold."""
    path = EXAMPLES / f"{Path(name.partition(':')[0]).stem}.jsonl"
    if not path.is_file():
        return batch(random.Random(name), run, _ROWS)
    rows = [json.loads(line) for line in path.read_text().splitlines()[:_ROWS]]
    return {field: [row.get(field) for row in rows] for field in run.inputs}
