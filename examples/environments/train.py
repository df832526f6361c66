"""Trains a policy on a reward that is a spec, and keeps the curve: `python examples/environments/train.py hopper`.

Needs the extra `environments`. The curve goes to `hopper.jsonl` beside it; `docs/make_curves.py` draws it.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from ppo import train

HERE = Path(__file__).parent
TASKS = {"pendulum": "Pendulum", "hopper": "Hopper"}
POINTS = 25


def main(name: str) -> None:
    """Train, tell how it goes, and keep some points of the curve."""
    task = getattr(import_module(name), TASKS[name])()

    def report(point: dict[str, float]) -> None:
        sys.stderr.write(f"{point}\n")

    curve = train(task, task.settings, task.updates, report)
    every = len(curve) // POINTS
    kept = [curve[0], *curve[every - 1 :: every]]
    (HERE / f"{name}.jsonl").write_text("".join(json.dumps(point) + "\n" for point in kept), encoding="utf-8")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or TASKS:
        main(chosen)
