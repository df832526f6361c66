"""Many callers with one sample each, scored together.

Whoever calls while nobody else is being served runs at once, in its own thread. Whoever comes meanwhile waits in a
queue, which a thread takes as one batch when the running call ends; that thread lives as long as the queue. So a batch
is as large as the work at hand, and nobody waits for company. Callers may be threads and tasks of any event loops; one
that gives up (cancelled, timed out) leaves its sample behind and disturbs no other.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

S = TypeVar("S")
R = TypeVar("R")

MOST = 256
"""Samples a call: beyond it batches gain little, and the first compilation of a larger shape is not worth it."""
COLLECT = 0.002
"""Seconds that the thread waits at most for a fuller batch, while callers keep coming."""

_known: weakref.WeakSet[Batching[object, object]] = weakref.WeakSet()


class Batching(Generic[S, R]):
    """Calls `run`, a function of a list that gives a list, for callers that have one sample each.

    An exception of `run` is that of the samples which cause it: the batch is halved until they stand alone.
    """

    def __init__(self, run: Callable[[Sequence[S]], Sequence[R]], most: int = MOST, collect: float = COLLECT) -> None:
        self._run, self._most, self._collect = run, most, collect
        self._reset()
        _known.add(self)  # type: ignore[arg-type] # of any samples and results

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[S, Future[R]]] = deque()
        self._busy = self._served = False

    def __call__(self, sample: S) -> R:
        """The result of a sample; blocks the thread."""
        with self._changed:
            direct = not (self._busy or self._waiting)
            self._busy = self._busy or direct
        if not direct:
            return self._queued(sample).result()
        try:
            return self._run([sample])[0]
        finally:
            self._release()

    async def ask(self, sample: S) -> R:
        """The result of a sample; blocks no event loop."""
        return await asyncio.wrap_future(self._queued(sample))

    def _queued(self, sample: S) -> Future[R]:
        answer: Future[R] = Future()
        with self._changed:
            self._waiting.append((sample, answer))
            starts, self._served = not self._served, True
            self._changed.notify_all()
        if starts:
            threading.Thread(target=self._serve, name="rewardlang-batching").start()
        return answer

    def _release(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def _serve(self) -> None:
        """Runs batches until the queue is empty."""
        while batch := self._next():
            try:
                self._answer(batch)
            finally:
                self._release()

    def _next(self) -> list[tuple[S, Future[R]]]:
        """The next batch, without those who have given up; empty, and no longer served, when nobody waits."""
        with self._changed:
            while True:
                while self._busy:
                    self._changed.wait()
                self._gather()
                taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                batch = [entry for entry in taken if entry[1].set_running_or_notify_cancel()]
                self._busy = bool(batch)
                self._served = bool(taken)
                if batch or not taken:
                    return batch

    def _gather(self) -> None:
        """Wait while the queue still grows, for a short time in all."""
        seen, end = 0, time.monotonic() + self._collect
        while seen < len(self._waiting) < self._most and time.monotonic() < end:
            seen = len(self._waiting)
            if not self._changed.wait(self._collect / 4):
                return

    def _answer(self, batch: list[tuple[S, Future[R]]]) -> None:
        try:
            results = list(self._run([sample for sample, _ in batch]))
            if len(results) != len(batch):
                raise RuntimeError(f"{len(results)} results for {len(batch)} samples")  # noqa: TRY301 - told below
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            middle = len(batch) // 2
            self._answer(batch[:middle])
            self._answer(batch[middle:])
            return
        for (_, answer), result in zip(batch, results, strict=True):
            answer.set_result(result)


def _forget() -> None:
    """A forked child has the queue of its parent, but neither its thread nor those who wait."""
    for batching in list(_known):
        batching._reset()  # noqa: SLF001 - of this module


os.register_at_fork(after_in_child=_forget)
