"""`rwd serve` under load: is every answer right, and how long does one take?"""

from __future__ import annotations

import asyncio
import ssl
import statistics
import subprocess
import sys
import time

import httpx

import rewardlang

SPEC = "examples/rec.rwd"
REQUESTS, CONCURRENCY = 10_000, 64
ANSWERS = ["<think>there</think><answer>[0, 0, 10, 10]</answer>", "I cannot see it.", "<answer>[0, 0, 5, 9]</answer>"]
SOLUTION = [0, 0, 10, 9]


def run() -> None:
    """Start the server as users do, ask it, and end it."""
    command = [sys.executable, "-m", "rewardlang", "serve", SPEC]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            asyncio.run(_measure(server.stdout.readline().strip()))
        finally:
            server.terminate()


async def _measure(url: str) -> None:
    expected = rewardlang.load(SPEC)(completion=ANSWERS, solution=[SOLUTION] * len(ANSWERS)).tolist()
    bodies = [{"rows": [{"completion": answer, "solution": SOLUTION}]} for answer in ANSWERS]
    numbers, waits = iter(range(REQUESTS)), list[float]()

    context = ssl.create_default_context()

    async def caller() -> None:
        # A client each: callers that share one wait for its pool of connections longer than for the server.
        async with httpx.AsyncClient(base_url=url, timeout=60, verify=context) as client:
            for number in numbers:
                which = number % len(bodies)
                start = time.perf_counter()
                told = await client.post("/score", json=bodies[which])
                waits.append(time.perf_counter() - start)
                assert told.json()["totals"] == [expected[which]], told.text

    start = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CONCURRENCY)))
    seconds = time.perf_counter() - start
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=context) as client:
        calls = await _calls(client)
    assert len(waits) == REQUESTS
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"{REQUESTS:,} requests, {CONCURRENCY} at once: all answered, all right; p50 {cuts[49] * 1e3:.1f} ms, "
        f"p99 {cuts[98] * 1e3:.1f} ms, {REQUESTS / seconds:,.0f} a second, {REQUESTS / calls:.1f} a call of the reward"
    )


async def _calls(client: httpx.AsyncClient) -> float:
    text = (await client.get("/metrics")).text
    return float(text.partition("rewardlang_batch_samples_count ")[2].split()[0])
