r"""The lines of a column of texts as Python's `text.strip().split("\n")` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.kernels.memory import LANES, bytes_in_range, trailing_zeros
from rewardlang.kernels.words import kernel

if TYPE_CHECKING:
    from rewardlang.kernels.json_scalars import Bytes, Ints

_NEWLINE = 0x0A


@kernel
def _space_length(buffer: Bytes, position: int, end: int) -> int:
    """The bytes of the white space (as `str.isspace`) that starts at `position`; 0 where there is none."""
    byte = buffer[position]
    if byte == 0x20 or 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x1F:
        return 1
    if byte == 0xC2 and position + 1 < end and buffer[position + 1] in (0x85, 0xA0):
        return 2
    if byte < 0xE1 or byte > 0xE3 or position + 2 >= end:
        return 0
    point = (np.int64(byte) & 0x0F) << 12 | (np.int64(buffer[position + 1]) & 0x3F) << 6 | buffer[position + 2] & 0x3F
    wide = 0x2000 <= point <= 0x200A or point in (0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
    return 3 if wide else 0


@kernel
def _stripped(buffer: Bytes, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends."""
    while start < end:
        length = _space_length(buffer, start, end)
        if length == 0:
            break
        start += length
    while start < end:
        last = end - 1
        while last > start and buffer[last] & 0xC0 == 0x80:
            last -= 1
        if _space_length(buffer, last, end) == 0:
            break
        end = last
    return start, end


@kernel
def _next_newline(buffer: Bytes, position: int, end: int) -> int:
    """The first newline from `position`, or `end`."""
    while position < end:
        found = bytes_in_range(buffer, position, _NEWLINE, _NEWLINE)
        if found != 0:
            return min(position + trailing_zeros(found), end)
        position += LANES
    return end


@kernel
def split_lines(buffer: Bytes, starts: Ints, ends: Ints, counts: Ints, lines: Ints) -> int:
    """Start, end and row of every line, as the rows of `lines`, and the number of lines of each text, at least 1.

    Shapes: starts, ends and counts [rows], lines [3, room]. The answer is the number of all lines; where there are more
    than the room, those beyond it are not written.
    """
    line, room = 0, lines.shape[1]
    for row in range(len(starts)):
        start, end = _stripped(buffer, starts[row], ends[row])
        first = line
        while start <= end:
            position = _next_newline(buffer, start, end)
            if line < room:
                lines[0, line], lines[1, line], lines[2, line] = start, position, row
            start = position + 1
            line += 1
        counts[row] = line - first
    return line
