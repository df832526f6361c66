"""Lower and upper case, exactly as Python's: a kernel where only ASCII letters have case, Python for each other row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Flags,
    Rows,
    bytes_in_range,
    compiled,
    load_byte,
    low_bits,
    trailing_zeros,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_A, _Z = ord("A"), ord("Z")
_FLIP = 0x20
"""The bit that tells the two cases of an ASCII letter apart."""


@compiled
def _is_caseless(buffer: Bytes, at: int) -> bool:
    """Tell whether the character beyond ASCII at `at` is in a block without case: punctuation, Chinese, emoji, ..."""
    byte = load_byte(buffer, at)
    second = load_byte(buffer, at + 1)
    if byte == 0xE2:
        # U+2000..207F, U+2190..23FF, U+2500..27FF.
        return second <= 0x81 or 0x87 <= second <= 0x8F or 0x94 <= second <= 0x9F
    return (0xE3 <= byte <= 0xED and byte != 0xEA) or (byte == 0xF0 and second == 0x9F)


@compiled
def _kinds(buffer: Bytes, starts: Rows, ends: Rows, low: int, high: int) -> tuple[Flags, Flags]:
    """Tell which rows hold a character beyond ASCII that may have case, and which hold a byte in low..high."""
    wide = np.zeros(starts.size, dtype=np.bool_)
    hit = np.zeros(starts.size, dtype=np.bool_)
    for row in range(starts.size):
        for at in range(starts[row], ends[row], LANES):
            inside = low_bits(ends[row] - at)
            if bytes_in_range(buffer, at, low, high) & inside != 0:
                hit[row] = True
            leads = bytes_in_range(buffer, at, 0xC2, 0xF4) & inside
            while leads != 0 and not wide[row]:
                wide[row] = not _is_caseless(buffer, at + trailing_zeros(leads))
                leads &= leads - 1
    return wide, hit


@compiled
def _flip(source: Bytes, starts: Rows, ends: Rows, low: int, high: int, target: Bytes, at: Rows) -> None:
    """Copy spans, with the bytes in low..high in their other case."""
    for row in range(starts.size):
        shift = at[row] - starts[row]
        for place in range(starts[row], ends[row]):
            byte = load_byte(source, place)
            target[np.uint64(place + shift)] = byte ^ (_FLIP if low <= byte <= high else 0)


def _convert(texts: Texts, low: int, by_python: Callable[[str], str]) -> Texts:
    high = low + _Z - _A
    wide, hit = _kinds(texts.buffer, texts.starts, texts.ends, low, high)
    if not (wide | hit).any():
        return texts
    rows = np.flatnonzero(wide)
    others = Texts.of([by_python(text) for text in texts.take(rows).to_list()])
    sizes = np.where(wide, 0, texts.ends - texts.starts)
    ends = np.cumsum(sizes, dtype=np.int64)
    starts = ends - sizes
    total = int(ends[-1])
    # The rows that Python converted stand behind the others, with their own padding.
    buffer = np.empty(total + others.buffer.size, dtype=np.uint8)
    buffer[total:] = others.buffer
    rest = Texts(texts.buffer, texts.starts, np.where(wide, texts.starts, texts.ends))
    _flip(rest.buffer, rest.starts, rest.ends, low, high, buffer, starts)
    starts[rows] = others.starts + total
    ends[rows] = others.ends + total
    return Texts(buffer, starts, ends)


def lower(texts: Texts) -> Texts:
    """Give each row in lower case, as `str.lower`; the same object when nothing changes."""
    return _convert(texts, _A, str.lower)


def upper(texts: Texts) -> Texts:
    """Give each row in upper case, as `str.upper`; the same object when nothing changes."""
    return _convert(texts, ord("a"), str.upper)
