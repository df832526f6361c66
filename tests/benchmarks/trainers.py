"""What the queue of the per-sample trainers costs, and what it brings: one by one against together."""

from __future__ import annotations

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from rewardlang.trainers.batching import Batching

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLERS = 256
ROUNDS = 9
CHEAP, MODEL = 0.0, 0.005


class Call:
    """A reward whose call costs some time, whatever the number of samples."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, samples: Sequence[int]) -> list[int]:
        if self._seconds:
            time.sleep(self._seconds)
        return list(samples)


def run() -> None:
    """The columns are: together, one by one, the ratio; then the slowest caller of a hundred."""
    for name, seconds, goal in (
        ("no time", CHEAP, "150 us a sample, p99 20 ms"), ("5 ms", MODEL, ">= 20x"),
    ):  # fmt: skip
        for way, together in (("tasks", _tasks), ("threads", _threads)):
            waits: list[float] = []
            mine = statistics.median(together(Batching(Call(seconds)), waits) for _ in range(ROUNDS))
            other = _one_by_one(Call(seconds))
            slowest = statistics.quantiles(waits, n=100)[-1]
            each = mine / CALLERS * 1e6
            print(
                f"{f'{CALLERS} {way}, a call costs {name}':44} {mine * 1e3:9.2f} ms {other * 1e3:10.2f} ms "
                f"{other / mine:8.1f}x  {each:.0f} us a sample, p99 {slowest * 1e3:.1f} ms  {goal}",
                flush=True,
            )


def _tasks(batching: Batching[int, int], waits: list[float]) -> float:
    async def single(i: int) -> None:
        start = time.perf_counter()
        await batching.ask(i)
        waits.append(time.perf_counter() - start)

    async def everyone() -> float:
        start = time.perf_counter()
        await asyncio.gather(*(single(i) for i in range(CALLERS)))
        return time.perf_counter() - start

    return asyncio.run(everyone())


def _threads(batching: Batching[int, int], waits: list[float]) -> float:
    def single(i: int) -> None:
        start = time.perf_counter()
        batching(i)
        waits.append(time.perf_counter() - start)

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(time.sleep, [0.01] * CALLERS))  # all threads are there
        start = time.perf_counter()
        list(pool.map(single, range(CALLERS)))
        return time.perf_counter() - start


def _one_by_one(call: Call) -> float:
    start = time.perf_counter()
    for i in range(CALLERS):
        call([i])
    return time.perf_counter() - start
