"""The common subsequences of a sequence with all windows of another at once.

Threads run through the table from its left and upper sides to its right and lower sides, a thread a row and a column.
Two that meet where the symbols are equal, or that have crossed before, do not cross. Of the threads that begin above a
window, those that end below it are the symbols of the window that no common subsequence has.

Source: Tiskin, "Semi-local string comparison: algorithmic techniques and applications" (2008), iterative combing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import Bytes, Rows, compiled
from rewardlang.kernels.symbols import characters
from rewardlang.kernels.text import length

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Codes = npt.NDArray[np.int32]
Ratios = npt.NDArray[np.float64]


@compiled
def _comb(needle: Codes, text: Codes, across: Codes, down: Codes) -> None:
    """Let the threads meet that are at one diagonal of the table; each meets another."""
    for place in range(needle.size):
        mine = across[place]
        theirs = down[place]
        stays = needle[place] == text[place] or mine > theirs
        across[place] = theirs if stays else mine
        down[place] = mine if stays else theirs


@compiled
def _threads(needle: Rows, text: Rows) -> Codes:
    """Give where the thread that ends below each column begins: in a column above, or negative, at the left."""
    height, width = needle.size, text.size
    # Upwards, so that the cells of a diagonal stand in the order of the text.
    upwards = needle[::-1].astype(np.int32)
    symbols = text.astype(np.int32)
    across = np.arange(-height, 0).astype(np.int32)
    down = np.arange(width).astype(np.int32)
    for diagonal in range(height + width - 1):
        first = max(0, height - 1 - diagonal)
        last = min(height, height + width - 1 - diagonal)
        at = first + diagonal - height + 1
        size = last - first
        _comb(upwards[first:last], symbols[at : at + size], across[first:last], down[at : at + size])
    return down


@compiled
def best_window(needle: Rows, text: Rows) -> float:
    """Give the best ratio of a needle, which is not empty, and a window of a text that is no shorter.

    Windows have the needle's length, or begin or end with the text. A ratio is twice the common symbols by all.
    """
    begins = _threads(needle, text)
    height, width = needle.size, text.size
    ends = np.full(width, width, dtype=np.int64)
    for column in range(width):
        if begins[column] >= 0:
            ends[begins[column]] = column
    best = 0.0
    free = 0  # threads from above the window to below it
    first = 0
    for last in range(width):
        free += begins[last] >= first
        if last - first == height:
            free -= ends[first] <= last
            first += 1
        size = last + 1 - first
        best = max(best, 2 * (size - free) / (size + height))
    while first < width:
        free -= ends[first] < width
        first += 1
        best = max(best, 2 * (width - first - free) / (width - first + height))
    return best


@compiled
def _best(buffer: Bytes, starts: Rows, ends: Rows, other: Bytes, firsts: Rows, lasts: Rows, wanted: Rows) -> Ratios:
    result = np.full(starts.size, -1.0)
    for row in range(starts.size):
        if wanted[row]:
            left = characters(buffer, starts[row], ends[row])
            right = characters(other, firsts[row], lasts[row])
            if left.size > right.size:
                left, right = right, left
            if left.size == 0:
                result[row] = 1.0 if right.size == 0 else 0.0
                continue
            result[row] = best_window(left, right)
            if left.size == right.size and result[row] < 1:
                result[row] = max(result[row], best_window(right, left))
    return result


def best_parts(left: Texts, right: Texts, most: int) -> Ratios:
    """Give the best ratio of the shorter text of each row and a part of the longer one.

    Shapes: float64[rows]; -1 where the product of the lengths is more than `most`.
    """
    wanted = (length(left) * length(right) <= most).astype(np.int64)
    wanted.setflags(write=False)
    return _best(left.buffer, left.starts, left.ends, right.buffer, right.starts, right.ends, wanted)
