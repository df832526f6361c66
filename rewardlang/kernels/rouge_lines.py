"""ROUGE-L of texts taken apart into lines: what the lines of one have in common with any line of the other.

For each pair of lines one of the longest common subsequences is traced back through its table, of which each row is
held as bits: bit j of row i is 0 where the next symbol of the candidate makes the subsequence longer.

Source: Lin 2004, section 3.2, as rouge-score 0.1.2 has it: which subsequence is traced, and that no token counts more
often than it stands in either text.
"""

from __future__ import annotations

import numpy as np

from rewardlang.kernels.memory import Flags, Rows, add_with_carry, compiled, low_bits, popcount
from rewardlang.kernels.rouge import Spans, Tokens, numbered


@compiled
def _fill_masks(candidate: Rows, words: int, rows: Rows, masks: Rows) -> None:
    """Fill the masks of a line's symbols; `rows` says where a symbol's begin, the first ones are for all others."""
    filled = words
    masks[:words] = 0
    for place in range(candidate.size):
        symbol = candidate[place]
        if rows[symbol] == 0:
            rows[symbol] = filled
            masks[filled : filled + words] = 0
            filled += words
        masks[rows[symbol] + (place >> 6)] |= 1 << (place & 63)


@compiled
def _fill_table(reference: Rows, words: int, rows: Rows, masks: Rows, table: Rows) -> bool:
    """Fill the table, a row of words for each symbol of the reference, after one for none; whether it ever rises."""
    for word in range(words):
        table[word] = -1
    rises = False
    for row in range(reference.size):
        mask = rows[reference[row]]
        rises = rises or mask > 0
        carry = 0
        for word in range(words):
            state = table[row * words + word]
            taken = state & masks[mask + word]
            total, carry = add_with_carry(state, taken, carry)
            table[(row + 1) * words + word] = total | (state ^ taken)
    return rises


@compiled
def _rise(table: Rows, row: int, words: int, place: int) -> int:
    """Tell whether the table rises by one at a place of a row."""
    return int(1 - ((table[row * words + (place >> 6)] >> (place & 63)) & 1))


@compiled
def _height(table: Rows, row: int, words: int, size: int) -> int:
    """Give the length of the subsequence of the first `row` and the first `size` symbols."""
    height = size
    for word in range((size + 63) >> 6):
        height -= popcount(table[row * words + word] & low_bits(size - 64 * word))
    return height


@compiled
def _trace(reference: Rows, candidate: Rows, table: Rows, taken: Flags) -> None:
    """Mark the symbols of the reference that the traced subsequence has."""
    words = (candidate.size + 63) >> 6
    row, size = reference.size, candidate.size
    here = _height(table, row, words, size)
    while here > 0:
        if reference[row - 1] == candidate[size - 1]:
            taken[row - 1] = True
            row -= 1
            size -= 1
            here -= 1
            continue
        above = _height(table, row - 1, words, size)
        # Left while that keeps the length and up would not; up otherwise.
        while size > 0 and above < here and reference[row - 1] != candidate[size - 1]:
            above -= _rise(table, row - 1, words, size - 1)
            size -= 1
        if reference[row - 1] != candidate[size - 1]:
            row -= 1


@compiled
def _mark(
    made: Spans, symbols: Rows, lines: Rows, wanted: Spans, others: Rows, targets: Rows, taken: Flags, rows: Rows
) -> None:
    """Mark the tokens of the reference's lines that a common subsequence with any line of the text has.

    `lines` and `targets` are the first line and the one after the last.
    """
    longest = 0
    widest = 0
    for line in range(targets[0], targets[1]):
        longest = max(longest, wanted[2][line] - wanted[1][line])
    for line in range(lines[0], lines[1]):
        widest = max(widest, made[2][line] - made[1][line])
    most = (widest + 63) >> 6
    masks = np.empty((widest + 1) * most, dtype=np.int64)
    table = np.empty((longest + 1) * most, dtype=np.int64)
    for line in range(lines[0], lines[1]):
        candidate = symbols[made[1][line] : made[2][line]]
        if candidate.size == 0:
            continue
        words = (candidate.size + 63) >> 6
        _fill_masks(candidate, words, rows, masks)
        first = 0
        for target in range(targets[0], targets[1]):
            reference = others[wanted[1][target] : wanted[2][target]]
            marks = taken[first : first + reference.size]
            # Nothing can be added where all is marked.
            if not marks.all() and _fill_table(reference, words, rows, masks, table):
                _trace(reference, candidate, table, marks)
            first += reference.size
        for symbol in candidate:
            rows[symbol] = 0


@compiled
def _count(symbols: Rows, spans: Spans, first: int, last: int, counts: Rows) -> int:
    """Count the tokens of the lines first..last by their symbols; give how many there are."""
    size = 0
    for line in range(first, last):
        for place in range(spans[1][line], spans[2][line]):
            counts[symbols[place]] += 1
            size += 1
    return size


@compiled
def _forget(symbols: Rows, spans: Spans, first: int, last: int, counts: Rows) -> None:
    for line in range(first, last):
        for place in range(spans[1][line], spans[2][line]):
            counts[symbols[place]] = 0


@compiled
def _hits(others: Rows, wanted: Spans, targets: Rows, taken: Flags, mine: Rows, theirs: Rows) -> int:
    """Count the marked tokens, each at most as often as it stands in either text."""
    hits = 0
    at = 0
    for line in range(targets[0], targets[1]):
        for place in range(wanted[1][line], wanted[2][line]):
            symbol = others[place]
            if taken[at] and mine[symbol] > 0 and theirs[symbol] > 0:
                hits += 1
                mine[symbol] -= 1
                theirs[symbol] -= 1
            at += 1
    return hits


@compiled
def _in_lines(made: Spans, lines: Rows, wanted: Spans, targets: Rows, count: int, most: int) -> tuple[Rows, Rows, Rows]:
    symbols, others = made[0], wanted[0]
    rows = np.zeros(count, dtype=np.int64)
    mine = np.zeros(count, dtype=np.int64)
    theirs = np.zeros(count, dtype=np.int64)
    hits = np.zeros(lines.size - 1, dtype=np.int64)
    sizes = np.zeros(lines.size - 1, dtype=np.int64)
    wants = np.zeros(lines.size - 1, dtype=np.int64)
    for row in range(hits.size):
        sizes[row] = _count(symbols, made, lines[row], lines[row + 1], mine)
        wants[row] = _count(others, wanted, targets[row], targets[row + 1], theirs)
        if sizes[row] * wants[row] > most:
            hits[row] = -1
        elif sizes[row] * wants[row] > 0:
            taken = np.zeros(wants[row], dtype=np.bool_)
            _mark(made, symbols, lines[row : row + 2], wanted, others, targets[row : row + 2], taken, rows)
            hits[row] = _hits(others, wanted, targets[row : row + 2], taken, mine, theirs)
        _forget(symbols, made, lines[row], lines[row + 1], mine)
        _forget(others, wanted, targets[row], targets[row + 1], theirs)
    return hits, sizes, wants


def in_lines(made: Tokens, lines: Rows, wanted: Tokens, targets: Rows, most: int) -> tuple[Rows, Rows, Rows]:
    """Give the hits of each row, and the tokens of either side; -1 hits where those make more than `most` cells.

    Shapes: int64[rows] each. Row i has the lines `lines[i]` up to `lines[i + 1]` of `made`, and likewise the targets.
    """
    count = numbered(made, wanted)
    return _in_lines(made.spans, lines, wanted.spans, targets, count, most)
