"""The side of a worker: answer requests from standard input until it ends, and never outlive the caller.

A thread reads the requests: where the pipe ends, the process does, whatever it is doing. Code in C can keep that
thread from running, so each request also arms a timer of the operating system, which kills without asking Python.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rewardlang.workers.frames import read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEMORY = 4 * 2**30
"""Bytes of address space: what asks for more fails, and takes no machine down."""

WEARY = 2**30
"""Bytes at the peak after which a worker asks for its successor, where the system tells it."""

GRACE = 1.0
"""Seconds beyond the caller's own limit: the caller kills first, where it still lives."""


def serve(load: Callable[[], Callable[[Any], Any]], seconds: float) -> None:
    """Say that `load` is done, then answer each request of each batch: `[value, whether it wants a successor]`."""
    replies = _own_output()
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The caller decides what an interrupt stops.
    _bound_memory()
    try:
        answer = load()
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller has to tell it
        write_frame(replies, f"{type(error).__name__}: {error}")
        return
    write_frame(replies, None)
    for request in _each(requests):
        _arm(seconds + GRACE)
        value = answer(request)
        _arm(0)
        write_frame(replies, [value, _peak() > WEARY])


def _own_output() -> BinaryIO:
    """Standard output for the replies alone: what a library prints goes nowhere."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return replies


def _listen(requests: queue.SimpleQueue[Any]) -> None:
    pipe = sys.stdin.buffer
    while True:
        try:
            requests.put(read_frame(pipe))
        except EOFError:
            os._exit(0)


def _each(batches: queue.SimpleQueue[Any]) -> Iterator[Any]:
    while True:
        yield from batches.get()


def _arm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _bound_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, OSError, ValueError):
        return  # Not every system has such limits, or lets them be set.


def _peak() -> int:
    """The most bytes that this program took, 0 where that is not known.

    Not what `getrusage` says: there a process begins with the peak of the one that started it.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return 0
