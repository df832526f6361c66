"""The statistics of chrF: n-grams of characters and of words that two texts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.characters import character, space_width
from rewardlang.kernels.common_ngrams import shared_ngrams
from rewardlang.kernels.hashing import SEED, hash64
from rewardlang.kernels.memory import Bytes, Rows, compiled, load_byte
from rewardlang.kernels.split import split_words
from rewardlang.kernels.symbols import CHARACTERS, number

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Table = npt.NDArray[np.int64]


@compiled
def _codes(buffer: Bytes, start: int, end: int, spaces: bool) -> Rows:
    """Give the code points of a text, those of whitespace only where `spaces`."""
    codes = np.empty(end - start, dtype=np.int64)
    count = 0
    at = start
    while at < end:
        code, width = character(buffer, at)
        codes[np.uint64(count)] = code
        count += spaces or space_width(buffer, at, end) == 0
        at += width
    return codes[:count]


@compiled
def _of_characters(
    buffer: Bytes, starts: Rows, ends: Rows, other: Bytes, firsts: Rows, lasts: Rows, spaces: bool, left: Rows,
    shared: Table, sizes: Table, seed: int,
) -> None:  # fmt: skip
    for row in range(starts.size):
        made = _codes(buffer, starts[row], ends[row], spaces)
        wanted = _codes(other, firsts[row], lasts[row], spaces)
        shared_ngrams(wanted, made, left, shared[row], seed)
        sizes[row, 0] = made.size
        sizes[row, 1] = wanted.size


@compiled
def _is_mark(byte: int) -> bool:
    """Whether a byte is ASCII punctuation."""
    return 33 <= byte <= 47 or 58 <= byte <= 64 or 91 <= byte <= 96 or 123 <= byte <= 126


@compiled
def _apart(buffer: Bytes, starts: Rows, ends: Rows, offsets: Rows) -> tuple[Rows, Rows, Rows]:
    """Take a mark off the end of each word, or else off its beginning; give the parts, and where each row's begin."""
    froms = np.empty(2 * starts.size, dtype=np.int64)
    tos = np.empty(2 * starts.size, dtype=np.int64)
    bounds = np.zeros(offsets.size, dtype=np.int64)
    count = 0
    for row in range(offsets.size - 1):
        for word in range(offsets[row], offsets[row + 1]):
            start, end = starts[word], ends[word]
            cut = end
            if end - start > 1 and _is_mark(load_byte(buffer, end - 1)):
                cut = end - 1
            elif end - start > 1 and _is_mark(load_byte(buffer, start)):
                cut = start + 1
            froms[count] = start
            tos[count] = cut
            count += 1
            if cut < end:
                froms[count] = cut
                tos[count] = end
                count += 1
        bounds[row + 1] = count
    return froms[:count], tos[:count], bounds


def _words(texts: Texts) -> tuple[Rows, Rows]:
    """Give the words as symbols, and where each row's begin."""
    offsets, words = split_words(texts)
    froms, tos, bounds = _apart(words.buffer, words.starts, words.ends, offsets)
    symbols = hash64(texts.within(froms, tos)).view(np.int64)
    return np.where(symbols == 0, 1, symbols), bounds


@compiled
def _of_words(made: Rows, offsets: Rows, wanted: Rows, bounds: Rows, left: Rows, shared: Table, seed: int) -> None:
    for row in range(offsets.size - 1):
        theirs = wanted[bounds[row] : bounds[row + 1]]
        shared_ngrams(theirs, made[offsets[row] : offsets[row + 1]], left, shared[row], seed)


def _totals(sizes: Rows, order: int) -> Table:
    """How many n-grams there are of each order: int64[rows, order]."""
    totals: Table = np.maximum(sizes[:, None] - np.arange(order), 0)
    return totals


def statistics(made: Texts, wanted: Texts, characters: int, words: int, *, spaces: bool) -> tuple[Table, Table, Table]:
    """Count what both texts share, and what either has, by order: first of characters, then of words.

    Shapes: int64[rows, characters + words] each.
    """
    rows = len(made)
    shared = np.zeros((rows, characters), dtype=np.int64)
    sizes = np.zeros((rows, 2), dtype=np.int64)
    spans = (made.buffer, made.starts, made.ends, wanted.buffer, wanted.starts, wanted.ends)
    if characters:
        _of_characters(*spans, spaces, np.zeros(CHARACTERS, dtype=np.int64), shared, sizes, SEED)
    parts = [(shared, _totals(sizes[:, 0], characters), _totals(sizes[:, 1], characters))]
    if words:
        (mine, offsets), (theirs, bounds) = _words(made), _words(wanted)
        count = number(mine, theirs, SEED)
        shared = np.zeros((rows, words), dtype=np.int64)
        _of_words(mine, offsets, theirs, bounds, np.zeros(count, dtype=np.int64), shared, SEED)
        parts.append((shared, _totals(np.diff(offsets), words), _totals(np.diff(bounds), words)))
    joined = [np.concatenate(column, axis=1) for column in zip(*parts, strict=True)]
    return joined[0], joined[1], joined[2]
