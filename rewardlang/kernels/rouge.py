"""The tokens of ROUGE, and what two texts share of them: n-grams and longest common subsequences.

A token is a run of ASCII letters and digits of the text in lower case. It is held as a number: one of up to 8 letters
as its bytes, a longer one as a hash with a seed of the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.kernels.common_ngrams import shared_ngrams
from rewardlang.kernels.hashing import SEED
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Rows,
    bytes_in_range,
    common_prefix,
    compiled,
    fold,
    load_byte,
    load_word,
    low_bits,
    trailing_zeros,
)
from rewardlang.kernels.porter import MARGIN, stem
from rewardlang.kernels.subsequences import Work, common_length, workspace
from rewardlang.kernels.symbols import number

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Spans = tuple[Rows, Rows, Rows]

_SPREAD = 0x3B67AE8584CAA73B
_LONG = -(1 << 63)
"""Sets the sign, which no short token has."""
_CASE = 0x2020202020202020
"""The bits that make letters lower case, and that digits have."""


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of a column of texts, for one use: row i has `symbols[firsts[i]:lasts[i]]`, as equal neighbours do."""

    symbols: Rows
    firsts: Rows
    lasts: Rows

    @property
    def spans(self) -> Spans:
        """As the kernels take it."""
        return self.symbols, self.firsts, self.lasts

    @property
    def lengths(self) -> Rows:
        """How many tokens each row has: int64[rows]."""
        return self.lasts - self.firsts


@compiled
def _symbol(buffer: Bytes, start: int, size: int, seed: int) -> int:
    """Give the number of a token of ASCII letters, which may be capital ones, and digits."""
    if size <= 8:
        return (load_word(buffer, start) | _CASE) & low_bits(8 * size)
    mixed = seed ^ size
    for at in range(0, size, 8):
        mixed = fold(mixed ^ ((load_word(buffer, start + at) | _CASE) & low_bits(8 * (size - at))), _SPREAD)
    return mixed | _LONG


@compiled
def _stemmed(buffer: Bytes, start: int, size: int, word: Bytes, seed: int) -> int:
    for at in range(0, size, 8):
        letters = load_word(buffer, start + at) | _CASE
        for place in range(8):
            word[MARGIN + at + place] = (letters >> (8 * place)) & 0xFF
    return _symbol(word, MARGIN, stem(word, size), seed)


@compiled
def _letters(buffer: Bytes, at: int, end: int) -> int:
    """Give the mask of the 64 bytes from `at` that are ASCII letters and digits."""
    digits = bytes_in_range(buffer, at, 0x30, 0x39)
    capitals = bytes_in_range(buffer, at, 0x41, 0x5A)
    return (digits | capitals | bytes_in_range(buffer, at, 0x61, 0x7A)) & low_bits(end - at)


@compiled
def _is_odd(buffer: Bytes, at: int, end: int) -> int:
    """Give the ASCII letter with which the lower case of the character at `at` begins, though it is beyond ASCII.

    There are two of them: the Kelvin sign is a k, and the dotted capital I an i with a mark, which separates.
    """
    byte = load_byte(buffer, at)
    if byte == 0xC4 and end - at >= 2 and load_byte(buffer, at + 1) == 0xB0:
        return 0x69
    kelvin = byte == 0xE2 and end - at >= 3 and load_byte(buffer, at + 1) == 0x84 and load_byte(buffer, at + 2) == 0xAA
    return 0x6B if kelvin else 0


@compiled
def _has_odd(buffer: Bytes, at: int, end: int) -> bool:
    """Whether one of those characters begins among the 64 bytes from `at`."""
    if bytes_in_range(buffer, at, 0xC4, 0xE2) == 0:
        return False
    leads = (bytes_in_range(buffer, at, 0xC4, 0xC4) | bytes_in_range(buffer, at, 0xE2, 0xE2)) & low_bits(end - at)
    while leads != 0:
        if _is_odd(buffer, at + trailing_zeros(leads), end):
            return True
        leads &= leads - 1
    return False


@compiled
def _plain_row(
    buffer: Bytes, start: int, end: int, stems: bool, word: Bytes, symbols: Rows, count: int, seed: int
) -> int:
    """Write the tokens of a text after the first `count`, and give their new number; -1 where it has odd characters."""
    begin = -1
    before = 0
    for at in range(start, end + 1, LANES):
        inside = _letters(buffer, at, end)
        if _has_odd(buffer, at, end):
            return -1
        changes = inside ^ ((inside << 1) | before)
        before = 1 if inside < 0 else 0
        while changes != 0:
            place = at + trailing_zeros(changes)
            changes &= changes - 1
            if begin < 0:
                begin = place
                continue
            size = place - begin
            stemmed = stems and size > 3
            symbols[count] = (
                _stemmed(buffer, begin, size, word, seed) if stemmed else _symbol(buffer, begin, size, seed)
            )
            count += 1
            begin = -1
    return count


