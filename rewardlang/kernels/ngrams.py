"""N-grams of lists of hashes: how many a list shares with others, and how many different ones it has.

An n-gram is one 64-bit number, made of the hashes of its entries in their order with secrets of the process, so that
nobody can prepare lists whose n-grams collide. Numbers are kept in an open-addressing table that grows with what is
different in it. A list is read entry by entry, the short n-grams that begin there first: where one is not in the
table, no longer one is.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

import numpy as np

from rewardlang.kernels.hashing import SEED
from rewardlang.kernels.memory import Rows, compiled, fixed, fold
from rewardlang.kernels.words import kernel

# Constants with about half of their bits set: fractional parts of square roots of primes.
_ROOT_2 = 0x6A09E667F3BCC908 >> 1
_ROOT_5 = 0x3C6EF372FE94F82B
_MARK = 63
"""A mark holds, from its lowest bit: in `width` bits how often a text has met the n-gram, then the number of that text,
and in the last `width` bits how often the n-gram counts at most. No text has 2**width entries: where all are short,
many can be told apart before the marks must be cleared."""
_SMALL = 64
_LARGE = 1 << 17
"""N-grams for which a table has room from the start, at least and at most."""


def matches(
    lists: tuple[Rows, Rows, Rows], references: tuple[Rows, Rows], sets: tuple[Rows, Rows, Rows], orders: int
) -> Rows:
    """Count the n-grams that each list shares with its set of references: int64[lists, orders], n = 1, 2, … in turn.

    An n-gram counts as often as in the list, but no more often than in the reference that has it most often.

    Shapes:
        lists: hashes, and where each list starts and ends in them. references: offsets into hashes.
        sets: offsets of each set into members, members (rows of the references), and the set of each list.
    """
    hashes, starts, ends = (fixed(part) for part in lists)
    offsets, others = (fixed(part) for part in references)
    bounds, members, of = (fixed(part) for part in sets)
    # The lists of one set stand together, so that its table is built once.
    turns = fixed(np.argsort(of, kind="stable"))
    return _matches(hashes, starts, ends, offsets, others, bounds, members, of, turns, orders, SEED)


def distinct(offsets: Rows, hashes: Rows, n: int) -> Rows:
    """Count the different n-grams of each list: int64[lists]."""
    return _distinct(fixed(offsets), fixed(hashes), _factors(n), SEED)


@lru_cache(maxsize=64)
def _factors(n: int) -> Rows:
    """Secret odd numbers, one for each place of an n-gram."""
    factors: Rows = fixed(np.array([secrets.randbits(64) | 1 for _ in range(n)], dtype=np.uint64).view(np.int64))
    return factors


@kernel
def _longer(ngram: int, entry: int, seed: int) -> int:
    """The number of an n-gram with one more entry. 0 marks a free slot, and is none."""
    number = fold(ngram ^ _ROOT_2 ^ seed, entry ^ _ROOT_5)
    return number if number != 0 else 1


@kernel
def _slot(table: Rows, slots: int, ngram: int) -> int:
    """Where an n-gram is in a table, or the free slot that it would take: the place of its two words."""
    slot = ngram & (slots - 1)
    while table[2 * slot] != ngram and table[2 * slot] != 0:
        slot = (slot + 1) & (slots - 1)
    return 2 * slot


@kernel
def _most(mark: int, width: int) -> int:
    """How often an n-gram counts at most."""
    return mark >> (_MARK - width)


@kernel
def _seen(mark: int, width: int) -> int:
    """How often the last text has met an n-gram."""
    return mark & ((1 << width) - 1)


@kernel
def _met(mark: int, text: int, width: int) -> int:
    """The mark of an n-gram that `text` meets once more."""
    most = _most(mark, width) << (_MARK - width)
    if (mark ^ most) >> width != text:
        mark = most | (text << width)
    return mark + 1


@compiled
def _slots(entries: int) -> int:
    slots = _SMALL
    while slots < 2 * entries:
        slots *= 2
    return slots


@compiled
def _grown(table: Rows, slots: int) -> Rows:
    """A table with four times the slots."""
    wider = np.zeros(8 * slots, dtype=np.int64)
    for place in range(0, 2 * slots, 2):
        if table[place] != 0:
            at = _slot(wider, 4 * slots, table[place])
            wider[at] = table[place]
            wider[at + 1] = table[place + 1]
    return wider


@compiled
def _insert(
    hashes: Rows, start: int, end: int, orders: int, seed: int, text: int, width: int, table: Rows, slots: int,
    used: int,
) -> tuple[int, int]:  # fmt: skip
    """Put the n-grams of a reference into the table, and how often it has each if no other has it more often.

    Returns: where it stopped, before `end` if the table is too full, and how many slots are used.
    """
    for first in range(start, end):
        if 2 * (used + orders) > slots:
            return first, used
        ngram = 0
        for at in range(first, min(first + orders, end)):
            ngram = _longer(ngram, hashes[at], seed)
            place = _slot(table, slots, ngram)
            if table[place] == 0:
                table[place] = ngram
                table[place + 1] = (1 << (_MARK - width)) | (text << width) | 1
                used += 1
                continue
            mark = _met(table[place + 1], text, width)
            if _seen(mark, width) > _most(mark, width):
                mark += 1 << (_MARK - width)
            table[place + 1] = mark
    return end, used


@compiled
def _look_up(
    hashes: Rows, start: int, end: int, orders: int, seed: int, text: int, width: int, table: Rows, slots: int,
    found: Rows, row: int,
) -> None:  # fmt: skip
    """Count the n-grams of a list that are in the table: `found[row, n - 1]`."""
    for first in range(start, end):
        ngram = 0
        for at in range(first, min(first + orders, end)):
            ngram = _longer(ngram, hashes[at], seed)
            place = _slot(table, slots, ngram)
            if table[place] == 0:
                break
            mark = _met(table[place + 1], text, width)
            table[place + 1] = mark
            found[row, at - first] += _seen(mark, width) <= _most(mark, width)


@compiled
def _next(table: Rows, slots: int, text: int, width: int) -> int:
    """The number of the next text; where they begin anew, no n-gram has been met."""
    if text < (1 << (_MARK - 2 * width)) - 1:
        return text + 1
    for place in range(1, 2 * slots, 2):
        table[place] = _most(table[place], width) << (_MARK - width)
    return 1


@compiled
def _width(longest: int) -> int:
    """How many bits hold a number of entries."""
    width = 1
    while longest >> width:
        width += 1
    return width


@compiled
def _matches(
    hashes: Rows, starts: Rows, ends: Rows, offsets: Rows, others: Rows, bounds: Rows, members: Rows, of: Rows,
    turns: Rows, orders: int, seed: int,
) -> Rows:  # fmt: skip
    result = np.zeros((starts.size, orders), dtype=np.int64)
    table = np.empty(0, dtype=np.int64)
    slots = used = text = 0
    width = 1
    last = -1
    longest = 0
    for row in range(starts.size):
        longest = max(longest, int(ends[row] - starts[row]))
    for turn in range(turns.size):
        row = turns[turn]
        if of[row] != last:
            last = of[row]
            total, most = 0, longest
            for place in range(bounds[last], bounds[last + 1]):
                size = int(offsets[members[place] + 1] - offsets[members[place]])
                total += size
                most = max(most, size)
            width = _width(most)
            slots = _slots(min(orders * total, _LARGE))
            if 2 * slots > table.size:
                table = np.empty(2 * slots, dtype=np.int64)
            table[: 2 * slots] = 0
            used = text = 0
            for place in range(bounds[last], bounds[last + 1]):
                text = _next(table, slots, text, width)
                start, end = offsets[members[place]], offsets[members[place] + 1]
                while True:
                    start, used = _insert(others, start, end, orders, seed, text, width, table, slots, used)
                    if start == end:
                        break
                    table = _grown(table, slots)
                    slots *= 4
        text = _next(table, slots, text, width)
        _look_up(hashes, starts[row], ends[row], orders, seed, text, width, table, slots, result, row)
    return result


@kernel
def _key(keys: Rows, slots: int, ngram: int) -> int:
    """As `_slot`, in a table of keys alone."""
    slot = ngram & (slots - 1)
    while keys[slot] != ngram and keys[slot] != 0:
        slot = (slot + 1) & (slots - 1)
    return slot


@compiled
def _add(
    hashes: Rows, start: int, end: int, factors: Rows, seed: int, keys: Rows, slots: int, used: int
) -> tuple[int, int]:
    """Put the n-grams that begin at start..end into a table of keys; where it stopped, as in `_insert`.

    All have one length: the number is a sum with a secret factor for each place, mixed once.
    """
    for first in range(start, end):
        if 2 * used >= slots:
            return first, used
        total = 0
        for place in range(factors.size):
            total += hashes[first + place] * factors[place]
        ngram = _longer(0, total, seed)
        slot = _key(keys, slots, ngram)
        if keys[slot] == 0:
            keys[slot] = ngram
            used += 1
    return end, used


@compiled
def _distinct(offsets: Rows, hashes: Rows, factors: Rows, seed: int) -> Rows:
    n = factors.size
    result = np.zeros(offsets.size - 1, dtype=np.int64)
    keys = np.empty(0, dtype=np.int64)
    for row in range(offsets.size - 1):
        start = offsets[row]
        end = max(start, offsets[row + 1] - n + 1)
        slots = _slots(min(2 * (end - start), _LARGE))
        if slots > keys.size:
            keys = np.empty(slots, dtype=np.int64)
        keys[:slots] = 0
        used = 0
        while True:
            start, used = _add(hashes, start, end, factors, seed, keys, slots, used)
            if start == end:
                break
            keys, slots = _wider(keys, slots), 4 * slots
        result[row] = used
    return result


@compiled
def _wider(keys: Rows, slots: int) -> Rows:
    """Keys with four times the slots."""
    wider = np.zeros(4 * slots, dtype=np.int64)
    for slot in range(slots):
        if keys[slot] != 0:
            wider[_key(wider, wider.size, keys[slot])] = keys[slot]
    return wider
