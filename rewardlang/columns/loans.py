"""Arrays whose memory is used again.

A batch writes megabytes of new arrays and drops them; the system then clears each page anew, which costs more than the
parse that fills it. So memory comes back here when the last view of an array is gone, and the next batch gets it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_KEPT = 1 << 24  # bytes kept for later, of each power of two, at most
_SMALLEST = 1 << 12
_free: dict[int, list[npt.NDArray[np.uint8]]] = {}


class _Loan:
    """What keeps an array's memory from being used again: every view of the array holds it."""

    def __init__(self, memory: npt.NDArray[np.uint8]) -> None:
        self._memory = memory

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self._memory.__array_interface__

    def __del__(self) -> None:
        if _free is None:  # the interpreter is going down
            return
        kept = _free.setdefault(self._memory.size, [])
        if (len(kept) + 1) * self._memory.size <= _KEPT:
            kept.append(self._memory)


def _memory(size: int) -> npt.NDArray[np.uint8]:
    try:
        return _free[size].pop()
    except LookupError:
        return np.empty(size, np.uint8)


def borrow(count: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An uninitialised array of `count` items; its memory is used again when no view of it is left."""
    item = np.dtype(dtype)
    size = max(_SMALLEST, 1 << (count * item.itemsize - 1).bit_length())
    return np.asarray(_Loan(_memory(size)))[: count * item.itemsize].view(item)
