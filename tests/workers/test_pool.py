from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from rewardlang.workers.pool import UNDECIDED, Pool
from rewardlang.workers.process import WorkerError
from rewardlang.workers.serving import WEARY

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 1.0
"""Seconds: long beside what a toy needs, short for a test."""
SLOW = ["sleep", 60]


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool("tests.workers.toy", 2, LIMIT)
    yield made
    made.kill()


@pytest.fixture
def alone() -> Iterator[Pool]:
    """A pool of one worker: what it is asked, that one does."""
    made = Pool("tests.workers.toy", 1, LIMIT)
    yield made
    made.kill()


def echoes(count: int) -> list[list[object]]:
    return [["echo", place] for place in range(count)]


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends in time; a zombie has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: PTH123 - a file of the kernel
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_answers_come_in_the_order_of_the_requests(pool: Pool) -> None:
    assert pool.ask([]) == []
    assert pool.ask(echoes(500)) == list(range(500))


@pytest.mark.parametrize("value", [None, True, 1.5, "", "é\0\ud7ff", "x" * 10**6, [1, ["a"]]])
def test_answers_are_values(pool: Pool, value: object) -> None:
    assert pool.ask([["echo", value]]) == [value]


def test_what_a_library_prints_is_no_answer(pool: Pool) -> None:
    assert pool.ask([["print", "noise"], ["echo", 1]]) == ["noise", 1]


@pytest.mark.parametrize("request_", [SLOW, ["power"]], ids=["waits", "in C"])
def test_what_hangs_is_killed_and_the_others_are_answered(alone: Pool, request_: list[object]) -> None:
    (pid,) = alone.ask([["pid"]])
    start = time.monotonic()
    answers = alone.ask([*echoes(40), request_, *echoes(40)])
    assert answers == [*range(40), UNDECIDED, *range(40)]
    assert time.monotonic() - start < 30 * LIMIT
    assert alone.ask([["pid"]]) != [pid]
    assert gone(pid)


def test_several_that_hang_cost_a_limit_each_shared_by_the_workers(pool: Pool) -> None:
    pool.ask(echoes(100))
    assert pool.ask([["echo", 1], SLOW, SLOW, ["echo", 2]]) == [1, UNDECIDED, UNDECIDED, 2]


def test_a_worker_killed_from_outside_is_replaced(pool: Pool) -> None:
    for _ in range(3):
        (pid,) = pool.ask([["pid"]])
        os.kill(pid, signal.SIGKILL)
        assert gone(pid)
        assert pool.ask(echoes(3)) == [0, 1, 2]


def test_a_worker_killed_at_work_has_its_requests_done_by_another(pool: Pool) -> None:
    (pid,) = pool.ask([["pid"]])
    threading.Timer(LIMIT / 4, os.kill, (pid, signal.SIGKILL)).start()
    assert pool.ask([["sleep", LIMIT / 2], ["echo", 1]]) == ["awake", 1]


def test_a_request_that_ends_its_workers_is_undecided(pool: Pool) -> None:
    assert pool.ask([["echo", 1], ["die"], ["echo", 2]]) == [1, UNDECIDED, 2]


def test_a_worker_that_has_grown_large_is_replaced(pool: Pool) -> None:
    before = pool.ask([["pid"]])
    pool.ask([["swell"]])
    assert pool.ask([["pid"]]) != before


def test_a_caller_that_is_large_has_lasting_workers(pool: Pool) -> None:
    large = b"x" * (2**30 + 2**27)
    assert pool.ask([["pid"]]) == pool.ask([["pid"]])
    assert len(large) > WEARY


def test_many_threads_ask_at_once(pool: Pool) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda n: pool.ask([["echo", [n, k]] for k in range(50)]), range(32)))
    assert answers == [[[n, k] for k in range(50)] for n in range(32)]


def test_one_that_cannot_start_says_why_to_all_that_wait() -> None:
    pool = Pool("tests.workers.broken", 2, LIMIT)
    for _ in range(2):
        with pytest.raises(WorkerError, match="ImportError: no algebra here"):
            pool.ask(echoes(50))
    pool = Pool("no.such.module", 1, LIMIT)
    with pytest.raises(WorkerError, match="did not get ready"):
        pool.ask(echoes(1))


def test_a_retired_pool_finishes_what_was_asked() -> None:
    pool = Pool("tests.workers.toy", 1, LIMIT)
    (pid,) = pool.ask([["pid"]])
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(pool.ask, [["sleep", LIMIT / 3], ["echo", 1]])
        time.sleep(LIMIT / 10)
        pool.retire()
        assert asked.result() == ["awake", 1]
    assert gone(pid)
    assert pool.ask([["echo", 2]]) == [2]
