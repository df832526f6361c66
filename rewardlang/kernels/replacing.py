"""Several literals replaced one after the other, in one pass over the rows.

Most rows hold few of the literals: the set of the bytes that a row has, 256 bits, tells which cannot be in it. Rows
that may hold one are rewritten in two scratch buffers in turn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.memory import Bytes, Rows, compiled, copy_bytes, load_byte
from rewardlang.kernels.search import find_first, rare_bytes

Pairs = tuple[tuple[str, str], ...]
Places = npt.NDArray[np.int64]
Sets = npt.NDArray[np.int64]

_ROOM = 128
"""Bytes after what a buffer holds: searching loads 64 at a time, from beyond the end too."""
_EVERYTHING = 512
"""Rows of more bytes are not looked at for the bytes that they have: counting them would cost as much as searching."""


@compiled
def _grown(buffer: Bytes, used: int, needed: int) -> Bytes:
    """A buffer with the same `used` bytes and room for `needed`; the same one where it has that."""
    if needed + _ROOM <= buffer.size:
        return buffer
    larger = np.zeros(2 * needed + _ROOM, dtype=np.uint8)
    larger[:used] = buffer[:used]
    return larger


@compiled
def _collect(buffer: Bytes, start: int, end: int, found: Rows) -> None:
    """Note the bytes that a span has, and those that it already had."""
    for at in range(start, end):
        byte = load_byte(buffer, at)
        found[byte >> 6] |= 1 << (byte & 63)


@compiled
def _possible(needed: Sets, pair: int, found: Rows) -> bool:
    """Whether all bytes of a literal are among those that were found."""
    lacking = needed[pair, 0] & ~found[0] | needed[pair, 1] & ~found[1]
    lacking |= needed[pair, 2] & ~found[2] | needed[pair, 3] & ~found[3]
    return bool(lacking == 0)


@compiled
def _replaced(
    source: Bytes, size: int, target: Bytes, literals: Bytes, places: Places, pair: int, first: int
) -> tuple[Bytes, int]:
    """Write what `source[:size]` is after one replacement, of which the first is at `first`, to the target."""
    old, middle, new = places[pair, 0], places[pair, 1], places[pair, 2]
    rare = rare_bytes(literals, old, middle - old)
    done = 0
    used = 0
    at = first
    while at >= 0:
        target = _grown(target, used, used + at - done + new - middle)
        copy_bytes(target, used, source, done, at - done)
        used += at - done
        copy_bytes(target, used, literals, middle, new - middle)
        used += new - middle
        done = at + middle - old
        at = find_first(source, done, size, literals, old, middle - old, rare)
    target = _grown(target, used, used + size - done)
    copy_bytes(target, used, source, done, size - done)
    return target, used + size - done


@compiled
def _replace_rows(
    buffer: Bytes, starts: Rows, ends: Rows, literals: Bytes, places: Places, needed: Sets
) -> tuple[Bytes, Rows, bool]:
    result = np.zeros((ends - starts).sum() + _ROOM, dtype=np.uint8)
    bounds = np.zeros(starts.size + 1, dtype=np.int64)
    one = np.zeros(1024, dtype=np.uint8)
    other = np.zeros(1024, dtype=np.uint8)
    found = np.empty(4, dtype=np.int64)
    changed = False
    for row in range(starts.size):
        size = ends[row] - starts[row]
        found[:] = -1
        if size <= _EVERYTHING:
            found[:] = 0
            _collect(buffer, starts[row], ends[row], found)
        copied = False
        for pair in range(places.shape[0]):
            if not _possible(needed, pair, found):
                continue
            if not copied:
                one = _grown(one, 0, size)
                copy_bytes(one, 0, buffer, starts[row], size)
                copied = True
            old, length = places[pair, 0], places[pair, 1] - places[pair, 0]
            at = find_first(one, 0, size, literals, old, length, rare_bytes(literals, old, length))
            if at >= 0:
                other, size = _replaced(one, size, other, literals, places, pair, at)
                one, other = other, one
                _collect(literals, places[pair, 1], places[pair, 2], found)
                changed = True
        used = bounds[row]
        result = _grown(result, used, used + size)
        if copied:
            copy_bytes(result, used, one, 0, size)
        else:
            copy_bytes(result, used, buffer, starts[row], size)
        bounds[row + 1] = used + size
    result[bounds[-1] :] = 0
    return result, bounds, changed


def replace_in_turn(texts: Texts, pairs: Pairs) -> Texts:
    """Replace the first literal of each pair by the second, in the order of the pairs, as `str.replace` does.

    Shapes: pairs: none has an empty first literal.
    """
    buffer, bounds, changed = _replace_rows(texts.buffer, texts.starts, texts.ends, *_tables(pairs))
    return Texts(buffer, bounds[:-1], bounds[1:]) if changed else texts


@lru_cache(maxsize=256)
def _tables(pairs: Pairs) -> tuple[Any, Any, Any]:
    """The literals, where each pair of them stands, and the sets of the bytes that the first ones need."""
    literals = b""
    places = np.empty((len(pairs), 3), np.int64)
    needed = np.zeros((len(pairs), 256), np.uint8)
    for pair, (old, new) in enumerate(pairs):
        places[pair] = np.cumsum([len(literals), len(old.encode()), len(new.encode())])
        needed[pair, list(old.encode())] = 1
        literals += old.encode() + new.encode()
    sets = np.packbits(needed, axis=1, bitorder="little").view("<i8").astype(np.int64)
    tables = (np.frombuffer(literals + bytes(_ROOM), np.uint8), places, sets)
    for table in tables:
        table.setflags(write=False)
    return tables
