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
from abc import ABC, abstractmethod
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

S = TypeVar("S")
R = TypeVar("R")

MOST = 256
"""Samples a call: beyond it batches gain little, and the first compilation of a larger shape is not worth it."""
COLLECT = 0.002
"""Seconds that the thread waits at most for a fuller batch, while callers keep coming."""

_known: weakref.WeakSet[Batching[object, object]] = weakref.WeakSet()


class _Waiting(ABC, Generic[S, R]):
    """A sample, and whoever waits for its result."""

    def __init__(self, sample: S) -> None:
        self.sample = sample

    @abstractmethod
    def begin(self) -> bool:
        """Whether anybody still waits; from here on nobody can leave unseen."""

    @abstractmethod
    def end(self, result: R | None, error: BaseException | None) -> tuple[Any, Callable[[], None]] | None:
        """Give the result; or, where that belongs to an event loop, the loop and what is to be done there."""


class _Thread(_Waiting[S, R]):
    """A thread waits."""

    def __init__(self, sample: S) -> None:
        super().__init__(sample)
        self.answer: Future[R] = Future()

    def begin(self) -> bool:
        return self.answer.set_running_or_notify_cancel()

    def end(self, result: R | None, error: BaseException | None) -> None:
        if error is not None:
            self.answer.set_exception(error)
        else:
            self.answer.set_result(cast("R", result))


class _Task(_Waiting[S, R]):
    """A task of an event loop waits."""

    def __init__(self, sample: S) -> None:
        super().__init__(sample)
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[R] = self._loop.create_future()

    def begin(self) -> bool:
        return not self.answer.cancelled()

    def end(self, result: R | None, error: BaseException | None) -> tuple[Any, Callable[[], None]]:
        return self._loop, lambda: self._set(result, error)

    def _set(self, result: R | None, error: BaseException | None) -> None:
        if self.answer.done():
            return
        if error is not None:
            self.answer.set_exception(error)
        else:
            self.answer.set_result(cast("R", result))


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
        self._waiting: deque[_Waiting[S, R]] = deque()
        self._busy = self._served = False

    def __call__(self, sample: S) -> R:
        """The result of a sample; blocks the thread."""
        with self._changed:
            direct = not (self._busy or self._waiting)
            self._busy = self._busy or direct
        if not direct:
            waiting = _Thread[S, R](sample)
            self._queue(waiting)
            return waiting.answer.result()
        try:
            return self._run([sample])[0]
        finally:
            self._release()

    async def ask(self, sample: S) -> R:
        """The result of a sample; blocks no event loop."""
        waiting = _Task[S, R](sample)
        self._queue(waiting)
        return await waiting.answer

    def _queue(self, waiting: _Waiting[S, R]) -> None:
        with self._changed:
            self._waiting.append(waiting)
            starts, self._served = not self._served, True
            # The thread looks by itself whether the queue has grown: to be woken for each sample would cost more.
            if len(self._waiting) >= self._most:
                self._changed.notify_all()
        if starts:
            threading.Thread(target=self._serve, name="rewardlang-batching").start()

    def _release(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def _serve(self) -> None:
        """Runs batches until the queue is empty."""
        while batch := self._next():
            try:
                self._finish(self._answers(batch))
            finally:
                self._release()

    def _next(self) -> list[_Waiting[S, R]]:
        """The next batch, without those who have given up; empty, and no longer served, when nobody waits."""
        with self._changed:
            while True:
                while self._busy:
                    self._changed.wait()
                self._gather()
                taken = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                batch = [waiting for waiting in taken if waiting.begin()]
                self._busy = bool(batch)
                self._served = bool(taken)
                if batch or not taken:
                    return batch

    def _gather(self) -> None:
        """Wait while the queue still grows, for a short time in all."""
        seen, end = 0, time.monotonic() + self._collect
        while seen < len(self._waiting) < self._most and time.monotonic() < end:
            seen = len(self._waiting)
            self._changed.wait(self._collect / 4)

    def _answers(self, batch: list[_Waiting[S, R]]) -> list[tuple[_Waiting[S, R], R | None, BaseException | None]]:
        try:
            results = list(self._run([waiting.sample for waiting in batch]))
            if len(results) != len(batch):
                raise RuntimeError(f"{len(results)} results for {len(batch)} samples")  # noqa: TRY301 - told below
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            if len(batch) == 1:
                return [(batch[0], None, error)]
            middle = len(batch) // 2
            return self._answers(batch[:middle]) + self._answers(batch[middle:])
        return [(waiting, result, None) for waiting, result in zip(batch, results, strict=True)]

    @staticmethod
    def _finish(answers: list[tuple[_Waiting[S, R], R | None, BaseException | None]]) -> None:
        """Tell everybody; each event loop is woken once."""
        loops: dict[Any, list[Callable[[], None]]] = {}
        for waiting, result, error in answers:
            there = waiting.end(result, error)
            if there is not None:
                loops.setdefault(there[0], []).append(there[1])
        for loop, steps in loops.items():
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(_all, steps)


def _all(steps: list[Callable[[], None]]) -> None:
    for step in steps:
        step()


def _forget() -> None:
    """A forked child has the queue of its parent, but neither its thread nor those who wait."""
    for batching in list(_known):
        batching._reset()  # noqa: SLF001 - of this module


os.register_at_fork(after_in_child=_forget)
