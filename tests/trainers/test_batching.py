"""Many callers with one sample each: together, alone, in threads, in tasks of several loops, failing and giving up."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from rewardlang.trainers.batching import Batching

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Doubling:
    """Doubles numbers, slowly; a negative one fails, and with it its batch."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.batches: list[int] = []
        self.running = 0
        self._seconds = seconds

    def __call__(self, samples: Sequence[int]) -> list[int]:
        self.running += 1
        assert self.running == 1
        self.batches.append(len(samples))
        try:
            time.sleep(self._seconds)
            if bad := [sample for sample in samples if sample < 0]:
                raise ValueError(*bad)
            return [2 * sample for sample in samples]
        finally:
            self.running -= 1


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    deadline = time.monotonic() + 5
    while any(thread.name == "rewardlang-batching" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_caller_alone_runs_in_its_own_thread() -> None:
    threads = []

    def run(samples: Sequence[int]) -> Sequence[int]:
        threads.append(threading.current_thread())
        return samples

    assert Batching(run)(3) == 3
    assert threads == [threading.current_thread()]


def test_threads_are_answered_each_with_its_own() -> None:
    run = Doubling(0.005)
    batching = Batching(run)
    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(batching, range(256))) == [2 * i for i in range(256)]
    assert len(run.batches) < 64


def test_tasks_are_answered_each_with_its_own() -> None:
    run = Doubling(0.005)
    batching = Batching(run)

    async def main() -> list[int]:
        return await asyncio.gather(*(batching.ask(i) for i in range(256)))

    assert asyncio.run(main()) == [2 * i for i in range(256)]
    assert len(run.batches) < 10


def test_a_batch_has_no_more_than_it_may() -> None:
    run = Doubling(0.002)
    batching = Batching(run, most=16)

    async def main() -> None:
        await asyncio.gather(*(batching.ask(i) for i in range(100)))

    asyncio.run(main())
    assert max(run.batches) == 16
    assert sum(run.batches) == 100


def test_loops_and_threads_share_one_queue() -> None:
    batching = Batching(Doubling(0.001))

    def loop(start: int) -> list[int]:
        async def main() -> list[int]:
            return await asyncio.gather(*(batching.ask(start + i) for i in range(50)))

        return asyncio.run(main())

    with ThreadPoolExecutor(12) as pool:
        loops = [pool.submit(loop, 100 * i) for i in range(4)]
        plain = [pool.submit(batching, i) for i in range(200)]
        assert [future.result() for future in plain] == [2 * i for i in range(200)]
        assert [future.result() for future in loops] == [[200 * i + 2 * k for k in range(50)] for i in range(4)]


def test_an_event_loop_is_not_blocked() -> None:
    batching = Batching(Doubling(0.2))

    async def main() -> int:
        asked = asyncio.ensure_future(batching.ask(1))
        beats = 0
        while not asked.done():
            await asyncio.sleep(0.01)
            beats += 1
        return beats

    assert asyncio.run(main()) >= 5


@pytest.mark.parametrize("bad", [(0,), (31,), (5, 6, 20)])
def test_a_sample_that_fails_fails_alone(bad: tuple[int, ...]) -> None:
    batching = Batching(Doubling())
    samples = [-i - 1 if i in bad else i for i in range(32)]

    async def main() -> list[int | BaseException]:
        return await asyncio.gather(*(batching.ask(i) for i in samples), return_exceptions=True)

    told = asyncio.run(main())
    assert [i for i, answer in enumerate(told) if isinstance(answer, ValueError)] == list(bad)
    assert [told[i].args for i in bad] == [(-i - 1,) for i in bad]  # type: ignore[union-attr]
    assert all(answer == 2 * i for i, answer in enumerate(told) if i not in bad)


def test_a_caller_alone_gets_its_own_failure_and_the_next_is_served() -> None:
    batching = Batching(Doubling())
    with pytest.raises(ValueError, match="-1"):
        batching(-1)
    assert batching(4) == 8


def test_a_wrong_number_of_results_is_no_answer() -> None:
    batching = Batching(lambda samples: list(samples)[:-1])

    async def main() -> list[int | BaseException]:
        return await asyncio.gather(*(batching.ask(i) for i in range(3)), return_exceptions=True)

    assert [type(told) for told in asyncio.run(main())] == [RuntimeError] * 3


def test_callers_that_give_up_disturb_nobody() -> None:
    run = Doubling(0.02)
    batching = Batching(run, most=4)

    async def patient(i: int) -> int:
        return await batching.ask(i)

    async def impatient(i: int) -> int:
        return await asyncio.wait_for(batching.ask(i), 0.03)

    async def main() -> list[int | BaseException]:
        return await asyncio.gather(*(patient(i) if i % 2 else impatient(i) for i in range(40)), return_exceptions=True)

    told = asyncio.run(main())
    assert all(told[i] == 2 * i for i in range(1, 40, 2))
    assert any(isinstance(answer, TimeoutError) for answer in told)


def test_all_waiting_callers_may_give_up() -> None:
    batching = Batching(Doubling(0.05))

    async def main() -> None:
        running = asyncio.ensure_future(batching.ask(1))
        await asyncio.sleep(0.01)
        waiting = [asyncio.ensure_future(batching.ask(i)) for i in range(5)]
        await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        assert await running == 2

    asyncio.run(main())
    assert batching(7) == 14


def test_a_loop_that_ends_early_leaves_the_queue_to_others() -> None:
    batching = Batching(Doubling(0.05))

    async def leaves() -> None:
        for i in range(4):
            asyncio.ensure_future(batching.ask(i))  # noqa: RUF006 - it is abandoned
        await asyncio.sleep(0.01)

    asyncio.run(leaves())
    assert batching(5) == 10


def _slow(samples: Sequence[int]) -> list[int]:
    time.sleep(0.3)
    return [2 * sample for sample in samples]


def _in_child(batching: Batching[int, int], told: multiprocessing.queues.Queue[int]) -> None:  # type: ignore[name-defined]
    told.put(batching(21))


@pytest.mark.filterwarnings("ignore:.*fork.*")
def test_a_fork_amid_work_has_a_queue_of_its_own() -> None:
    batching = Batching(_slow)
    busy = threading.Thread(target=batching, args=(1,))
    busy.start()
    time.sleep(0.05)
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    child = context.Process(target=_in_child, args=(batching, told))
    child.start()
    assert told.get(timeout=10) == 42
    child.join(10)
    busy.join()