@compiled
def _odd_row(
    buffer: Bytes, start: int, end: int, stems: bool, word: Bytes, symbols: Rows, count: int, seed: int
) -> int:
    """Write the tokens of a text with odd characters, byte by byte."""
    spelt = np.zeros(end - start + 16, dtype=np.uint8)
    size = 0
    for at in range(start, end + 1):
        byte = load_byte(buffer, at) if at < end else 0
        odd = _is_odd(buffer, at, end) if byte >= 0x80 else 0
        small = byte | 0x20
        plain = 0x30 <= byte <= 0x39 or 0x61 <= small <= 0x7A
        if plain or odd:
            spelt[size] = odd or small
            size += 1
        # The bytes after the lead of a Kelvin sign do not separate; the mark after an i does.
        kelvin = byte >= 0x80 and _follows_kelvin(buffer, at, start)
        if size > 0 and not plain and not odd and not kelvin:
            stemmed = stems and size > 3
            symbols[count] = _stemmed(spelt, 0, size, word, seed) if stemmed else _symbol(spelt, 0, size, seed)
            count += 1
            size = 0
    return count


@compiled
def _follows_kelvin(buffer: Bytes, at: int, start: int) -> bool:
    found = False
    for lead in range(max(start, at - 2), at):
        found = found or _is_odd(buffer, lead, at + 2) == 0x6B
    return found


@compiled
def _tokens(buffer: Bytes, starts: Rows, ends: Rows, stems: bool, seed: int) -> tuple[Rows, Rows, Rows]:
    firsts = np.empty(starts.size, dtype=np.int64)
    lasts = np.empty(starts.size, dtype=np.int64)
    new = np.ones(starts.size, dtype=np.bool_)
    room = 0
    longest = 0
    for row in range(starts.size):
        size = ends[row] - starts[row]
        if row > 0 and size == ends[row - 1] - starts[row - 1]:
            new[row] = common_prefix(buffer, starts[row], buffer, starts[row - 1], size) < size
        if new[row]:
            room += (size + 1) // 2
        longest = max(longest, size)
    symbols = np.empty(room, dtype=np.int64)
    word = np.zeros(MARGIN + longest + 16, dtype=np.uint8)
    count = 0
    for row in range(starts.size):
        if new[row]:
            firsts[row] = count
            done = _plain_row(buffer, starts[row], ends[row], stems, word, symbols, count, seed)
            if done < 0:
                done = _odd_row(buffer, starts[row], ends[row], stems, word, symbols, count, seed)
            count = done
            lasts[row] = count
        else:
            firsts[row] = firsts[row - 1]
            lasts[row] = lasts[row - 1]
    return symbols[:count], firsts, lasts


def tokens(texts: Texts, *, stems: bool) -> Tokens:
    """Take the texts apart; words of more than three letters are stemmed where `stems`."""
    return Tokens(*_tokens(texts.buffer, texts.starts, texts.ends, stems, SEED))


@compiled
def _span(symbols: Rows, tokens: Spans, row: int) -> Rows:
    return symbols[tokens[1][row] : tokens[2][row]]


@compiled
def _shared(made: Spans, wanted: Spans, left: Rows, order: int, seed: int) -> Rows:
    counts = np.empty(order, dtype=np.int64)
    result = np.empty(made[1].size, dtype=np.int64)
    for row in range(result.size):
        shared_ngrams(_span(wanted[0], wanted, row), _span(made[0], made, row), left, counts, seed)
        result[row] = counts[order - 1]
    return result


def numbered(made: Tokens, wanted: Tokens) -> int:
    """Write numbers in the place of the symbols of both, from 0, equal ones for equal ones; give how many there are."""
    return number(made.symbols, wanted.symbols, SEED)


def shared(made: Tokens, wanted: Tokens, order: int) -> Rows:
    """Count the n-grams that both texts of a row have: int64[rows]."""
    count = numbered(made, wanted)
    return _shared(made.spans, wanted.spans, np.zeros(count, dtype=np.int64), order, SEED)


@compiled
def _in_order(made: Spans, wanted: Spans, work: Work, most: int) -> Rows:
    result = np.empty(made[1].size, dtype=np.int64)
    for row in range(result.size):
        mine = _span(made[0], made, row)
        theirs = _span(wanted[0], wanted, row)
        result[row] = -1 if mine.size * theirs.size > most else common_length(mine, theirs, work, row + 1)
    return result


def in_order(made: Tokens, wanted: Tokens, most: int) -> Rows:
    """Give the longest common subsequence of each row: int64[rows], -1 where the table has more than `most` cells."""
    return _in_order(made.spans, wanted.spans, workspace(numbered(made, wanted)), most)
