r"""Whole words and sentences: what depends on the letters on both sides of a place. `\w` is that of Python's `re`."""

from __future__ import annotations

from functools import cache

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.kernels.characters import character, space_width
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Rows,
    bytes_in_range,
    common_prefix,
    compiled,
    load_byte,
    low_bits,
    trailing_zeros,
)
from rewardlang.kernels.search import find_first, rare_bytes
from rewardlang.kernels.text import one_text

_PATIENCE = 4
"""How many bytes of occurrences inside words may be passed over for each byte passed, before the slow algorithm."""

ABBREVIATIONS = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Sr", "Jr", "St", "vs", "etc", "approx", "cf", "e.g", "i.e")
"""Words whose full stop ends no sentence; so does that of one capital letter."""


@cache
def word_bounds() -> Rows:
    r"""Where runs of `\w` begin and end among the code points, in turn."""
    from rewardlang.regex.classes import category

    bounds = np.array([edge for first, last in category("w") for edge in (first, last + 1)], np.int64)
    bounds.setflags(write=False)
    return bounds


@compiled
def _is_word(code: int, bounds: Rows) -> bool:
    if code < 0x80:
        return 0x30 <= code <= 0x39 or 0x41 <= code <= 0x5A or 0x61 <= code <= 0x7A or code == 0x5F
    low = 0
    high = bounds.size
    while low < high:
        middle = (low + high) >> 1
        if bounds[middle] <= code:
            low = middle + 1
        else:
            high = middle
    return low & 1 == 1


@compiled
def _word_before(buffer: Bytes, start: int, at: int, bounds: Rows) -> bool:
    r"""Tell whether a character of `\w` ends at `at`, in a text from `start` on."""
    if at <= start:
        return False
    at -= 1
    while load_byte(buffer, at) & 0xC0 == 0x80:
        at -= 1
    return _is_word(character(buffer, at)[0], bounds)


@compiled
def _touches(buffer: Bytes, start: int, end: int, first: int, last: int, bounds: Rows) -> bool:
    r"""Tell whether a character of `\w` stands directly before or after a span."""
    if last < end and _is_word(character(buffer, last)[0], bounds):
        return True
    return _word_before(buffer, start, first, bounds)


@compiled
def _count_places(buffer: Bytes, start: int, end: int, bounds: Rows) -> int:
    r"""Count the places with no character of `\w` on either side: what the empty word stands at."""
    count = 0
    at = start
    before = False
    while at < end:
        code, size = character(buffer, at)
        here = _is_word(code, bounds)
        count += not before and not here
        before = here
        at += size
    return count + (not before)


@compiled
def _count_by_borders(
    buffer: Bytes, start: int, at: int, end: int, needle: Bytes, first: int, size: int, bounds: Rows
) -> int:
    """Count from `at` on in time proportional to both lengths, whatever they hold (Knuth, Morris and Pratt)."""
    borders = np.empty(size + 1, dtype=np.int64)
    borders[0] = -1
    border = -1
    for place in range(size):
        while border >= 0 and load_byte(needle, first + border) != load_byte(needle, first + place):
            border = borders[border]
        border += 1
        borders[place + 1] = border
    count = 0
    free = at
    matched = 0
    for place in range(at, end):
        byte = load_byte(buffer, place)
        while matched >= 0 and load_byte(needle, first + matched) != byte:
            matched = borders[matched]
        matched += 1
        if matched == size:
            found = place + 1 - size
            if found >= free and not _touches(buffer, start, end, found, place + 1, bounds):
                count += 1
                free = place + 1
            matched = borders[matched]
    return count


@compiled
def _count_words(
    buffer: Bytes, starts: Rows, ends: Rows, needle: Bytes, firsts: Rows, lasts: Rows, bounds: Rows
) -> Rows:
    result = np.zeros(starts.size, dtype=np.int64)
    for row in range(starts.size):
        start, end = starts[row], ends[row]
        which = 0 if firsts.size == 1 else row
        first = firsts[which]
        size = lasts[which] - first
        if size == 0:
            result[row] = _count_places(buffer, start, end, bounds)
            continue
        rare = rare_bytes(needle, first, size)
        spent = 0
        place = find_first(buffer, start, end, needle, first, size, rare)
        while place >= 0:
            after = place + size
            if _touches(buffer, start, end, place, after, bounds):
                after = place + 1
                spent += size
            else:
                result[row] += 1
            if spent > _PATIENCE * (after - start + size) + 1024:
                result[row] += _count_by_borders(buffer, start, after, end, needle, first, size, bounds)
                break
            place = find_first(buffer, after, end, needle, first, size, rare)
    return result


def count_words(texts: Texts, word: bytes | Texts) -> Rows:
    r"""Count where a word, or words, stand with no character of `\w` beside them: `int64[rows]`, without overlap."""
    words = one_text(word) if isinstance(word, bytes) else word
    if isinstance(word, Texts) and len(word) != len(texts):
        raise ValueError(f"columns of one length are needed, but got {len(texts)} and {len(word)} rows")
    places = (texts.buffer, texts.starts, texts.ends, words.buffer, words.starts, words.ends)
    return _count_words(*places, word_bounds())


# --- sentences -------------------------------------------------------------------------------------------------------


