"""What is made of a text once and needed again, such as the tokens of a reference: kept across calls, within a bound.

All metrics share one cache, and with it one bound; what was asked for longest ago goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rewardlang.kernels.hashing import hash64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewardlang.columns.texts import Texts

MEGABYTE = 1 << 20
_ENTRY = 256
"""What an entry takes beside its arrays, in bytes."""

Kept = TypeVar("Kept", bound="np.ndarray[Any, Any] | tuple[np.ndarray[Any, Any], ...]")


class Cache:
    """Arrays by kind and text, for several threads at once."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size = limit, 0
        self._entries: OrderedDict[tuple[str, int], tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._size

    def limit(self, size: int) -> None:
        """Keep at most `size` bytes from now on."""
        with self._lock:
            self._limit = size
            self._shrink()

    def clear(self) -> None:
        """Keep nothing of what there is."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def each(self, kind: str, texts: Texts, make: Callable[[Texts], Sequence[Kept]]) -> list[Kept]:
        """What `make` gives for each row, from the cache where it is known; the other rows are made together.

        Equal rows share a result: ask for distinct rows, or they are made more than once. `kind` names all that the
        result depends on beside the text. Texts are told apart by 64 bits, which nobody outside can choose.
        """
        keys = [(kind, code) for code in hash64(texts).tolist()]
        found: dict[int, Any] = {}
        with self._lock:
            for row, key in enumerate(keys):
                entry = self._entries.get(key)
                if entry is not None:
                    self._entries.move_to_end(key)
                    found[row] = entry[0]
        others = [row for row in range(len(keys)) if row not in found]
        if others:
            made = make(texts.take(np.array(others, dtype=np.int64)))
            found.update(zip(others, made, strict=True))
            self._keep([(keys[row], found[row]) for row in others])
        return [found[row] for row in range(len(keys))]

    def _keep(self, entries: Sequence[tuple[tuple[str, int], Any]]) -> None:
        with self._lock:
            for key, value in entries:
                arrays = value if isinstance(value, tuple) else (value,)
                size = _ENTRY + sum(array.nbytes for array in arrays)
                known = self._entries.pop(key, None)
                self._size += size - (known[1] if known is not None else 0)
                self._entries[key] = value, size
            self._shrink()

    def _shrink(self) -> None:
        while self._size > self._limit:
            self._size -= self._entries.popitem(last=False)[1][1]


REFERENCES = Cache(256 * MEGABYTE)
"""The cache of all metrics."""


def limit_cache(megabytes: float) -> None:
    """Keep at most so much of what is made of references across calls, in this process; 0 keeps nothing."""
    if not megabytes >= 0:
        raise ValueError(f"megabytes must be 0 or more, but is {megabytes}")
    REFERENCES.limit(int(megabytes * MEGABYTE))
