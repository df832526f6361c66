"""How time grows with samples, objects and steps: a table, with the slope of its last doublings on a log-log scale.

Everything runs on the device, through `step`: what a slope tells is the algorithm, not the parsing. A slope of 1 is
linear, of 2 quadratic; a little less where fixed costs still count, more where the arrays outgrow a cache. The time is
that of all cores together, which other programs disturb least.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

import rewardlang
from tests.benchmarks.numeric.control import SIZES
from tests.benchmarks.numeric.control import SPEC as CONTROL

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
LEAST = 0.05
"""Seconds of a round: the time of other threads is told late, and a single short call would seem to take none."""
SAMPLES = 8
Columns = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """A reward, the sizes along which it grows, and the exponent that the documents promise."""

    name: str
    spec: str
    sizes: tuple[int, ...]
    columns: Callable[[np.random.Generator, int], Columns]
    promised: str


def _states(rng: np.random.Generator, samples: int) -> Columns:
    return {name: rng.normal(size=(samples, size)) for name, size in SIZES.items()}


def _boxes(rng: np.random.Generator, objects: int) -> Columns:
    low = rng.uniform(0, 500, size=(2, SAMPLES, objects, 2))
    corners = np.concatenate([low, low + rng.uniform(20, 200, size=low.shape)], -1)
    return {"found": corners[0], "truth": corners[1]}


def _lists(rng: np.random.Generator, steps: int) -> Columns:
    return {"x": rng.normal(size=(SAMPLES, steps)), "y": rng.normal(size=(SAMPLES, steps))}


BOXES = "found: box[found], truth: box[truth]"
CURVES = "x: float[walked], y: float[planned]"
FAMILIES = (
    Family("samples: 30 terms of control", CONTROL, (1024, 4096, 16384, 65536), _states, "1"),
    Family(
        "objects: giou of all pairs", f"reward r({BOXES}) -> float {{ sum(giou(found, truth) over (found, truth)) }}",
        (16, 64, 256, 512), _boxes, "2",
    ),
    Family(
        "objects: greedy matching",
        f"reward r({BOXES}) -> float {{ sum(assign(iou(found, truth), by: best) over (found, truth)) }}",
        (8, 16, 32, 64), _boxes, "3: a pass over all pairs for each that is made",
    ),
    Family(
        "objects: optimal matching",
        f"reward r({BOXES}) -> float {{ sum(assign(iou(found, truth), by: optimal) over (found, truth)) }}",
        (8, 16, 32, 64), _boxes, "up to 3",
    ),
    Family(
        "steps: discounted return",
        "from std.time import discounted\n"
        "reward r(x: float[walked], y: float[walked]) -> float { discounted(x + y, 0.99) }",
        (256, 1024, 4096, 16384), _lists, "1",
    ),
    Family(
        "steps: dtw", f"reward r({CURVES}) -> float {{ dtw(abs(x - y)) ?? 0 }}",
        (32, 64, 128, 256), _lists, "2",
    ),
    Family(
        "steps: discrete Fréchet", f"reward r({CURVES}) -> float {{ frechet(abs(x - y)) ?? 0 }}",
        (32, 64, 128, 256), _lists, "2",
    ),
    Family(
        "steps: Hausdorff",
        "from std.time import hausdorff\n"
        f"reward r({CURVES}) -> float {{ hausdorff(abs(x - y)) ?? 0 }}",
        (64, 128, 256, 512), _lists, "2",
    ),
)  # fmt: skip


def slope(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """The exponent between the last two sizes."""
    return math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2])


def measured(family: Family) -> list[float]:
    """The best time of all cores for each size, in seconds."""
    reward, rng = rewardlang.compile(family.spec), np.random.default_rng(0)
    scored = jax.jit(lambda columns: reward.step({}, columns).total)
    found = []
    for size in family.sizes:
        columns = {name: jnp.asarray(array, jnp.float32) for name, array in family.columns(rng, size).items()}
        scored(columns).block_until_ready()
        start = time.perf_counter()
        scored(columns).block_until_ready()
        calls = math.ceil(LEAST / (time.perf_counter() - start))
        times = []
        for _ in range(ROUNDS):
            start = time.process_time()
            for _ in range(calls):
                scored(columns).block_until_ready()
            times.append((time.process_time() - start) / calls)
        found.append(min(times))
    return found


def run() -> None:
    """Print the table, as the documents show it."""
    print(f"\n| ms of all cores; {SAMPLES} samples where these do not grow | | | | | slope | documented |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for family in FAMILIES:
        seconds = measured(family)
        cells = [f"{size:,}: {time * 1e3:.3g}" for size, time in zip(family.sizes, seconds, strict=True)]
        row = [family.name, *cells, f"{slope(family.sizes, seconds):.1f}", family.promised]
        print("| " + " | ".join(row) + " |", flush=True)
