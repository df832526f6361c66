"""5,000 judgements by a server that takes 200 ms for each, and what that costs in memory."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rewardlang.models.calling import Calling
from rewardlang.models.chat import open_chat
from rewardlang.models.signature import ModelSignature
from tests.benchmarks.pairs import line

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT, CONCURRENCY, LATENCY = 5000, 64, 0.2
MEASURED = 25
"""Requests that are made one after another: their mean stands for all 5,000, which would take 17 minutes."""

SIGNATURE = ModelSignature("judge", (("prompt", "text", False), ("completion", "text", False)), "float", 0, 5)


def run() -> None:
    """The pair, and the growth of the process."""
    with stub() as url:
        judge = open_chat(SIGNATURE, {"model": "stub"}, Calling(url=url, concurrency=CONCURRENCY))
        judge(columns(CONCURRENCY, "first"))  # the connections
        before, start = resident(), time.perf_counter()
        answers = judge(columns(COUNT, "answer"))
        ours, after = time.perf_counter() - start, resident()
        theirs = one_after_another(url) * COUNT / MEASURED
    missing = sum(reason is not None for reason in answers.reasons)
    line(f"{COUNT} judgements at {CONCURRENCY}, {LATENCY * 1000:.0f} ms each", ours, theirs, missing, "goal 50x")
    print(f"{'  memory of the process before, after':44} {before:9.1f} MB {after:10.1f} MB")


def columns(count: int, name: str) -> dict[str, list[str]]:
    """Requests that differ, a kilobyte each."""
    return {
        "prompt": ["say one two three"] * count,
        "completion": [f"{name} {at} " + "word " * 200 for at in range(count)],
    }


def one_after_another(url: str) -> float:
    """Seconds of `MEASURED` requests over one connection, as a loop over samples makes them."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc)
    start = time.perf_counter()
    for text in columns(MEASURED, "other")["completion"]:
        body = json.dumps({"model": "stub", "messages": [{"role": "user", "content": text}]})
        connection.request("POST", f"{place.path}/chat/completions", body, {"Content-Type": "application/json"})
        assert connection.getresponse().read()
    connection.close()
    return time.perf_counter() - start


@contextmanager
def stub() -> Iterator[str]:
    """The stand-in in a process of its own."""
    command = [sys.executable, "-u", "-m", "rewardlang", "judge-stub", "--latency", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def resident() -> float:
    """Megabytes of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  no file of a folder
        return int(file.read().split()[1]) * 4096 / 1e6
