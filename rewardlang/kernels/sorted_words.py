"""The words of texts in the order of the dictionary, and what two texts have in common of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewardlang.kernels.joining import Joined, join
from rewardlang.kernels.memory import Bytes, Flags, Rows, common_prefix, compiled, load_byte, load_word, low_bits
from rewardlang.kernels.offsets import offsets_of
from rewardlang.kernels.split import split_words
from rewardlang.kernels.text import count_characters

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

_SIGN = -(1 << 63)
_FEW = 12


@compiled
def _key(buffer: Bytes, start: int, end: int) -> int:
    """Give a number that orders words by their first eight bytes."""
    word = load_word(buffer, start) & low_bits(8 * (end - start))
    key = 0
    for _ in range(8):
        key = (key << 8) | (word & 0xFF)
        word >>= 8
    return key ^ _SIGN


@compiled
def _order(left: Bytes, start: int, end: int, right: Bytes, first: int, last: int) -> int:
    """Give a number below, at or above 0 as one word stands before, at or after another."""
    size = min(end - start, last - first)
    same = common_prefix(left, start, right, first, size)
    if same < size:
        return load_byte(left, start + same) - load_byte(right, first + same)
    return (end - start) - (last - first)


@compiled
def _is_after(buffer: Bytes, starts: Rows, ends: Rows, keys: Rows, a: int, b: int) -> bool:
    """Whether word a stands after word b."""
    if keys[a] != keys[b]:
        return bool(keys[a] > keys[b])
    if max(ends[a] - starts[a], ends[b] - starts[b]) <= 8:
        return bool(ends[a] - starts[a] > ends[b] - starts[b])
    return _order(buffer, starts[a], ends[a], buffer, starts[b], ends[b]) > 0


@compiled
def _insert(buffer: Bytes, starts: Rows, ends: Rows, keys: Rows, order: Rows, low: int, high: int) -> None:
    """Sort a few words."""
    for place in range(low + 1, high):
        word = order[place]
        at = place
        while at > low and _is_after(buffer, starts, ends, keys, order[at - 1], word):
            order[at] = order[at - 1]
            at -= 1
        order[at] = word


@compiled
def _sort(buffer: Bytes, starts: Rows, ends: Rows, keys: Rows, order: Rows, other: Rows, low: int, high: int) -> None:
    """Sort `order[low:high]` by merging; `other` is as long."""
    if high - low <= _FEW:
        _insert(buffer, starts, ends, keys, order, low, high)
        return
    middle = (low + high) >> 1
    _sort(buffer, starts, ends, keys, order, other, low, middle)
    _sort(buffer, starts, ends, keys, order, other, middle, high)
    if not _is_after(buffer, starts, ends, keys, order[middle - 1], order[middle]):
        return
    for place in range(low, middle):
        other[place] = order[place]
    left, right = low, middle
    place = low
    # What is left of the second half is where it belongs.
    while left < middle:
        if right < high and _is_after(buffer, starts, ends, keys, other[left], order[right]):
            order[place] = order[right]
            right += 1
        else:
            order[place] = other[left]
            left += 1
        place += 1


@compiled
def _sorted(buffer: Bytes, starts: Rows, ends: Rows, offsets: Rows) -> Rows:
    keys = np.empty(starts.size, dtype=np.int64)
    for word in range(starts.size):
        keys[word] = _key(buffer, starts[word], ends[word])
    order = np.arange(starts.size)
    other = np.empty(starts.size, dtype=np.int64)
    for row in range(offsets.size - 1):
        _sort(buffer, starts, ends, keys, order, other, offsets[row], offsets[row + 1])
    return order


def _words(texts: Texts) -> tuple[Rows, Texts]:
    offsets, words = split_words(texts)
    return offsets, words.take(_sorted(words.buffer, words.starts, words.ends, offsets))


def sorted_words(texts: Texts) -> Joined:
    """Give the words of each row sorted by code points, joined by spaces."""
    offsets, words = _words(texts)
    return join(offsets, words, b" ")


@compiled
def _apart(
    left: Bytes, starts: Rows, ends: Rows, lefts: Rows, right: Bytes, firsts: Rows, lasts: Rows, rights: Rows
) -> tuple[Flags, Flags, Rows]:
    mine = np.zeros(starts.size, dtype=np.bool_)
    theirs = np.zeros(firsts.size, dtype=np.bool_)
    both = np.zeros(lefts.size - 1, dtype=np.int64)
    for row in range(both.size):
        a, b = lefts[row], rights[row]
        while a < lefts[row + 1] or b < rights[row + 1]:
            order = 0
            if a == lefts[row + 1] or b == rights[row + 1]:
                order = -1 if a < lefts[row + 1] else 1
            else:
                order = _order(left, starts[a], ends[a], right, firsts[b], lasts[b])
            if order < 0:
                mine[a] = True
            elif order > 0:
                theirs[b] = True
            else:
                both[row] += count_characters(left, starts[a], ends[a]) + (both[row] > 0)
            if order <= 0:
                a = _next(left, starts, ends, a, lefts[row + 1])
            if order >= 0:
                b = _next(right, firsts, lasts, b, rights[row + 1])
    return mine, theirs, both


@compiled
def _next(buffer: Bytes, starts: Rows, ends: Rows, word: int, end: int) -> int:
    """Give the place of the next other word of a sorted list."""
    after = word + 1
    while after < end and _order(buffer, starts[word], ends[word], buffer, starts[after], ends[after]) == 0:
        after += 1
    return after


def apart(left: Texts, right: Texts) -> tuple[Texts, Texts, Rows]:
    """Give the words that only one of two texts has, each once, sorted and joined; and how long those of both are.

    Shapes: the third int64[rows], in code points, with a space between words.
    """
    (lefts, mine), (rights, theirs) = _words(left), _words(right)
    only_mine, only_theirs, both = _apart(
        mine.buffer, mine.starts, mine.ends, lefts, theirs.buffer, theirs.starts, theirs.ends, rights
    )
    return _kept(lefts, mine, only_mine), _kept(rights, theirs, only_theirs), both


def _kept(offsets: Rows, words: Texts, kept: Flags) -> Texts:
    before = offsets_of(kept)
    return join(before[offsets], words.take(np.flatnonzero(kept)), b" ").rows
