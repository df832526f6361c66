"""The statistics of BLEU and its kin: what each text shares with its references, for whole columns.

What belongs to a reference is made once for each that is different, and its tokens are kept across calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.columns.cache import REFERENCES
from rewardlang.columns.texts import PADDING, Texts
from rewardlang.kernels.hashing import distinct, hash64, intern
from rewardlang.kernels.ngrams import matches
from rewardlang.kernels.offsets import offsets_of
from rewardlang.kernels.split import strip
from rewardlang.kernels.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewardlang.columns.column import Column, Ragged
    from rewardlang.kernels.memory import Rows


@dataclass(frozen=True, eq=False)
class Statistics:
    """How each text compares with its references.

    Shapes: `matched`, `possible`: int64[rows, orders], the n-grams that it shares with any, clipped, and those that it
    has; `size`: int64[rows], its tokens; `bounds`: int64[rows + 1] into `sizes`: int64, the tokens of its references.
    """

    matched: Rows
    possible: Rows
    size: Rows
    bounds: Rows
    sizes: Rows

    def shortest(self) -> Rows:
        """int64[rows]: the size of the shortest reference, 0 where there is none."""
        return self._least(self.sizes)

    def closest(self) -> Rows:
        """int64[rows]: the size of the reference closest in size, of two the shorter one; 0 where there is none."""
        off = self.sizes - np.repeat(self.size, np.diff(self.bounds))
        # The distance, then the side: a shorter reference comes before one that is longer by as much.
        best = self._least(2 * np.abs(off) + (off > 0))
        held = np.diff(self.bounds) > 0
        return np.where(held, self.size + np.where(best & 1, best >> 1, -(best >> 1)), 0)

    def _least(self, values: Rows) -> Rows:
        held = np.diff(self.bounds) > 0
        least = np.zeros(len(held), np.int64)
        if held.any():
            least[held] = np.minimum.reduceat(values, self.bounds[:-1][held])
        return least


@dataclass(frozen=True, eq=False)
class _Hashed:
    """Lists of hashes: row i has those from `offsets[i]` up to `offsets[i + 1]`."""

    offsets: Rows
    hashes: Rows

    @property
    def sizes(self) -> Rows:
        """int64[rows]: how many."""
        return np.diff(self.offsets)


def of_texts(texts: Texts, bounds: Rows, references: Texts, by: str, orders: int) -> Statistics:
    """The statistics of texts, tokenized: text i has the references `bounds[i]` up to `bounds[i + 1]`.

    Whitespace at the end of a text goes before it is tokenized, as in sacrebleu.
    """
    tokens = tokenize(strip(texts, "right"), by)
    stripped = strip(references, "right")
    rows, ids = distinct(stripped)
    kept = REFERENCES.each(f"tokens {by}", stripped.take(rows), lambda new: _token_hashes(new, by))
    return _statistics(_Hashed(tokens.offsets, tokens.hashes), bounds, _joined(kept), ids, orders)


def _token_hashes(texts: Texts, by: str) -> list[Rows]:
    tokens = tokenize(texts, by)
    # Copies, so that an entry of the cache holds no more than its own tokens.
    return [part.copy() for part in np.split(tokens.hashes, tokens.offsets[1:-1])]


def _joined(lists: Sequence[Rows]) -> _Hashed:
    offsets = offsets_of(np.array([len(part) for part in lists], np.int64))
    return _Hashed(offsets, np.concatenate(lists) if lists else np.empty(0, np.int64))


def of_lists(lists: Ragged, bounds: Rows, references: Ragged, orders: int) -> Statistics:
    """The statistics of lists of entries: list i has the references `bounds[i]` up to `bounds[i + 1]`."""
    mine, others = _hashed(lists), _hashed(references)
    ids = _equal_rows(others.hashes, others.offsets)
    return _statistics(mine, bounds, *_one_each(others, ids), orders)


def in_pairs(lists: Ragged, bounds: Rows, references: Ragged, orders: int) -> Statistics:
    """As `of_lists`, of each list with each of its references alone: a row a pair."""
    mine, others = _hashed(lists), _hashed(references)
    ids = _equal_rows(others.hashes, others.offsets)
    owner = np.repeat(np.arange(len(lists)), np.diff(bounds))
    each = np.arange(len(owner) + 1)
    return _statistics(mine, each, *_one_each(others, ids), orders, owner)


def hashes(column: Column) -> Rows:
    """int64[rows]: equal for equal texts, or equal whole numbers."""
    return hash64(column).view(np.int64) if isinstance(column, Texts) else column


def _hashed(lists: Ragged) -> _Hashed:
    return _Hashed(lists.offsets, hashes(lists.column))


def _one_each(lists: _Hashed, ids: Rows) -> tuple[_Hashed, Rows]:
    """The lists that differ, the first of each, and which of them each is."""
    first = np.full(int(ids.max(initial=-1)) + 1, len(ids), np.int64)
    np.minimum.at(first, ids, np.arange(len(ids)))
    sizes = lists.sizes[first]
    offsets = offsets_of(sizes)
    places = np.arange(offsets[-1]) + np.repeat(lists.offsets[first] - offsets[:-1], sizes)
    return _Hashed(offsets, lists.hashes[places]), ids


def _equal_rows(values: Rows, offsets: Rows) -> Rows:
    """Equal numbers for equal lists of whole numbers, from 0 in the order of first appearance: as texts, by bytes."""
    blob = np.concatenate((values, np.zeros(PADDING // 8, np.int64))).view(np.uint8)
    return intern(Texts(blob, 8 * offsets[:-1], 8 * offsets[1:]))


def _statistics(
    lists: _Hashed, bounds: Rows, references: _Hashed, ids: Rows, orders: int, owner: Rows | None = None
) -> Statistics:
    """`ids`: which of the references each is that `bounds` counts; `owner`: the list of each row, if not its own."""
    starts, ends = lists.offsets[:-1], lists.offsets[1:]
    if owner is not None:
        starts, ends = starts[owner], ends[owner]
    size = ends - starts
    of = _equal_rows(ids, bounds)
    sets, _ = _one_each(_Hashed(bounds, ids), of)
    matched = matches(
        (lists.hashes, starts, ends), (references.offsets, references.hashes), (sets.offsets, sets.hashes, of), orders
    )
    possible = np.maximum(size[:, None] - np.arange(orders), 0)
    return Statistics(matched, possible, size, bounds, references.sizes[ids])
