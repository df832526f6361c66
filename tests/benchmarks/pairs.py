"""Pairs that are measured in one run, a line each: interleaved, equal in value, as a ratio."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import rewardlang

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
MANY = 41
"""Rounds of what takes milliseconds: the first dozen, in which memory changes hands between the two, take longer."""
WARM = 10
"""Calls after which it is settled how many threads pay."""


def paired(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS,
    of: Callable[[list[float]], float] = statistics.median,
) -> tuple[float, float]:  # fmt: skip
    """Seconds of both, interleaved: the medians of `rounds`, or what else is asked `of` them."""
    mine, other = [], []
    for _ in range(rounds):
        for function, times in ((ours, mine), (theirs, other)):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return of(mine), of(other)


def line(name: str, mine: float, other: float, worst: float, goal: str) -> None:
    """One row of the table."""
    print(
        f"{name:44} {mine * 1e3:9.2f} ms {other * 1e3:10.2f} ms {other / mine:8.1f}x  {worst:.1e}  {goal}", flush=True
    )


def reward(name: str, spec: str, fields: dict[str, list[Any]], peer: Callable[..., float], goal: str) -> None:
    """A reward on texts against a per-sample function."""
    scored = rewardlang.load(spec)
    names = list(fields)
    rows = list(zip(*fields.values(), strict=True))
    for _ in range(WARM):
        ours = scored(fields).total
    theirs = np.array([peer(*row) for row in rows])
    worst = float(np.max(np.abs(ours - theirs)))
    mine, other = paired(lambda: scored(fields).total, lambda: [peer(*row) for row in rows], MANY)
    line(f"{name}, {len(rows)} x {sum(len(t) for t in fields[names[0]]) // len(rows)} chars", mine, other, worst, goal)


def head() -> None:
    """The names of the columns."""
    print(f"{'':44} {'rewardlang':>12} {'peer':>13} {'ratio':>9}  worst difference")
