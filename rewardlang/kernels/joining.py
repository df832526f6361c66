"""Lists of texts joined into one text each, and positions in code points, to and from parts of texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Rows,
    bytes_in_range,
    compiled,
    copy_bytes,
    fixed,
    load_byte,
    popcount,
)
from rewardlang.kernels.text import count_characters, one_text

_ROOM = 64
"""Zero bytes after the last text, as much as any kernel reads at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Lists of texts, each laid end to end with a separator between its entries.

    Shapes: `entries`: the entries in their new place, one a row; `rows`: each list as one text.
    """

    entries: Texts
    rows: Texts


def join(offsets: Rows, parts: Texts, separator: bytes) -> Joined:
    """Join the entries of each list as `separator.join(list)`.

    Shapes: offsets int64[rows + 1] into parts.
    """
    one = one_text(separator)
    total = int((parts.ends - parts.starts).sum()) + len(separator) * len(parts)
    buffer = np.empty(total + _ROOM, dtype=np.uint8)
    starts, ends, bounds = _join(
        parts.buffer, parts.starts, parts.ends, fixed(offsets), one.buffer, len(separator), buffer
    )
    return Joined(Texts(buffer, starts, ends), Texts(buffer, bounds[:-1], bounds[1:]))


@compiled
def _join(
    source: Bytes, starts: Rows, ends: Rows, offsets: Rows, separator: Bytes, size: int, target: Bytes
) -> tuple[Rows, Rows, Rows]:
    froms = np.empty(starts.size, dtype=np.int64)
    tos = np.empty(starts.size, dtype=np.int64)
    bounds = np.zeros(offsets.size, dtype=np.int64)
    at = 0
    for row in range(offsets.size - 1):
        for part in range(offsets[row], offsets[row + 1]):
            if part > offsets[row]:
                copy_bytes(target, at, separator, 0, size)
                at += size
            froms[part] = at
            copy_bytes(target, at, source, starts[part], ends[part] - starts[part])
            at += ends[part] - starts[part]
            tos[part] = at
        bounds[row + 1] = at
    target[at:] = 0
    return froms, tos, bounds


@compiled
def _skip(buffer: Bytes, at: int, end: int, characters: int) -> int:
    """Give the place `characters` code points after `at`, at most `end`."""
    while characters > 0 and at < end:
        at += 1
        while at < end and load_byte(buffer, at) & 0xC0 == 0x80:
            at += 1
        characters -= 1
    return at


@compiled
def _back(buffer: Bytes, start: int, at: int, characters: int) -> int:
    """Give the place `characters` code points before `at`, at least `start`."""
    while at - start >= LANES:
        passed = LANES - popcount(bytes_in_range(buffer, at - LANES, 0x80, 0xBF))
        # With one more to go the next step ends at the beginning of a character.
        if passed >= characters:
            break
        at -= LANES
        characters -= passed
    while characters > 0 and at > start:
        at -= 1
        while at > start and load_byte(buffer, at) & 0xC0 == 0x80:
            at -= 1
        characters -= 1
    return at


@compiled
def _place(buffer: Bytes, start: int, end: int, characters: int) -> int:
    """Give the place of a code point, of a negative one counted from the end."""
    return _skip(buffer, start, end, characters) if characters >= 0 else _back(buffer, start, end, -characters)


@compiled
def _slice(buffer: Bytes, starts: Rows, ends: Rows, first: int, last: int) -> tuple[Rows, Rows]:
    froms = np.empty(starts.size, dtype=np.int64)
    tos = np.empty(starts.size, dtype=np.int64)
    for row in range(starts.size):
        start, end = starts[row], ends[row]
        froms[row] = _place(buffer, start, end, first)
        to = end if last >= end - start else _place(buffer, start, end, last)
        tos[row] = max(froms[row], to)
    return froms, tos


def cut(texts: Texts, first: int, last: int) -> Texts:
    """Give the code points `first` up to `last` of each row; negative ones count from the end, as in `text[a:b]`."""
    return texts.within(*_slice(texts.buffer, texts.starts, texts.ends, first, last))


@compiled
def _positions(buffer: Bytes, starts: Rows, offsets: Rows, froms: Rows, tos: Rows) -> tuple[Rows, Rows]:
    first = np.empty(froms.size, dtype=np.int64)
    last = np.empty(froms.size, dtype=np.int64)
    for row in range(starts.size):
        at = starts[row]
        count = 0
        for part in range(offsets[row], offsets[row + 1]):
            first[part] = count + count_characters(buffer, at, froms[part])
            last[part] = first[part] + count_characters(buffer, froms[part], tos[part])
            at, count = tos[part], last[part]
    return first, last


def positions(texts: Texts, offsets: Rows, parts: Texts) -> tuple[Rows, Rows]:
    """Give where each part begins and ends in its row, in code points.

    Shapes: offsets int64[rows + 1] into parts, which share the buffer and stand in order without overlap.
    """
    return _positions(texts.buffer, texts.starts, fixed(offsets), parts.starts, parts.ends)
