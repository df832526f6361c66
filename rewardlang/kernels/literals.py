"""Several questions about literals, answered in one pass over a column: counts, places, and what stands between.

The pass goes from one rare byte of the literals to the next, 64 bytes at a time, and tells each occurrence to those
that ask for it. No list of occurrences is made, so that a hostile text takes time for its bytes, and no memory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import PADDING
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Rows,
    bytes_in_range,
    compiled,
    load_byte,
    load_word,
    low_bits,
    trailing_zeros,
)
from rewardlang.kernels.search import commonness
from rewardlang.kernels.threads import in_parts_of
from rewardlang.regex.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rewardlang.columns.texts import Texts
    from rewardlang.regex.questions import Seek

LONGEST = 64
"""Longer literals have searches of their own: here an occurrence is compared anew at each place."""
MOST_ANCHORS = 4
"""How many rare bytes one pass looks for."""
_SMALL = 0x20
"""The bit that small letters of ASCII have and capital ones have not."""
COMMON = 50
"""Bytes of this rank or a higher one are met too often to go from one to the next."""
Cube = npt.NDArray[np.int64]


class _Plan(NamedTuple):
    """A set of questions as arrays.

    Shapes: a literal is `needles[firsts[i] : firsts[i] + sizes[i]]`, its rare byte at `offsets[i]`; `cases` has the bit
    of small letters where a letter of `needles` may be of either case; `ranks[b]` is the place of b among the rare
    bytes; `by_bytes[256 * ranks[b] + c]` and the next one are between which places in `order` the literals stand whose
    rare byte is b, and c behind it, if anything is; `by_literal` and `askers` are the same for the questions about a
    literal. A question is a row of `asked`: kind, literal, other literal.
    """

    anchors: Bytes
    needles: Bytes
    cases: Bytes
    firsts: Rows
    sizes: Rows
    offsets: Rows
    ranks: Rows
    by_bytes: Rows
    order: Rows
    by_literal: Rows
    askers: Rows
    asked: npt.NDArray[np.int64]


def shareable(seek: Seek) -> bool:
    """Whether a question can be answered in a common pass: its literals are short, and hold a rare byte."""
    return all(0 < len(literal) <= LONGEST and _is_rare(literal, folded=seek.folded) for literal in seek.literals)


@lru_cache(maxsize=1024)
def _is_rare(literal: bytes, *, folded: bool) -> bool:
    place = _anchor_place(literal, folded=folded)
    return place >= 0 and commonness(literal[place]) < COMMON


def _anchors(seek: Seek) -> set[int]:
    """The rarest byte of each literal."""
    return {literal[_anchor_place(literal, folded=seek.folded)] for literal in seek.literals}


@lru_cache(maxsize=1024)
def _anchor_place(literal: bytes, *, folded: bool) -> int:
    """The place of the first rarest byte, which is no letter of either case; -1 if there is none."""
    places = [place for place, case in enumerate(_case_bits(literal, folded=folded)) if not case]
    return min(places, key=lambda place: commonness(literal[place]), default=-1)


def _case_bits(literal: bytes, *, folded: bool) -> bytes:
    return bytes(_SMALL * (folded and bytes((byte,)).isalpha()) for byte in literal)


def passes(seeks: Sequence[Seek]) -> list[list[int]]:
    """The places of the questions that one pass answers each, those that share most of their rare bytes together."""
    found: list[tuple[set[int], list[int]]] = []
    for place, seek in enumerate(seeks):
        mine = _anchors(seek)
        fitting = [(len(mine - known), known, places) for known, places in found if len(known | mine) <= MOST_ANCHORS]
        if fitting:
            _, known, places = min(fitting, key=lambda entry: entry[0])
            known |= mine
            places.append(place)
        else:
            found.append((mine, [place]))
    return [places for _, places in found]


@lru_cache(maxsize=256)
def _plan(seeks: tuple[Seek, ...]) -> _Plan:
    literals = list(dict.fromkeys((literal, seek.folded) for seek in seeks for literal in seek.literals))
    number = {literal: place for place, literal in enumerate(literals)}
    sizes = [len(literal) for literal, _ in literals]
    offsets = [_anchor_place(literal, folded=folded) for literal, folded in literals]
    rare = [literal[offset] for (literal, _), offset in zip(literals, offsets, strict=True)]
    anchors = sorted(set(rare))
    ranks = [anchors.index(byte) if byte in anchors else 0 for byte in range(256)]
    keys = [
        (256 * ranks[byte] + following, place)
        for place, ((literal, folded), byte, offset) in enumerate(zip(literals, rare, offsets, strict=True))
        for following in _following(literal, offset, folded=folded)
    ]
    by_bytes, order = _lists(256 * len(anchors), keys)
    pairs = {(number[literal, seek.folded], place) for place, seek in enumerate(seeks) for literal in seek.literals}
    by_literal, askers = _lists(len(literals), sorted(pairs))
    plan = _Plan(
        np.array(anchors, np.uint8),
        _padded(literal for literal, _ in literals),
        _padded(_case_bits(literal, folded=folded) for literal, folded in literals),
        np.cumsum([0, *sizes[:-1]]),
        np.array(sizes, np.int64),
        np.array(offsets, np.int64),
        np.array(ranks, np.int64),
        by_bytes,
        order,
        by_literal,
        askers,
        np.array(
            [(seek.kind, number[seek.one, seek.folded], number.get((seek.other, seek.folded), -1)) for seek in seeks],
            np.int64,
        ),
    )
    for array in plan:
        array.setflags(write=False)
    return plan


def _following(literal: bytes, offset: int, *, folded: bool) -> Iterable[int]:
    """The bytes that can stand behind the one at a place: any where the literal ends with that."""
    if offset + 1 == len(literal):
        return range(256)
    byte, case = literal[offset + 1], _case_bits(literal, folded=folded)[offset + 1]
    return {byte | case, byte & ~case} if case else (byte,)


def _padded(parts: Iterable[bytes]) -> Bytes:
    return np.frombuffer(b"".join(parts) + bytes(PADDING), np.uint8)


def _lists(keys: int, pairs: Sequence[tuple[int, int]]) -> tuple[Rows, Rows]:
    """The second entries by their first: where each key's begin, and all of them."""
    ordered = sorted(pairs)
    begins = np.searchsorted([key for key, _ in ordered], np.arange(keys + 1))
    return begins.astype(np.int64), np.array([value for _, value in ordered], np.int64)


