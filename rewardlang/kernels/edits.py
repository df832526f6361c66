"""How far two texts are apart, in characters: common subsequences, edits, and the best part of the longer text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.kernels.memory import Bytes, Rows, compiled
from rewardlang.kernels.subsequences import Work, common_length, edit_distance, workspace
from rewardlang.kernels.symbols import CHARACTERS, characters
from rewardlang.kernels.text import length

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts


@compiled
def _distances(
    buffer: Bytes, starts: Rows, ends: Rows, other: Bytes, firsts: Rows, lasts: Rows, wanted: Rows, work: Work,
    substitutes: bool,
) -> Rows:  # fmt: skip
    """Give the distance of the rows that are `wanted`, -1 for the others."""
    result = np.full(starts.size, -1, dtype=np.int64)
    for row in range(starts.size):
        if wanted[row]:
            left = characters(buffer, starts[row], ends[row])
            right = characters(other, firsts[row], lasts[row])
            if substitutes:
                result[row] = edit_distance(left, right, work)
            else:
                result[row] = left.size + right.size - 2 * common_length(left, right, work, row + 1)
    return result


def distances(left: Texts, right: Texts, *, substitutes: bool, most: int) -> tuple[Rows, Rows, Rows]:
    """Give the least number of insertions, deletions and, where allowed, substitutions; and the lengths of both.

    Shapes: int64[rows] each; the distance is -1 where the product of the lengths is more than `most`.
    """
    mine, theirs = length(left), length(right)
    wanted = (mine * theirs <= most).astype(np.int64)
    wanted.setflags(write=False)
    spans = (left.buffer, left.starts, left.ends, right.buffer, right.starts, right.ends)
    return _distances(*spans, wanted, workspace(CHARACTERS), substitutes), mine, theirs
