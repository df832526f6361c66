"""The kernel that runs a product automaton over a column of texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import LANES, Bytes, Rows, bytes_in_range, compiled, load_byte, trailing_zeros

Words = npt.NDArray[np.int64]
Table = npt.NDArray[np.int32]
Names = npt.NDArray[np.uint16]
Grid = npt.NDArray[np.uint8]

_WIDE = 255
_OFFSET = (1 << 31) - 1
_BREAK = 10


@compiled
def _skipped(buffer: Bytes, at: int, stop: int, skips: Grid, state: int, count: int) -> int:
    """Give the first place in `at..stop` of a byte in one of the ranges of a state; `stop` if there is none."""
    while at < stop:
        mask = 0
        for which in range(count):
            mask |= bytes_in_range(buffer, at, skips[state, 2 * which], skips[state, 2 * which + 1])
        if mask != 0:
            return min(at + trailing_zeros(mask), stop)
        at += LANES
    return stop


@compiled
def _symbol(buffer: Bytes, at: int, page_of: Names, pages: Grid) -> tuple[int, int]:
    """Give the symbol of the character beyond ASCII at a place, and its length in bytes."""
    lead = load_byte(buffer, at)
    if lead < 0xE0:
        return pages[page_of[lead & 0x1F], load_byte(buffer, at + 1) & 0x3F], 2
    second = load_byte(buffer, at + 1) & 0x3F
    if lead < 0xF0:
        return pages[page_of[(lead & 0x0F) << 6 | second], load_byte(buffer, at + 2) & 0x3F], 3
    page = (lead & 0x07) << 12 | second << 6 | (load_byte(buffer, at + 2) & 0x3F)
    return pages[page_of[page], load_byte(buffer, at + 3) & 0x3F], 4


@compiled
def answer(
    buffer: Bytes,
    starts: Rows,
    ends: Rows,
    table: Table,
    outputs: Names,
    answers: Words,
    skips: Grid,
    counts: Bytes,
    symbols: Bytes,
    page_of: Names,
    pages: Grid,
    header: Words,
    result: Rows,
    begin: int,
    until: int,
) -> None:
    """Write the answers for the rows from `begin` on, a bit a question. See `product.Product` for the tables."""
    shift, first, known, every = header[0], header[1], header[2], header[3]
    last = (1 << shift) - 1
    for row in range(begin, until):
        at, end = starts[row], ends[row]
        # A line break that ends the text is a symbol of its own.
        stop = end - 1 if end > at and load_byte(buffer, end - 1) == _BREAK else end
        state = first
        found = known
        count = counts[state >> shift]
        if count > 0:
            at = _skipped(buffer, at, stop, skips, state >> shift, count)
        while at < stop and state != 0:
            place = state + symbols[load_byte(buffer, at)]
            if place == state + _WIDE:
                symbol, size = _symbol(buffer, at, page_of, pages)
                place = state + symbol
                at += size
            else:
                at += 1
            entry = np.int64(table[place])
            if entry >= 0:
                state = entry
                continue
            found |= answers[outputs[place]]
            state = entry & _OFFSET
            if found == every:
                break
            count = counts[state >> shift]
            if count > 0:
                at = _skipped(buffer, at, stop, skips, state >> shift, count)
        if found != every:
            if stop < end:
                place = state + last - 1
                found |= answers[outputs[place]]
                state = np.int64(table[place]) & _OFFSET
            found |= answers[outputs[state + last]]
        result[row] = found
