"""How many entries two columns of lists share, row by row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import Texts
from rewardlang.kernels.hashing import intern2
from rewardlang.kernels.memory import Rows, compiled, fixed
from rewardlang.kernels.short_lists import Lists, overlap_rows
from rewardlang.kernels.threads import in_parts

if TYPE_CHECKING:
    from rewardlang.columns.column import Column, Ragged, Slices

Ints = npt.NDArray[np.int64]
_COMPARISONS = 32
_NANOSECONDS = 50
"""About how long two short lists take."""


def overlap(left: Ragged | Slices, right: Ragged | Slices, *, counted: bool) -> tuple[Ints, Ints, Ints]:
    """The sizes of what both lists of each row share, of the left list and of the right one: int64[rows] each.

    Each entry counts once, or, where `counted`, as often as it stands there (the smaller number where it is shared).
    """
    if isinstance(left.column, Texts) and _short(left, right):
        mine, theirs = left.column, right.column
        lists = Lists(mine.buffer, mine.starts, mine.ends, fixed(left.begins), fixed(left.ends))
        others = Lists(theirs.buffer, theirs.starts, theirs.ends, fixed(right.begins), fixed(right.ends))
        sizes = np.zeros((3, len(left)), np.int64)
        in_parts(len(left), _NANOSECONDS * len(left), partial(overlap_rows, lists, others, counted, sizes))
    else:
        ids, numbers = _ids(left.column, right.column)
        width = 1 + max(ids.max(initial=0), numbers.max(initial=0))
        begins, ends, firsts, lasts = map(fixed, (left.begins, left.ends, right.begins, right.ends))
        sizes = _overlap(begins, ends, firsts, lasts, fixed(ids), fixed(numbers), int(width), counted)
    return sizes[0], sizes[1], sizes[2]


def _short(left: Ragged | Slices, right: Ragged | Slices) -> bool:
    """Whether to compare each entry with each is less than to number them all."""
    entries = left.lengths + right.lengths
    return bool((entries * entries).sum() <= _COMPARISONS * entries.sum())


@compiled
def _overlap(
    begins: Rows,
    ends: Rows,
    firsts: Rows,
    lasts: Rows,
    ids: Rows,
    others: Rows,
    width: int,
    counted: bool,  # noqa: FBT001 - a compiled function has positional parameters only
) -> Rows:
    sizes = np.zeros((3, begins.size), dtype=np.int64)
    mine = np.zeros(width, dtype=np.int64)
    theirs = np.zeros(width, dtype=np.int64)
    for row in range(begins.size):
        for place in range(begins[row], ends[row]):
            mine[ids[place]] += 1
            if counted or mine[ids[place]] == 1:
                sizes[1, row] += 1
        for place in range(firsts[row], lasts[row]):
            entry = others[place]
            theirs[entry] += 1
            if counted or theirs[entry] == 1:
                sizes[2, row] += 1
                sizes[0, row] += theirs[entry] <= mine[entry]
        for place in range(begins[row], ends[row]):
            mine[ids[place]] = 0
        for place in range(firsts[row], lasts[row]):
            theirs[others[place]] = 0
    return sizes


def _ids(left: Column, right: Column) -> tuple[Ints, Ints]:
    """Equal numbers for equal entries of the two columns."""
    if isinstance(left, Texts):
        return intern2(left, right)
    values = np.concatenate((np.asarray(left, np.float64), np.asarray(right, np.float64)))
    ids = np.unique(values, return_inverse=True)[1]
    return ids[: len(left)], ids[len(left) :]
