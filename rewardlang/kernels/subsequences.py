"""Longest common subsequences and edit distances of sequences of symbols, 64 cells of their table in one word.

A symbol is a number from 0 on: a code point, or that of a token. The table has a row a symbol of one sequence and a
column a symbol of the other; a word holds the differences between 64 neighbours of one row, and an addition, whose
carries run through them, gives the next row (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004; for edit
distances Myers 1999 as Hyyrö 2003 has it).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.memory import Rows, add_with_carry, compiled, popcount

Steps = npt.NDArray[np.int8]
Work = tuple[Rows, Rows, Rows]

_WORDS = 4
"""How many words of the table are taken through the whole text at once: their masks stay in the nearest cache."""


def workspace(count: int) -> Work:
    """Give what the functions below need of memory for symbols from 0 up to `count`, for any number of pairs.

    It is not made by a kernel: NumPy's zeros are memory that nobody has touched, and only that of the symbols will be.
    """
    return np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)


@compiled
def _one_word(pattern: Rows, text: Rows, masks: Rows) -> int:
    for place in range(pattern.size):
        masks[np.uint64(pattern[place])] |= 1 << place
    state = -1
    for symbol in text:
        # An unsigned index needs no test for a negative one.
        taken = state & masks[np.uint64(symbol)]
        state = (state + taken) | (state ^ taken)
    for symbol in pattern:
        masks[np.uint64(symbol)] = 0
    return 64 - popcount(state)


@compiled
def _fill_masks(pattern: Rows, first: int, last: int, rows: Rows, masks: Rows) -> None:
    """Fill the masks of the symbols first..last, `_WORDS` words each; `rows` says where a symbol's begin."""
    filled = _WORDS
    for place in range(first, last):
        symbol = np.uint64(pattern[place])
        if rows[symbol] == 0:
            rows[symbol] = filled
            masks[filled : filled + _WORDS] = 0
            filled += _WORDS
        masks[rows[symbol] + ((place - first) >> 6)] |= 1 << ((place - first) & 63)


@compiled
def _four_words(text: Rows, rows: Rows, masks: Rows, carries: Steps) -> int:
    """Take four words of the table through the text; `carries` go from those before to those after."""
    a = b = c = d = -1
    for place in range(text.size):
        row = np.uint64(rows[np.uint64(text[place])])
        carry = int(carries[place])
        taken_a = a & masks[row]
        taken_b = b & masks[row + np.uint64(1)]
        taken_c = c & masks[row + np.uint64(2)]
        taken_d = d & masks[row + np.uint64(3)]
        total_a, carry = add_with_carry(a, taken_a, carry)
        total_b, carry = add_with_carry(b, taken_b, carry)
        total_c, carry = add_with_carry(c, taken_c, carry)
        total_d, carry = add_with_carry(d, taken_d, carry)
        a = total_a | (a ^ taken_a)
        b = total_b | (b ^ taken_b)
        c = total_c | (c ^ taken_c)
        d = total_d | (d ^ taken_d)
        carries[place] = carry
    return 256 - popcount(a) - popcount(b) - popcount(c) - popcount(d)


@compiled
def _many_words(pattern: Rows, text: Rows, rows: Rows) -> int:
    carries = np.zeros(text.size, dtype=np.int8)
    # The first row of masks is that of the symbols that a block lacks.
    masks = np.zeros((64 * _WORDS + 1) * _WORDS, dtype=np.int64)
    common = 0
    for first in range(0, pattern.size, 64 * _WORDS):
        last = min(pattern.size, first + 64 * _WORDS)
        _fill_masks(pattern, first, last, rows, masks)
        common += _four_words(text, rows, masks, carries)
        for place in range(first, last):
            rows[np.uint64(pattern[place])] = 0
    return common


@compiled
def _in_words(pattern: Rows, text: Rows, rows: Rows) -> int:
    return _one_word(pattern, text, rows) if pattern.size <= 64 else _many_words(pattern, text, rows)


@compiled
def shared_ends(left: Rows, right: Rows) -> tuple[int, int]:
    """Count the symbols that two sequences share at their beginning, and at the end of what is left."""
    size = min(left.size, right.size)
    front = 0
    while front < size and left[front] == right[front]:
        front += 1
    back = 0
    while back < size - front and left[left.size - 1 - back] == right[right.size - 1 - back]:
        back += 1
    return front, back


@compiled
def _kept(symbols: Rows, other: Rows, seen: Rows, stamp: int) -> Rows:
    """Give the symbols that the other sequence has too."""
    for symbol in other:
        seen[np.uint64(symbol)] = stamp
    result = np.empty(symbols.size, dtype=np.int64)
    count = 0
    for symbol in symbols:
        # Written in any case, and written over: a branch would be mispredicted half the time.
        result[np.uint64(count)] = symbol
        count += seen[np.uint64(symbol)] == stamp
    return result[:count]


@compiled
def common_length(left: Rows, right: Rows, work: Work, stamp: int) -> int:
    """Give the length of the longest common subsequence; `stamp` is another number for each pair, from 1 on."""
    front, back = shared_ends(left, right)
    # No common subsequence holds a symbol that only one of them has.
    pattern = _kept(left[front : left.size - back], right[front : right.size - back], work[0], stamp)
    text = _kept(right[front : right.size - back], pattern, work[1], stamp)
    if pattern.size > text.size:
        pattern, text = text, pattern
    if pattern.size == 0:
        return front + back
    return front + back + _in_words(pattern, text, work[2])


@compiled
def edit_distance(left: Rows, right: Rows, work: Work) -> int:
    """Give the least number of insertions, deletions and substitutions that make one of the other (Levenshtein)."""
    front, back = shared_ends(left, right)
    pattern = left[front : left.size - back]
    text = right[front : right.size - back]
    if pattern.size > text.size:
        pattern, text = text, pattern
    if pattern.size == 0:
        return text.size
    masks = work[2]
    # What goes from one word of the pattern to the next at each place of the text: -1, 0 or 1.
    steps = np.ones(text.size, dtype=np.int8)
    distance = 0
    for first in range(0, pattern.size, 64):
        last = min(pattern.size, first + 64)
        for place in range(first, last):
            masks[np.uint64(pattern[place])] |= 1 << (place - first)
        distance = last + _edit_word(text, masks, steps, last - first)
        for place in range(first, last):
            masks[np.uint64(pattern[place])] = 0
    return distance


@compiled
def _edit_word(text: Rows, masks: Rows, steps: Steps, height: int) -> int:
    """Take one word of the table through the text; give the sum of the steps below it, which are left in `steps`."""
    up = -1
    down = 0
    below = 0
    top = height - 1
    for place in range(text.size):
        step = np.int64(steps[place])
        match = masks[np.uint64(text[place])]
        vertical = match | down
        falls = 1 if step < 0 else 0
        rises = 1 if step > 0 else 0
        match |= falls
        diagonal = (((match & up) + up) ^ up) | match
        right_up = down | ~(diagonal | up)
        right_down = up & diagonal
        out = ((right_up >> top) & 1) - ((right_down >> top) & 1)
        right_up = (right_up << 1) | rises
        right_down = (right_down << 1) | falls
        up = right_down | ~(vertical | right_up)
        down = right_up & vertical
        steps[place] = out
        below += out
    return below
