"""How many entries two columns of lists share, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.kernels.hashing import intern2

if TYPE_CHECKING:
    from rewardlang.columns.column import Column, Ints, Ragged


def overlap(left: Ragged, right: Ragged, *, counted: bool) -> tuple[Ints, Ints, Ints]:
    """The sizes of what both lists of each row share, of the left list and of the right one: int64[rows] each.

    Each entry counts once, or, where `counted`, as often as it stands there (the smaller number where it is shared).
    """
    rows = len(left.offsets) - 1
    ids, others = _ids(left.column, right.column)
    width = 1 + max(ids.max(initial=0), others.max(initial=0))
    # Rows and entries as one number: sorting then finds what is equal, however long the lists are.
    mine, my_counts = np.unique(_owners(left) * width + ids, return_counts=True)
    theirs, their_counts = np.unique(_owners(right) * width + others, return_counts=True)
    shared, here, there = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    if not counted:
        my_counts, their_counts = np.ones_like(my_counts), np.ones_like(their_counts)
    common = np.minimum(my_counts[here], their_counts[there])
    return tuple(  # type: ignore[return-value] # three of them
        np.bincount(codes // width, weights=counts, minlength=rows).astype(np.int64)
        for codes, counts in ((shared, common), (mine, my_counts), (theirs, their_counts))
    )


def _owners(ragged: Ragged) -> Ints:
    return np.repeat(np.arange(len(ragged.offsets) - 1), ragged.lengths)


def _ids(left: Column, right: Column) -> tuple[Ints, Ints]:
    """Equal numbers for equal entries of the two columns."""
    if isinstance(left, Texts):
        return intern2(left, right)
    values = np.concatenate((np.asarray(left, np.float64), np.asarray(right, np.float64)))
    ids = np.unique(values, return_inverse=True)[1]
    return ids[: len(left)], ids[len(left) :]
