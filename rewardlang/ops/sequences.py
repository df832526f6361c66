"""Longest common subsequences and edit distances of two sequences in plain Python: what the kernels must agree with."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def _rows(left: Sequence[Any], right: Sequence[Any]) -> list[int]:
    """The table of the longest common subsequences, a row of bits for each entry of `left`, after one for none.

    Bit j of row i is 0 where the subsequence of `left[:i]` and `right[:j]` is shorter than that with `right[: j + 1]`.
    """
    places: defaultdict[Any, int] = defaultdict(int)
    for place, entry in enumerate(right):
        places[entry] |= 1 << place
    full = (1 << len(right)) - 1
    rows = [full]
    for entry in left:
        taken = rows[-1] & places.get(entry, 0)
        rows.append(((rows[-1] + taken) | (rows[-1] - taken)) & full)
    return rows


def common_length(left: Sequence[Any], right: Sequence[Any]) -> int:
    """The length of the longest common subsequence."""
    return len(right) - _rows(left, right)[-1].bit_count()


def traced(left: Sequence[Any], right: Sequence[Any]) -> set[int]:
    """The places in `left` of one longest common subsequence: of a walk from the ends that goes up where it can."""
    rows = _rows(left, right)

    def height(row: int, size: int) -> int:
        return size - (rows[row] & ((1 << size) - 1)).bit_count()

    found = set()
    row, size = len(left), len(right)
    while row and size:
        if left[row - 1] == right[size - 1]:
            row, size = row - 1, size - 1
            found.add(row)
        elif height(row, size - 1) > height(row - 1, size):
            size -= 1
        else:
            row -= 1
    return found


def edit_distance(left: Sequence[Any], right: Sequence[Any]) -> int:
    """The least number of insertions, deletions and substitutions that make one of the other (Levenshtein)."""
    row = list(range(len(right) + 1))
    for place, entry in enumerate(left, 1):
        before, row[0] = row[0], place
        for at, other in enumerate(right, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (entry != other))
    return row[-1]
