"""Where brackets close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Flags,
    Rows,
    bytes_in_range,
    compiled,
    low_bits,
    trailing_zeros,
)

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts


@compiled
def _balanced(buffer: Bytes, starts: Rows, ends: Rows, opening: int, closing: int) -> Rows:
    result = np.full(starts.size, -1, dtype=np.int64)
    for row in range(starts.size):
        depth = 0
        for at in range(starts[row], ends[row], LANES):
            inside = low_bits(ends[row] - at)
            opens = bytes_in_range(buffer, at, opening, opening)
            marks = (opens | bytes_in_range(buffer, at, closing, closing)) & inside
            while marks != 0:
                bit = trailing_zeros(marks)
                marks &= marks - 1
                if (opens >> bit) & 1:
                    depth += 1
                else:
                    depth -= 1
                    if depth == 0:
                        result[row] = at + bit + 1
                        break
            if result[row] >= 0:
                break
    return result


def balanced(texts: Texts, opening: int, closing: int) -> tuple[Texts, Flags]:
    """Give the beginning of each row up to the first closing byte with which as many have closed as opened."""
    places = _balanced(texts.buffer, texts.starts, texts.ends, opening, closing)
    present = places >= 0
    return texts.within(texts.starts, np.where(present, places, texts.starts)), present
