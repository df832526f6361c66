"""Lower and upper case, exactly as Python's: ASCII rows in a kernel, rows with other characters by Python one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.columns.texts import PADDING, Texts
from rewardlang.kernels.memory import LANES, Bytes, Flags, Rows, bytes_in_range, compiled, load_byte, low_bits

if TYPE_CHECKING:
    from collections.abc import Callable

_A, _Z = ord("A"), ord("Z")
_FLIP = 0x20
"""The bit that tells the two cases of an ASCII letter apart."""


@compiled
def _kinds(buffer: Bytes, starts: Rows, ends: Rows, low: int, high: int) -> tuple[Flags, Flags]:
    """Tell which rows hold a byte beyond ASCII, and which hold one in low..high."""
    wide = np.zeros(starts.size, dtype=np.bool_)
    hit = np.zeros(starts.size, dtype=np.bool_)
    for row in range(starts.size):
        beyond = 0
        within = 0
        for at in range(starts[row], ends[row], LANES):
            inside = low_bits(ends[row] - at)
            beyond |= bytes_in_range(buffer, at, 0x80, 0xFF) & inside
            within |= bytes_in_range(buffer, at, low, high) & inside
        wide[row] = beyond != 0
        hit[row] = within != 0
    return wide, hit


@compiled
def _flip(source: Bytes, starts: Rows, ends: Rows, low: int, high: int, target: Bytes, at: Rows) -> None:  # noqa: PLR0913, PLR0917 - a kernel takes columns apart
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
    ascii_ends = np.where(wide, texts.starts, texts.ends)
    ascii_rows = Texts(texts.buffer, texts.starts, ascii_ends)
    _flip(texts.buffer, ascii_rows.starts, ascii_rows.ends, low, high, buffer, starts)
    starts[rows] = others.starts + total
    ends[rows] = others.ends + total
    return Texts(buffer, starts, ends)


def lower(texts: Texts) -> Texts:
    """Give each row in lower case, as `str.lower`; the same object when nothing changes."""
    return _convert(texts, _A, str.lower)


def upper(texts: Texts) -> Texts:
    """Give each row in upper case, as `str.upper`; the same object when nothing changes."""
    return _convert(texts, ord("a"), str.upper)
