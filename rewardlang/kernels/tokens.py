"""Texts cut into tokens by the rules of the metrics' own tokenizers, and the hashes of the tokens, made when asked for.

Each tokenizer is a table of what a character does, and one kernel for all of them: no text is rewritten, so that a
token is a span. The passes of regular expressions that define `13a` and `intl` come down to what stands beside a run
of points: see `_cut`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.kernels.characters import character
from rewardlang.kernels.hashing import hash64
from rewardlang.kernels.joining import join
from rewardlang.kernels.memory import Bytes, Flags, Rows, bytes_in_range, compiled, load_byte, trailing_zeros
from rewardlang.kernels.split import WHITESPACE, split_on
from rewardlang.kernels.text import contains
from rewardlang.kernels.unicode_marks import NUMBERS, PUNCTUATION, SYMBOLS
from rewardlang.kernels.words import kernel, signed
from rewardlang.regex.unicode_tables import WORD as WORD_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKENIZERS = ("13a", "intl", "char", "whitespace", "none", "wordpunct")
"""`none` is what sacrebleu calls `whitespace`."""

# What a character does. A run of `OTHER` is a token as one of `PLAIN` and `DIGIT` is.
SPACE, PLAIN, OTHER, DIGIT, ALONE, POINT, DASH = range(7)
_CHARACTERS = 0x110000

_SKIPPED = "<skipped>"
_BREAK = "-\n"
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
"""What `13a` rewrites, in its order."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """Lists of tokens: row i has those from `offsets[i]` up to `offsets[i + 1]`.

    Shapes: `offsets: int64[rows + 1]`; `texts`: one row a token.
    """

    offsets: Rows
    texts: Texts

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def hashes(self) -> Rows:
        """int64[tokens]: equal for equal tokens; made once."""
        hashes: Rows = hash64(self.texts).view(np.int64)
        hashes.setflags(write=False)
        return hashes


@cache
def _classes(by: str) -> Bytes:
    """What each code point does: uint8[code points]."""
    table = np.full(_CHARACTERS, ALONE if by == "char" else PLAIN, dtype=np.uint8)
    if by == "13a":
        table[[ord(char) for char in '{|}~[\\]^_`!"#$%&()*+:;<=>?@/']] = ALONE
        table[[ord(char) for char in ".,"]] = POINT
        table[ord("0") : ord("9") + 1] = DIGIT
        table[ord("-")] = DASH
    elif by == "intl":
        for kind, spans in ((POINT, PUNCTUATION), (ALONE, SYMBOLS), (DIGIT, NUMBERS)):
            for first, last in zip(spans[::2], spans[1::2], strict=True):
                table[first : last + 1] = kind
    elif by == "wordpunct":
        table[:] = OTHER
        for first, last in zip(WORD_CHARACTERS[::2], WORD_CHARACTERS[1::2], strict=True):
            table[first : last + 1] = PLAIN
    table[[ord(char) for char in WHITESPACE]] = SPACE
    table.setflags(write=False)
    return table


def tokenize(texts: Texts, by: str) -> Tokens:
    """Cut each row into its tokens, by one of `TOKENIZERS`."""
    if by == "13a":
        texts = _rewritten(texts)
    offsets, froms, tos = _cut(texts.buffer, texts.starts, texts.ends, _classes(by), by == "intl")
    return Tokens(offsets, texts.within(froms, tos))


def _rewritten(texts: Texts) -> Texts:
    """The rows with what `13a` deletes deleted and with entities resolved: few rows, or none, have any."""
    dirty = contains(texts, _SKIPPED.encode()) | contains(texts, _BREAK.encode())
    dirty |= _any(texts, (entity.encode() for entity, _ in _ENTITIES))
    rows = np.flatnonzero(dirty)
    if not len(rows):
        return texts
    changed = texts.take(rows)
    for old, new in ((_SKIPPED, ""), (_BREAK, ""), *_ENTITIES):
        changed = join(*split_on(changed, old.encode()), new.encode()).rows
    shift = texts.buffer.size
    starts, ends = texts.starts.copy(), texts.ends.copy()
    starts[rows], ends[rows] = changed.starts + shift, changed.ends + shift
    return Texts(np.concatenate((texts.buffer, changed.buffer)), starts, ends)


def _any(texts: Texts, needles: Iterable[bytes]) -> Flags:
    """Whether a row holds an ampersand and one of the needles."""
    found = contains(texts, b"&")
    rows = np.flatnonzero(found)
    if len(rows):
        some = texts.take(rows)
        found[rows] = np.logical_or.reduce([contains(some, needle) for needle in needles])
    return found


@kernel
def _class_at(buffer: Bytes, at: int, classes: Bytes) -> tuple[int, int]:
    """What the character at `at` does, and its size in bytes."""
    byte = load_byte(buffer, at)
    if byte < 0x80:
        return signed(classes[byte]), 1
    code, size = character(buffer, at)
    return signed(classes[code]), size


@kernel
def _run(buffer: Bytes, at: int, end: int, classes: Bytes, edge: int) -> tuple[int, int, int]:
    """The run of points from `at`: where it stops, how many points it has, and what the character after it does."""
    points = 0
    after = POINT
    while after == POINT:
        points += 1
        at += 1
        while load_byte(buffer, at) & 0xC0 == 0x80:
            at += 1
        after = edge if at >= end else _class_at(buffer, at, classes)[0]
    return at, points, after


@kernel
def _cut_run(buffer: Bytes, at: int, stop: int, joins: bool, froms: Rows, tos: Rows, count: int) -> int:
    """Make a token of each point of a run, the last one left out where it joins what follows."""
    while at < stop:
        last = at + 1
        while load_byte(buffer, last) & 0xC0 == 0x80:
            last += 1
        if joins and last == stop:
            break
        froms[count] = at
        tos[count] = last
        count += 1
        at = last
    return count


@kernel
def _close(begin: int, end: int, froms: Rows, tos: Rows, count: int) -> int:
    """Write the token that began at `begin`, if one did; the number of tokens."""
    if begin < 0:
        return count
    froms[count] = begin
    tos[count] = end
    return count + 1


@kernel
def _letters(buffer: Bytes, at: int, end: int) -> int:
    """How many of the next bytes are letters of ASCII: the inside of most words, of which nothing depends."""
    mask = bytes_in_range(buffer, at, 0x61, 0x7A) | bytes_in_range(buffer, at, 0x41, 0x5A)
    return min(trailing_zeros(~mask), end - at)


@kernel
def _cut_row(
    buffer: Bytes, at: int, end: int, classes: Bytes, edge: int, letters: bool, froms: Rows, tos: Rows, count: int
) -> int:
    """Cut one text; `begin` is where the token that is open began, -1 if none is, `inside` what it is made of."""
    begin = -1
    inside = PLAIN
    before = edge
    while at < end:
        kind, size = _class_at(buffer, at, classes)
        alone = kind == ALONE or (kind == DASH and before == DIGIT)
        if kind == POINT:
            stop, points, after = _run(buffer, at, end, classes, edge)
            size = stop - at
            if points > 1 or before != DIGIT or after != DIGIT:
                count = _close(begin, at, froms, tos, count)
                joins = after == DIGIT and (points & 1 == 1) == (before == DIGIT)
                first = count
                count = _cut_run(buffer, at, stop, joins, froms, tos, count)
                begin = (at if count == first else tos[count - 1]) if joins else -1
            elif begin < 0:
                begin = at
            inside = PLAIN
        elif kind == SPACE or alone or (kind == OTHER) != (inside == OTHER):
            count = _close(begin, at, froms, tos, count)
            if alone:
                count = _close(at, at + size, froms, tos, count)
            begin = -1 if kind == SPACE or alone else at
            inside = kind
        elif begin < 0:
            begin = at
        before = kind
        at += size
        if letters and kind == PLAIN:
            at += _letters(buffer, at, end)
    return _close(begin, end, froms, tos, count)


@compiled
def _cut(buffer: Bytes, starts: Rows, ends: Rows, classes: Bytes, bare: bool) -> tuple[Rows, Rows, Rows]:
    """Cut rows into tokens.

    Each point of a run stands alone, but: one point between digits joins them, and the last point of a longer run joins
    the digit after it where the passes pair the points so that it is left over: an even run after something else than a
    digit, an odd one after a digit. Where the text is `bare` its two ends count as digits; else as spaces.
    """
    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    froms = np.empty(np.sum(ends - starts) // 4 + 64, dtype=np.int64)
    tos = np.empty(froms.size, dtype=np.int64)
    edge = DIGIT if bare else SPACE
    letters = classes[0x61] == PLAIN
    count = 0
    for row in range(starts.size):
        # A text has no more tokens than bytes; pages of an array that nobody writes to take no memory.
        most = count + ends[row] - starts[row]
        if most > froms.size:
            froms = _longer(froms, count, most)
            tos = _longer(tos, count, most)
        count = _cut_row(buffer, starts[row], ends[row], classes, edge, letters, froms, tos, count)
        offsets[row + 1] = count
    return offsets, froms[:count].copy(), tos[:count].copy()


@compiled
def _longer(array: Rows, used: int, least: int) -> Rows:
    longer = np.empty(max(least, 2 * array.size), dtype=np.int64)
    longer[:used] = array[:used]
    return longer
