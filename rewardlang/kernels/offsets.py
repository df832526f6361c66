"""Where lists begin in a flat column, and which list each entry of it is in."""

from __future__ import annotations

from typing import Any

import numpy as np

from rewardlang.kernels.memory import Rows, compiled, fixed

_SHORT = 4


@compiled
def _add_up(counts: Any, offsets: Rows) -> None:
    total = 0
    offsets[0] = 0
    for row in range(counts.size):
        total += counts[row]
        offsets[row + 1] = total


def offsets_of(counts: Any) -> Rows:
    """Where lists of so many entries begin, laid end to end, and where the last one ends: int64[n + 1].

    `counts` are int64[n], or bool[n] where each list has one entry or none.
    """
    offsets = np.empty(len(counts) + 1, np.int64)
    _add_up(fixed(counts, np.bool_ if counts.dtype == np.bool_ else np.int64), offsets)
    return offsets


@compiled
def _own(offsets: Rows, owners: Rows, positions: Rows) -> None:
    for row in range(offsets.size - 1):
        first = offsets[row]
        # Most lists are short, and of lengths that no branch predictor learns: what is too much is written over.
        for place in range(_SHORT):
            owners[first + place] = row
            positions[first + place] = place
        for entry in range(first + _SHORT, offsets[row + 1]):
            owners[entry] = row
            positions[entry] = entry - first


def owners_of(offsets: Rows) -> tuple[Rows, Rows]:
    """The list that each entry is in, and its position there: two int64[entries], of `offsets` int64[lists + 1]."""
    size = int(offsets[-1])
    owners, positions = (np.empty(size + _SHORT, np.int64) for _ in range(2))
    _own(fixed(offsets), owners, positions)
    return owners[:size], positions[:size]
