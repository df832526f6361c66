"""One worker process, from the caller's side."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from typing import Any, BinaryIO, cast

import msgspec

from rewardlang.workers.frames import read_frame, write_frame

STARTING = 120.0
"""Seconds in which a worker must have imported what it needs: a loaded machine is slow, not broken."""


class WorkerError(Exception):
    """A worker could not be started; says why."""


class GoneError(Exception):
    """The process has ended."""


class Worker:
    """A process that answers batches of requests in their order.

    It is another program, started and never forked: threads of the caller, such as JAX's, do not matter to it.
    """

    def __init__(self, module: str, seconds: float) -> None:
        # Its modules are looked for where the caller's are, and not in the working folder (`-P`).
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of this package
            [sys.executable, "-P", "-m", module, str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": paths},
        )
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def ready(self) -> None:
        """Wait until it can answer.

        Raises:
            WorkerError: It cannot.
        """
        try:
            fault = self.receive(STARTING)
        except (TimeoutError, GoneError):
            fault = "it ended, or did not get ready in time"
        if fault is not None:
            self.kill()
            raise WorkerError(fault)

    def send(self, batch: list[Any]) -> None:
        """Hand over requests; only when all of earlier ones are answered, so that the pipe cannot be full."""
        try:
            write_frame(cast("BinaryIO", self._process.stdin), batch)
        except (OSError, ValueError) as error:
            raise GoneError from error

    def receive(self, seconds: float) -> Any:
        """Give the next reply.

        Raises:
            TimeoutError: There is none in time.
            GoneError: There will be none.
        """
        try:
            reply = self._replies.get(timeout=seconds)
        except queue.Empty as error:
            raise TimeoutError from error
        if isinstance(reply, GoneError):
            raise reply
        return reply

    def kill(self) -> None:
        """End the process at once, whatever it is doing, and leave nothing of it."""
        self._process.kill()
        self._process.wait()
        self.abandon()

    def abandon(self) -> None:
        """Close the pipe without ending the process: it belongs to another one (a parent, after a fork)."""
        cast("BinaryIO", self._process.stdin).close()

    def _read(self) -> None:
        pipe = cast("BinaryIO", self._process.stdout)
        with os.fdopen(os.dup(pipe.fileno()), "rb") as replies:
            pipe.close()
            try:
                while True:
                    self._replies.put(read_frame(replies))
            except (EOFError, OSError, ValueError, msgspec.MsgspecError):
                self._replies.put(GoneError())