@compiled
def _mark(buffer: Bytes, at: int) -> int:
    """Give the bytes of the mark at `at`, 0 if there is none; those of the wide marks of Chinese are negative."""
    byte = load_byte(buffer, at)
    if byte < 0x80:
        return 1 if byte in (0x2E, 0x21, 0x3F) else 0
    second, third = load_byte(buffer, at + 1), load_byte(buffer, at + 2)
    if byte == 0xE2:
        return 3 if second == 0x80 and third == 0xA6 else 0
    full_stop = byte == 0xE3 and second == 0x80 and third == 0x82
    return -3 if full_stop or (byte == 0xEF and second == 0xBC and third in (0x81, 0x9F)) else 0


@compiled
def _closing(buffer: Bytes, at: int) -> int:
    """Give the bytes of the closing quotation mark or bracket at `at`, 0 if there is none."""
    byte = load_byte(buffer, at)
    if byte < 0x80:
        return 1 if byte in (0x22, 0x27, 0x29, 0x5D) else 0
    second, third = load_byte(buffer, at + 1), load_byte(buffer, at + 2)
    if byte == 0xC2:
        return 2 if second == 0xBB else 0
    if byte == 0xE2:
        return 3 if second == 0x80 and third in (0x99, 0x9D) else 0
    corner = byte == 0xE3 and second == 0x80 and third in (0x8D, 0x8F)
    return 3 if corner or (byte == 0xEF and second == 0xBC and third == 0x89) else 0


@compiled
def _next_mark(buffer: Bytes, at: int, end: int) -> int:
    """Give the place of the next mark, `end` if there is none."""
    while at < end:
        mask = bytes_in_range(buffer, at, 0x2E, 0x2E) | bytes_in_range(buffer, at, 0x21, 0x21)
        mask |= bytes_in_range(buffer, at, 0x3F, 0x3F) | bytes_in_range(buffer, at, 0xE2, 0xE3)
        mask = (mask | bytes_in_range(buffer, at, 0xEF, 0xEF)) & low_bits(end - at)
        while mask != 0:
            place = at + trailing_zeros(mask)
            mask &= mask - 1
            if _mark(buffer, place) != 0:
                return place
        at += LANES
    return end


@compiled
def _abbreviated(buffer: Bytes, start: int, stop: int, known: Bytes, offsets: Rows, bounds: Rows) -> bool:
    """Tell whether an abbreviation, or one capital letter, ends at the full stop `stop`."""
    if (
        stop > start
        and 0x41 <= load_byte(buffer, stop - 1) <= 0x5A
        and not _word_before(buffer, start, stop - 1, bounds)
    ):
        return True
    for which in range(offsets.size - 1):
        first = offsets[which]
        size = offsets[which + 1] - first
        at = stop - size
        same = at >= start and common_prefix(buffer, at, known, first, size) == size
        if same and not _word_before(buffer, start, at, bounds):
            return True
    return False


@compiled
def _ends_sentence(
    buffer: Bytes, start: int, place: int, end: int, known: Bytes, offsets: Rows, bounds: Rows
) -> tuple[bool, int]:
    """Tell whether the run of marks at `place` ends a sentence, and where: behind what closes, or behind the run."""
    at = place
    wide = False
    while at < end and _mark(buffer, at) != 0:
        wide = wide or _mark(buffer, at) < 0
        at += abs(_mark(buffer, at))
    run = at
    while at < end and _closing(buffer, at) != 0:
        at += _closing(buffer, at)
    ends = wide or at == end or space_width(buffer, at, end) != 0 or _mark(buffer, at) != 0
    one_stop = run == place + 1 and load_byte(buffer, place) == 0x2E
    if ends and one_stop and _abbreviated(buffer, start, place, known, offsets, bounds):
        return False, run
    return ends, at if ends else run


@compiled
def _next_sentence(
    buffer: Bytes, start: int, at: int, end: int, known: Bytes, offsets: Rows, bounds: Rows
) -> tuple[int, int]:
    """Give the first and last place of the sentence that begins at `at` or later; `end` twice if none does."""
    while at < end:
        step = space_width(buffer, at, end)
        if step == 0:
            step = abs(_mark(buffer, at))
        if step == 0:
            break
        at += step
    first = at
    while at < end:
        place = _next_mark(buffer, at, end)
        if place == end:
            break
        over, at = _ends_sentence(buffer, start, place, end, known, offsets, bounds)
        if over:
            return first, at
    return first, end


@compiled
def _sentences(
    buffer: Bytes, starts: Rows, ends: Rows, known: Bytes, known_at: Rows, bounds: Rows
) -> tuple[Rows, Rows, Rows]:
    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    froms = tos = np.empty(0, dtype=np.int64)
    for filling in range(2):
        count = 0
        for row in range(starts.size):
            at = starts[row]
            while True:
                first, at = _next_sentence(buffer, starts[row], at, ends[row], known, known_at, bounds)
                if first == ends[row]:
                    break
                if filling == 1:
                    froms[count] = first
                    tos[count] = at
                count += 1
            offsets[row + 1] = count
        if filling == 0:
            froms = np.empty(count, dtype=np.int64)
            tos = np.empty(count, dtype=np.int64)
    return offsets, froms, tos


def split_sentences(texts: Texts) -> tuple[Rows, Texts]:
    """Split each row into its sentences, whitespace behind them left out: see the builtin `sentences` for the rule."""
    from rewardlang.kernels.split import strip

    known, places = _abbreviations()
    offsets, froms, tos = _sentences(texts.buffer, texts.starts, texts.ends, known, places, word_bounds())
    return offsets, strip(Texts(texts.buffer, froms, tos), "right")


@cache
def _abbreviations() -> tuple[Bytes, Rows]:
    places = np.cumsum([0, *map(len, ABBREVIATIONS)])
    places.setflags(write=False)
    return one_text("".join(ABBREVIATIONS).encode()).buffer, places
