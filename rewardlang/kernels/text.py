"""Length, searching for literals, and comparing: a column of texts in, one number or flag for each row out.

A needle is `bytes` (one for all rows) or a `Texts` (row i is looked for in row i). Positions are absolute byte offsets.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from rewardlang.columns.texts import PADDING, Texts
from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Flags,
    Rows,
    bytes_in_range,
    common_prefix,
    compiled,
    load_byte,
    low_bits,
    popcount,
)
from rewardlang.kernels.search import find_first, find_last, mark_all, rare_bytes
from rewardlang.kernels.threads import in_parts_of

Signs = npt.NDArray[np.int8]
Table = npt.NDArray[np.int64]

_NANOSECONDS = 0.35
"""About how long it takes to look at a byte."""


def one_text(literal: bytes) -> Texts:
    """Hold one literal as a column of one row."""
    return Texts(
        np.frombuffer(literal + bytes(PADDING), dtype=np.uint8),
        np.zeros(1, dtype=np.int64),
        np.full(1, len(literal), dtype=np.int64),
    )


def _needles(texts: Texts, needle: bytes | Texts) -> tuple[Bytes, Rows, Rows]:
    needles = one_text(needle) if isinstance(needle, bytes) else needle
    if isinstance(needle, Texts):
        _check_rows(texts, needle)
    return needles.buffer, needles.starts, needles.ends


def _check_rows(left: Texts, right: Texts) -> None:
    if len(left) != len(right):
        raise ValueError(f"columns of one length are needed, but got {len(left)} and {len(right)} rows")


@compiled
def count_characters(buffer: Bytes, start: int, end: int) -> int:
    """Count the code points of a span: all bytes but the continuation bytes 10xxxxxx."""
    count = end - start
    for at in range(start, end, LANES):
        count -= popcount(bytes_in_range(buffer, at, 0x80, 0xBF) & low_bits(end - at))
    return count


@compiled
def _length(buffer: Bytes, starts: Rows, ends: Rows) -> Rows:
    result = np.empty(starts.size, dtype=np.int64)
    for row in range(starts.size):
        result[row] = count_characters(buffer, starts[row], ends[row])
    return result


def length(texts: Texts) -> Rows:
    """Count the code points of each row: `int64[rows]`, as `len(text)`."""
    return _length(texts.buffer, texts.starts, texts.ends)


@compiled
def _find(
    buffer: Bytes,
    starts: Rows,
    ends: Rows,
    needle: Bytes,
    firsts: Rows,
    lasts: Rows,
    last: bool,
    result: Rows,
    begin: int,
    end: int,
) -> None:
    shared = firsts.size == 1
    rare = rare_bytes(needle, firsts[0], lasts[0] - firsts[0]) if shared else (0, 0)
    for row in range(begin, end):
        which = 0 if shared else row
        first = firsts[which]
        size = lasts[which] - first
        if not shared:
            rare = rare_bytes(needle, first, size)
        if last:
            result[row] = find_last(buffer, starts[row], ends[row], needle, first, size, rare)
        else:
            result[row] = find_first(buffer, starts[row], ends[row], needle, first, size, rare)


def find_literal(texts: Texts, needle: bytes | Texts, *, last: bool = False) -> Rows:
    """Find the first (or last) occurrence in each row: `int64[rows]`, absolute byte offsets or -1, as `bytes.find`."""
    result = np.empty(len(texts), np.int64)
    write = partial(_find, texts.buffer, texts.starts, texts.ends, *_needles(texts, needle), last, result)
    in_parts_of(texts.starts, texts.ends, _NANOSECONDS, write)
    return result


def contains(texts: Texts, needle: bytes | Texts) -> Flags:
    """Tell whether each row holds the needle: `bool[rows]`, as `needle in text`."""
    return find_literal(texts, needle) >= 0


@compiled
def count_byte(buffer: Bytes, start: int, end: int, byte: int) -> int:
    """Count one byte in a span."""
    count = 0
    for at in range(start, end, LANES):
        count += popcount(bytes_in_range(buffer, at, byte, byte) & low_bits(end - at))
    return count


@compiled
def _count(buffer: Bytes, starts: Rows, ends: Rows, needle: Bytes, firsts: Rows, lasts: Rows) -> Rows:
    result = np.empty(starts.size, dtype=np.int64)
    nowhere = np.empty(0, dtype=np.int64)
    for row in range(starts.size):
        start, end = starts[row], ends[row]
        which = 0 if firsts.size == 1 else row
        first = firsts[which]
        size = lasts[which] - first
        if size == 0:
            result[row] = count_characters(buffer, start, end) + 1
        elif size == 1:
            result[row] = count_byte(buffer, start, end, load_byte(needle, first))
        else:
            rare = rare_bytes(needle, first, size)
            result[row] = mark_all(buffer, start, end, needle, first, size, rare, nowhere, 0)
    return result


def count_literal(texts: Texts, needle: bytes | Texts) -> Rows:
    """Count the occurrences in each row that do not overlap: `int64[rows]`, as `str.count` (empty: characters + 1)."""
    return _count(texts.buffer, texts.starts, texts.ends, *_needles(texts, needle))


@compiled
def _has_affix(
    buffer: Bytes,
    starts: Rows,
    ends: Rows,
    needle: Bytes,
    firsts: Rows,
    lasts: Rows,
    at_end: bool,
) -> Flags:
    result = np.empty(starts.size, dtype=np.bool_)
    for row in range(starts.size):
        which = 0 if firsts.size == 1 else row
        first = firsts[which]
        size = lasts[which] - first
        if ends[row] - starts[row] < size:
            result[row] = False
        else:
            at = ends[row] - size if at_end else starts[row]
            result[row] = common_prefix(buffer, at, needle, first, size) == size
    return result


def starts_with(texts: Texts, needle: bytes | Texts) -> Flags:
    """Tell whether each row begins with the needle: `bool[rows]`, as `str.startswith`."""
    return _has_affix(texts.buffer, texts.starts, texts.ends, *_needles(texts, needle), False)


def ends_with(texts: Texts, needle: bytes | Texts) -> Flags:
    """Tell whether each row ends with the needle: `bool[rows]`, as `str.endswith`."""
    return _has_affix(texts.buffer, texts.starts, texts.ends, *_needles(texts, needle), True)


@compiled
def _between(
    buffer: Bytes,
    starts: Rows,
    ends: Rows,
    needles: Bytes,
    opening: int,
    closing: int,
    last: bool,
) -> tuple[Rows, Rows]:
    rare_opening = rare_bytes(needles, 0, opening)
    rare_closing = rare_bytes(needles, opening, closing)
    froms = np.full(starts.size, -1, dtype=np.int64)
    tos = np.full(starts.size, -1, dtype=np.int64)
    for row in range(starts.size):
        end = ends[row]
        at = starts[row]
        if opening + closing == 0:
            # Every match is empty; the last one stands at the very end.
            froms[row] = tos[row] = end if last else at
            continue
        while True:
            at = find_first(buffer, at, end, needles, 0, opening, rare_opening)
            if at < 0:
                break
            begin = at + opening
            close = find_first(buffer, begin, end, needles, opening, closing, rare_closing)
            if close < 0:
                break
            froms[row] = begin
            tos[row] = close
            if not last:
                break
            at = close + closing
    return froms, tos


def between(texts: Texts, opening: bytes, closing: bytes, *, last: bool = False) -> tuple[Texts, Flags]:
    """Capture what stands between two literals: the group of the regular expression `opening(.*?)closing`.

    `.` matches newlines too. The first match is that of `re.search`; with `last` it is the last of `re.findall`, which
    scans from the left without overlap.

    Returns:
        The captured spans, empty where there is no match, and `present: bool[rows]`.
    """
    needles = np.frombuffer(opening + closing + bytes(PADDING), dtype=np.uint8)
    froms, tos = _between(texts.buffer, texts.starts, texts.ends, needles, len(opening), len(closing), last)
    present = froms >= 0
    return texts.within(np.where(present, froms, texts.starts), np.where(present, tos, texts.starts)), present


@compiled
def group_spans(spans: Table, number: int) -> tuple[Rows, Rows, Flags]:
    """The starts and ends of one group, 0 where it took no part, and where it did; spans int64[rows, 2 * groups]."""
    rows = spans.shape[0]
    starts, ends, present = np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    for row in range(rows):
        if spans[row, 2 * number] >= 0:
            starts[row], ends[row] = spans[row, 2 * number], spans[row, 2 * number + 1]
            present[row] = True
    return starts, ends, present


@compiled
def _compare(left: Bytes, starts: Rows, ends: Rows, right: Bytes, firsts: Rows, lasts: Rows, exact: bool) -> Signs:
    result = np.empty(starts.size, dtype=np.int8)
    for row in range(starts.size):
        start, first = starts[row], firsts[row]
        difference = (ends[row] - start) - (lasts[row] - first)
        if not exact or difference == 0:
            size = min(ends[row] - start, lasts[row] - first)
            same = common_prefix(left, start, right, first, size)
            if same < size:
                difference = load_byte(left, start + same) - load_byte(right, first + same)
        result[row] = (difference > 0) - (difference < 0)
    return result


def compare(left: Texts, right: Texts) -> Signs:
    """Compare row i with row i by code points: `int8[rows]`, -1, 0 or 1; UTF-8 bytes have the order of code points."""
    _check_rows(left, right)
    return _compare(left.buffer, left.starts, left.ends, right.buffer, right.starts, right.ends, False)


def equal(left: Texts, right: Texts) -> Flags:
    """Tell whether row i has exactly the bytes of row i: `bool[rows]`."""
    _check_rows(left, right)
    same: Flags = _compare(left.buffer, left.starts, left.ends, right.buffer, right.starts, right.ends, True) == 0
    return same