def seek_all(texts: Texts, seeks: Sequence[Seek]) -> list[Any]:
    """The answer to each question, in one pass: int64[rows], for pairs int64[rows, 2] with -1 where there is none."""
    found = np.empty((len(seeks), len(texts), 2), np.int64)
    plan = _plan(tuple(seeks))

    def seek(first: int, last: int) -> None:
        state = np.empty((len(seeks), 2), np.int64)
        _seek(texts.buffer, texts.starts, texts.ends, *plan, state, found, first, last)

    in_parts_of(texts.starts, texts.ends, _NANOSECONDS, seek)
    return [found[place] if seek.kind >= Kind.PAIR else found[place, :, 0] for place, seek in enumerate(seeks)]


_COUNT, _FIRST, _LAST, _LAST_PAIR = int(Kind.COUNT), int(Kind.FIRST), int(Kind.LAST), int(Kind.LAST_PAIR)
_NEVER = 1 << 62
_NANOSECONDS = 0.3
"""About how long a byte takes."""


@compiled
def _is_literal(buffer: Bytes, at: int, needles: Bytes, cases: Bytes, first: int, size: int) -> bool:
    """Whether a literal stands at a place, letters with a bit in `cases` of either case; reads up to 7 bytes beyond."""
    done = 0
    while done < size:
        word = load_word(buffer, at + done) | load_word(cases, first + done)
        if (word ^ load_word(needles, first + done)) & low_bits(8 * (size - done)) != 0:
            return False
        done += 8
    return True


@compiled
def _heard(row: int, at: int, size: int, literal: int, who: int, asked: Rows, found: Cube, state: Rows) -> int:
    """Tell a question of an occurrence; 1 where it is answered for good with that.

    `state[who]`: from where on the next occurrence counts, and where an open pair began, or -1.
    """
    kind = asked[who, 0]
    if kind == _COUNT:
        if at >= state[who, 0]:
            found[who, row, 0] += 1
            state[who, 0] = at + size
        return 0
    if kind == _LAST:
        found[who, row, 0] = at
        return 0
    if kind == _FIRST:
        if found[who, row, 0] >= 0:
            return 0
        found[who, row, 0] = at
        return 1
    begin = state[who, 1]
    if begin < 0:
        if literal == asked[who, 1] and at >= state[who, 0]:
            state[who, 1] = at + size
        return 0
    if literal != asked[who, 2] or at < begin:
        return 0
    found[who, row, 0] = begin
    found[who, row, 1] = at
    state[who, 1] = -1
    if kind == _LAST_PAIR:
        state[who, 0] = at + size
        return 0
    state[who, 0] = _NEVER
    return 1


@compiled
def _seek(
    buffer: Bytes,
    starts: Rows,
    ends: Rows,
    anchors: Bytes,
    needles: Bytes,
    cases: Bytes,
    firsts: Rows,
    sizes: Rows,
    offsets: Rows,
    ranks: Rows,
    by_bytes: Rows,
    order: Rows,
    by_literal: Rows,
    askers: Rows,
    asked: Rows,
    state: Rows,
    found: Cube,
    first: int,
    last: int,
) -> None:
    questions = asked.shape[0]
    for row in range(first, last):
        start, end = starts[row], ends[row]
        for who in range(questions):
            found[who, row, 0] = 0 if asked[who, 0] == _COUNT else -1
            found[who, row, 1] = -1
            state[who, 0] = start
            state[who, 1] = -1
        waiting = questions
        at = start
        while at < end and waiting > 0:
            mask = 0
            for which in range(anchors.size):
                mask |= bytes_in_range(buffer, at, anchors[which], anchors[which])
            mask &= low_bits(end - at)
            while mask != 0:
                place = at + trailing_zeros(mask)
                mask &= mask - 1
                key = 256 * ranks[load_byte(buffer, place)] + load_byte(buffer, place + 1)
                for entry in range(by_bytes[key], by_bytes[key + 1]):
                    literal = order[entry]
                    begin = place - offsets[literal]
                    size = sizes[literal]
                    if begin < start or begin + size > end:
                        continue
                    if not _is_literal(buffer, begin, needles, cases, firsts[literal], size):
                        continue
                    for other in range(by_literal[literal], by_literal[literal + 1]):
                        waiting -= _heard(row, begin, size, literal, askers[other], asked, found, state)
            at += LANES
