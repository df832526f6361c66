"""Parts of texts as spans: stripping, and splitting into ragged columns. No byte is copied.

A ragged column is `(offsets: int64[rows + 1], parts)`: row i has the parts `offsets[i]` up to `offsets[i + 1]`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from rewardlang.kernels.characters import character, space_mask
from rewardlang.kernels.memory import LANES, Bytes, Rows, compiled, load_byte, low_bits, trailing_zeros
from rewardlang.kernels.search import mark_all, rare_bytes
from rewardlang.kernels.text import one_text

if TYPE_CHECKING:
    from rewardlang.columns.texts import Texts

Side = Literal["both", "left", "right"]

_SPACES = "".join(map(chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]))
WHITESPACE = _SPACES + "\u2028\u2029\u202f\u205f\u3000"
"""The characters of `str.isspace`."""


@compiled
def _is_in(code: int, small: Bytes, large: Rows) -> bool:
    """Look a code point up: in a table of 128 flags, or in sorted code points."""
    if code < 0x80:
        return bool(small[code])
    at = np.searchsorted(large, code)
    return bool(at < large.size and large[at] == code)


@compiled
def _strip(
    buffer: Bytes, starts: Rows, ends: Rows, small: Bytes, large: Rows, left: bool, right: bool
) -> tuple[Rows, Rows]:
    froms = starts.copy()
    tos = ends.copy()
    for row in range(starts.size):
        start, end = starts[row], ends[row]
        while left and start < end:
            code, size = character(buffer, start)
            if not _is_in(code, small, large):
                break
            start += size
        while right and start < end:
            at = end - 1
            while load_byte(buffer, at) & 0xC0 == 0x80:
                at -= 1
            code, _ = character(buffer, at)
            if not _is_in(code, small, large):
                break
            end = at
        froms[row] = start
        tos[row] = end
    return froms, tos


@lru_cache(maxsize=256)
def _tables(chars: str) -> tuple[Bytes, Rows]:
    codes = np.unique(np.array([ord(char) for char in chars], dtype=np.int64))
    small = np.zeros(128, dtype=np.uint8)
    small[codes[codes < 0x80]] = 1
    large = codes[codes >= 0x80]
    small.setflags(write=False)
    large.setflags(write=False)
    return small, large


def strip_chars(texts: Texts, chars: str, side: Side = "both") -> Texts:
    """Drop the characters of a set from the ends of each row, as `str.strip(chars)`, `lstrip` and `rstrip`."""
    small, large = _tables(chars)
    spans = _strip(texts.buffer, texts.starts, texts.ends, small, large, side != "right", side != "left")
    return texts.within(*spans)


def strip(texts: Texts, side: Side = "both") -> Texts:
    """Drop whitespace from the ends of each row, as `str.strip()`, `lstrip()` and `rstrip()`."""
    return strip_chars(texts, WHITESPACE, side)


@compiled
def _split_on(buffer: Bytes, starts: Rows, ends: Rows, needle: Bytes, size: int) -> tuple[Rows, Rows, Rows]:
    rare = rare_bytes(needle, 0, size)
    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    nowhere = np.empty(0, dtype=np.int64)
    for row in range(starts.size):
        offsets[row + 1] = mark_all(buffer, starts[row], ends[row], needle, 0, size, rare, nowhere, offsets[row] + 1)
    if offsets[-1] == starts.size:
        return offsets, starts.copy(), ends.copy()
    froms = np.empty(offsets[-1], dtype=np.int64)
    tos = np.empty(offsets[-1], dtype=np.int64)
    for row in range(starts.size):
        last = mark_all(buffer, starts[row], ends[row], needle, 0, size, rare, tos, offsets[row])
        tos[last] = ends[row]
        froms[offsets[row]] = starts[row]
        for part in range(offsets[row], last):
            froms[part + 1] = tos[part] + size
    return offsets, froms, tos


def split_on(texts: Texts, separator: bytes) -> tuple[Rows, Texts]:
    """Split each row at a literal, as `text.split(separator)`: at least one part a row.

    Raises:
        ValueError: The separator is empty.
    """
    if not separator:
        raise ValueError("the separator is empty")
    offsets, froms, tos = _split_on(texts.buffer, texts.starts, texts.ends, one_text(separator).buffer, len(separator))
    return offsets, texts.within(froms, tos)


def split_lines(texts: Texts) -> tuple[Rows, Texts]:
    r"""Split each row into lines, as `text.split("\n")`: an empty text is one empty line."""
    return split_on(texts, b"\n")


@compiled
def _cut_words(buffer: Bytes, start: int, end: int, edges: Rows, count: int) -> int:
    """Write where each word of a text begins into the first half of `edges`, and where it ends into the second.

    Returns: the number of edges then, two a word.
    """
    before = 0
    half = edges.size >> 1
    for at in range(start, end, LANES):
        inside = ~space_mask(buffer, at, start, end) & low_bits(end - at)
        # A set bit is where a word begins, or where the space after one does.
        changes = (inside ^ ((inside << 1) | before)) & low_bits(end - at)
        before = 1 if inside < 0 else 0
        while changes != 0:
            edges[(-(count & 1) & half) + (count >> 1)] = at + trailing_zeros(changes)
            count += 1
            changes &= changes - 1
    if count & 1:
        edges[half + (count >> 1)] = end
        count += 1
    return count


@compiled
def _split_words(buffer: Bytes, starts: Rows, ends: Rows) -> tuple[Rows, Rows, Rows]:
    offsets = np.zeros(starts.size + 1, dtype=np.int64)
    half = np.sum(ends - starts) // 4 + 32
    edges = np.empty(2 * half, dtype=np.int64)
    count = 0
    for row in range(starts.size):
        # Words and the spaces after them: no more edges than bytes, and one.
        most = (count + ends[row] - starts[row] + 3) >> 1
        if most > half:
            wider = max(most, 2 * half)
            longer = np.empty(2 * wider, dtype=np.int64)
            longer[: count >> 1] = edges[: count >> 1]
            longer[wider : wider + (count >> 1)] = edges[half : half + (count >> 1)]
            half, edges = wider, longer
        count = _cut_words(buffer, starts[row], ends[row], edges, count)
        offsets[row + 1] = count >> 1
    return offsets, edges[: count >> 1], edges[half : half + (count >> 1)]


def split_words(texts: Texts) -> tuple[Rows, Texts]:
    """Split each row at whitespace, as `text.split()`: a blank text has no words."""
    offsets, froms, tos = _split_words(texts.buffer, texts.starts, texts.ends)
    return offsets, texts.within(froms, tos)
