"""What two short lists of texts share, row by row: each entry is compared with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rewardlang.kernels.words import kernel, load_word

if TYPE_CHECKING:
    from rewardlang.kernels.json_scalars import Bytes, Ints


class Lists(NamedTuple):
    """Spans of a buffer; list i has those from `firsts[i]` up to `lasts[i]`."""

    buffer: Bytes
    starts: Ints
    ends: Ints
    firsts: Ints
    lasts: Ints


@kernel
def _same(left: Lists, one: int, right: Lists, other: int) -> bool:
    at, place = left.starts[one], right.starts[other]
    rest = left.ends[one] - at
    if rest != right.ends[other] - place:
        return False
    while rest >= 8:
        if load_word(left.buffer, at) != load_word(right.buffer, place):
            return False
        at += 8
        place += 8
        rest -= 8
    if rest == 0:
        return True
    different = load_word(left.buffer, at) ^ load_word(right.buffer, place)
    # The first bytes of a word are its lowest.
    same: bool = different << np.uint64(64 - 8 * rest) == 0
    return same


@kernel
def _count(lists: Lists, first: int, last: int, other: Lists, entry: int) -> int:
    """How many of these entries equal one of the other lists."""
    found = 0
    for place in range(first, last):
        found += _same(lists, place, other, entry)
    return found


@kernel
def overlap_rows(left: Lists, right: Lists, counted: bool, sizes: Ints, begin: int, until: int) -> None:
    """Write the sizes of what both lists share, of the left and of the right list: sizes int64[3, rows], zeros.

    Only for the rows from `begin` to `until`.

    Entries count as often as they stand there where `counted`, else once.
    """
    for row in range(begin, until):
        first, last = left.firsts[row], left.lasts[row]
        start, end = right.firsts[row], right.lasts[row]
        for entry in range(first, last):
            before = _count(left, first, entry, left, entry)
            if counted or before == 0:
                sizes[1, row] += 1
                sizes[0, row] += before < _count(right, start, end, left, entry)
        for entry in range(start, end):
            sizes[2, row] += counted or _count(right, start, entry, right, entry) == 0
