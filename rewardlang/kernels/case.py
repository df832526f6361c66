"""Lower and upper case, exactly as Python's, by a table of the characters that become one other character.

The few others (a capital sigma at the end of a word, `\u00df` as `SS`, ...) send their row to Python.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.characters import character, character_size, put_character
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Rows,
    bytes_in_range,
    compiled,
    load_byte,
    low_bits,
    trailing_zeros,
)

Codes = npt.NDArray[np.int32]

_FLIP = 0x20
"""The bit that tells the two cases of an ASCII letter apart."""

_LIMIT = 0x1E960
"""No character from here on has case."""

_SIGMA = 0x3A3
_SPECIAL = -1


@lru_cache(maxsize=2)
def _table(upper: bool) -> Codes:
    """Give the other case of each character below the limit: a code point, or `_SPECIAL` where it is no single one."""
    convert = str.upper if upper else str.lower
    others = [convert(chr(code)) for code in range(_LIMIT)]
    table = np.array([ord(other) if len(other) == 1 else _SPECIAL for other in others], dtype=np.int32)
    if not upper:
        table[_SIGMA] = _SPECIAL
    table.setflags(write=False)
    return table


@compiled
def _ascii_end(buffer: Bytes, at: int, end: int) -> int:
    """Give the first place from `at` on that is not ASCII, `end` if there is none."""
    while at < end:
        wide = bytes_in_range(buffer, at, 0x80, 0xFF) & low_bits(end - at)
        if wide != 0:
            return at + trailing_zeros(wide)
        at += LANES
    return end


@compiled
def _other(code: int, table: Codes) -> int:
    return int(table[code]) if code < table.size else code


@compiled
def _measure(buffer: Bytes, starts: Rows, ends: Rows, low: int, table: Codes) -> tuple[Rows, bool]:
    """Give each row's size in the other case, `_SPECIAL` where only Python knows; and whether anything changes."""
    sizes = np.empty(starts.size, dtype=np.int64)
    changes = 0
    for row in range(starts.size):
        end = ends[row]
        for at in range(starts[row], end, LANES):
            changes |= bytes_in_range(buffer, at, low, low + 25) & low_bits(end - at)
        at = starts[row]
        size = 0
        while at < end:
            stop = _ascii_end(buffer, at, end)
            size += stop - at
            at = stop
            if at < end:
                code, width = character(buffer, at)
                other = _other(code, table)
                changes |= other ^ code
                if other == _SPECIAL:
                    size = _SPECIAL
                    break
                size += character_size(other)
                at += width
        sizes[row] = size
    return sizes, changes != 0


@compiled
def _convert_rows(
    buffer: Bytes, starts: Rows, ends: Rows, low: int, table: Codes, sizes: Rows, target: Bytes, places: Rows
) -> None:
    """Write the rows to their places in the target, except those whose size is `_SPECIAL`."""
    for row in range(starts.size):
        at = starts[row]
        place = places[row]
        while sizes[row] != _SPECIAL and at < ends[row]:
            stop = _ascii_end(buffer, at, ends[row])
            for offset in range(stop - at):
                byte = load_byte(buffer, at + offset)
                # An unsigned index needs no test for a negative one, so that the loop becomes vector instructions.
                target[np.uint64(place + offset)] = byte ^ (_FLIP if low <= byte <= low + 25 else 0)
            place += stop - at
            at = stop
            if at < ends[row]:
                code, width = character(buffer, at)
                place = put_character(target, place, _other(code, table))
                at += width


def _convert(texts: Texts, *, upper: bool) -> Texts:
    low = ord("a" if upper else "A")
    table = _table(upper)
    sizes, changes = _measure(texts.buffer, texts.starts, texts.ends, low, table)
    if not changes:
        return texts
    rows = np.flatnonzero(sizes == _SPECIAL)
    others = Texts.of([text.upper() if upper else text.lower() for text in texts.take(rows).to_list()])
    ends = np.cumsum(np.maximum(sizes, 0), dtype=np.int64)
    starts = ends - np.maximum(sizes, 0)
    total = int(ends[-1])
    # The rows that Python converted stand behind the others, with their own padding.
    buffer = np.empty(total + others.buffer.size, dtype=np.uint8)
    buffer[total:] = others.buffer
    _convert_rows(texts.buffer, texts.starts, texts.ends, low, table, sizes, buffer, starts)
    starts[rows] = others.starts + total
    ends[rows] = others.ends + total
    return Texts(buffer, starts, ends)


def lower(texts: Texts) -> Texts:
    """Give each row in lower case, as `str.lower`; the same object when nothing changes."""
    return _convert(texts, upper=False)


def upper(texts: Texts) -> Texts:
    """Give each row in upper case, as `str.upper`; the same object when nothing changes."""
    return _convert(texts, upper=True)
