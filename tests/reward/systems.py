"""All rewards that these tests run: those of the standard library and those of `specs`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import rewardlang
from rewardlang.diagnostics import Sink
from rewardlang.driver import check_file
from tests.reward.specs import SPECS

SYSTEMS = Path(__file__).parents[2] / "stdlib" / "systems"


def _named() -> list[str]:
    found = []
    for path in sorted(SYSTEMS.glob("*.rwd")):
        found += [f"systems.{path.stem}:{name}" for name in check_file(path, Sink()).rewards]
    return found


NAMES = (*SPECS, *_named())


def scored(run: rewardlang.Reward, columns: dict[str, list[Any]], **options: Any) -> rewardlang.Scores:
    """The scores of columns with anything in them, before anything is remembered."""
    lanes = len(next(iter(columns.values())))
    return run(columns, on_invalid="missing", state=run.initial_state(lanes) or None, **options)


@cache
def reward(name: str) -> rewardlang.Reward:
    """A reward by name, compiled once."""
    return rewardlang.compile(SPECS[name], name) if name in SPECS else rewardlang.load(name)
