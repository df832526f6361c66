"""Threads for what kernels do: these release the interpreter's lock, so that parts overlap on all cores."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    Rows = npt.NDArray[np.int64]

LEAST = 250_000
"""Nanoseconds that a part takes at least: another core wakes in a quarter of them."""
_here = threading.local()


@cache
def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def pool() -> ThreadPoolExecutor:
    """The threads, one a core."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="rewardlang", initializer=_enter)


def _enter() -> None:
    _here.inside = True


if hasattr(os, "register_at_fork"):
    # A child has none of its parent's threads, and would wait for them.
    os.register_at_fork(after_in_child=pool.cache_clear)


def in_parts_of(starts: Rows, ends: Rows, nanoseconds: float, work: Callable[[int, int], object]) -> None:
    """As `in_parts`, for the rows of a column of texts, of which each byte takes so long."""
    in_parts(len(starts), nanoseconds * int((ends - starts).sum()), work)


def in_parts(rows: int, nanoseconds: float, work: Callable[[int, int], object]) -> None:
    """Call `work(first, last)` for parts of the rows, several at a time where all of it takes about that long.

    In a thread of the pool all is one part: others do theirs.
    """
    count = min(cores(), rows, int(nanoseconds / LEAST))
    if count < 2 or getattr(_here, "inside", False):
        work(0, rows)
        return
    own, *rest = pairwise(rows * part // count for part in range(count + 1))
    others = [(part, pool().submit(work, *part)) for part in rest]
    work(*own)
    for part, other in others:
        # What no thread has begun, as where the other cores are busy, is done here.
        if other.cancel():
            work(*part)
        else:
            other.result()
