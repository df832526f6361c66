"""A few workers that share the requests of all callers.

Each worker has a thread that hands it small batches and takes the replies. One that is silent for longer than the
limit is killed: the request that it was at is undecided, the rest of its batch goes to its successor. One that ends
for another reason (someone killed it; the request crashed it) gives its request a second chance.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rewardlang.workers.process import GoneError, Worker, WorkerError

if TYPE_CHECKING:
    from collections.abc import Sequence

UNDECIDED = object()
"""The answer to a request that took too long, or that ends its worker."""

BATCH = 32
"""Requests in one message at most."""

SHARE = 8
"""So many requests are worth one more worker."""

CHANCES = 2
"""How many workers one request may end, other than by taking too long."""


@dataclass(eq=False)
class _Call:
    """The requests of one caller, with what has come back."""

    answers: list[Any]
    missing: int
    done: threading.Event = field(default_factory=threading.Event)
    error: WorkerError | None = None
    withdrawn: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def finish(self, place: int, answer: Any) -> None:
        with self.lock:
            self.answers[place] = answer
            self.missing -= 1
        if not self.missing:
            self.done.set()

    def fail(self, error: WorkerError) -> None:
        self.error = error
        self.done.set()


@dataclass(eq=False)
class _Job:
    call: _Call
    place: int
    request: Any
    chances: int = CHANCES


class Pool:
    """Workers of one kind. `ask` may be called by many threads at once."""

    def __init__(self, module: str, processes: int, seconds: float) -> None:
        self._module = module
        self._processes = processes
        self._seconds = seconds
        self._changed = threading.Condition()
        self._waiting: deque[_Job] = deque()
        self._threads = 0
        self._workers: set[Worker] = set()
        self._retired = False

    def ask(self, requests: Sequence[Any]) -> list[Any]:
        """Give the answer to each request, `UNDECIDED` where there is none.

        Raises:
            WorkerError: The workers cannot be started.
        """
        if not requests:
            return []
        call = _Call([UNDECIDED] * len(requests), len(requests))
        try:
            with self._changed:
                self._waiting.extend(_Job(call, place, request) for place, request in enumerate(requests))
                self._hire()
                self._changed.notify_all()
            call.done.wait()
        except BaseException:
            # An interrupt: nobody waits for the rest of the answers any more.
            self._withdraw(call)
            raise
        if call.error is not None:
            raise call.error
        return call.answers

    def retire(self) -> None:
        """End the workers when they have answered what was asked."""
        with self._changed:
            self._retired = True
            self._changed.notify_all()

    def kill(self) -> None:
        """End the workers at once, at the end of the program."""
        with self._changed:
            workers = list(self._workers)
        for worker in workers:
            worker.kill()

    def abandon(self) -> None:
        """Forget the workers, which are another process's (after a fork)."""
        for worker in self._workers:
            worker.abandon()

    def _hire(self) -> None:
        wanted = min(self._processes, -(-len(self._waiting) // SHARE))
        for _ in range(wanted - self._threads):
            self._threads += 1
            threading.Thread(target=self._work, name="rewardlang-worker", daemon=True).start()

    def _withdraw(self, call: _Call) -> None:
        with self._changed:
            call.withdrawn = True
            self._waiting = deque(job for job in self._waiting if job.call is not call)

    def _take(self) -> list[_Job]:
        """The next few requests, waiting for them; none when there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._retired)
            if not self._waiting:
                self._threads -= 1
                return []
            size = min(BATCH, -(-len(self._waiting) // (2 * self._processes)))
            return [self._waiting.popleft() for _ in range(size)]

    def _work(self) -> None:
        worker: Worker | None = None
        while jobs := self._take():
            try:
                worker = worker or self._start()
                worker = self._answer(worker, jobs)
            except Exception as error:  # noqa: BLE001 - whatever it is, callers must not wait for ever
                self._fail(jobs, error if isinstance(error, WorkerError) else WorkerError(repr(error)))
                worker = None
        if worker:
            self._drop(worker)

    def _start(self) -> Worker:
        try:
            worker = Worker(self._module, self._seconds)
        except OSError as error:
            raise WorkerError(str(error)) from error
        with self._changed:
            self._workers.add(worker)
        try:
            worker.ready()
        except WorkerError:
            self._drop(worker)
            raise
        return worker

    def _answer(self, worker: Worker, jobs: list[_Job]) -> Worker | None:
        """Have the jobs answered; the worker, None where it is no more."""
        weary = False
        place = 0
        try:
            worker.send([job.request for job in jobs])
            for place, job in enumerate(jobs):  # noqa: B007 - it tells how far it came
                answer, weary = worker.receive(self._seconds)
                job.call.finish(job.place, answer)
        except TimeoutError:
            jobs[place].chances = 0
            self._survive(worker, jobs[place:])
            return None
        except GoneError:
            jobs[place].chances -= 1
            self._survive(worker, jobs[place:])
            return None
        if weary:
            self._drop(worker)
        return None if weary else worker

    def _survive(self, worker: Worker, jobs: list[_Job]) -> None:
        """The worker has failed at the first of these jobs."""
        self._drop(worker)
        if not jobs[0].chances:
            jobs[0].call.finish(jobs[0].place, UNDECIDED)
            jobs = jobs[1:]
        with self._changed:
            self._waiting.extendleft(job for job in reversed(jobs) if not job.call.withdrawn)
            self._changed.notify_all()

    def _drop(self, worker: Worker) -> None:
        with self._changed:
            self._workers.discard(worker)
        worker.kill()

    def _fail(self, jobs: list[_Job], error: WorkerError) -> None:
        """Without workers no request is answered, nor any that waits."""
        with self._changed:
            jobs = [*jobs, *self._waiting]
            self._waiting.clear()
        for job in jobs:
            job.call.fail(error)
