"""Searching one span for one literal, by its two rarest bytes, in linear time.

A needle is a span of a buffer of its own. A block of 64 places is tried at once: the masks of the two rarest bytes of
the needle, shifted to the same place and combined, leave few candidates to compare. Where comparing costs more than a
few times the scanned length (`aaaa...b` in `aaaa...`), Knuth, Morris and Pratt's algorithm takes over, so that no input
is quadratic.

Source: D. E. Knuth, J. H. Morris, V. R. Pratt, Fast pattern matching in strings, SIAM J. Comput. 6 (1977), section 2.
"""

from __future__ import annotations

import numpy as np

from rewardlang.kernels.memory import (
    LANES,
    Bytes,
    Rows,
    bytes_in_range,
    common_prefix,
    compiled,
    leading_zeros,
    load_byte,
    load_word,
    low_bits,
    range_mask,
    trailing_zeros,
)

_COMMON_FIRST = b" etaoinsrhldcumfpgwybvkxjqz.,\n0123456789\x80\x81\x82\xe2\xe3\xc3-\"'/TSAICEM:()ROP"

_PATIENCE = 4
"""How many bytes may be compared for each byte passed, before the slow algorithm takes over."""

_CHOICE = 256
"""How many bytes of a needle are looked at to find its rarest ones."""


def _commonness() -> Bytes:
    """Give each byte a rank, 0 for the rare ones: the order of frequency in English text and UTF-8 beyond it."""
    ranks = np.zeros(256, dtype=np.uint8)
    for place, byte in enumerate(reversed(_COMMON_FIRST), start=1):
        ranks[byte] = place
    return ranks


_RANKS = _commonness()


def commonness(byte: int) -> int:
    """The rank of a byte, 0 for the rare ones."""
    return int(_RANKS[byte])


@compiled
def rare_bytes(needle: Bytes, first: int, size: int) -> tuple[int, int]:
    """Give the offsets within a needle of its rarest byte and of the next rarest (the same in a needle of one byte)."""
    best = 0
    second = 0
    for place in range(1, min(size, _CHOICE)):
        rank = _RANKS[load_byte(needle, first + place)]
        if rank < _RANKS[load_byte(needle, first + best)]:
            second = best
            best = place
        elif second == best or rank < _RANKS[load_byte(needle, first + second)]:
            second = place
    return best, second


@compiled
def _edge_candidates(buffer: Bytes, at: int, one: int, other: int, rare: tuple[int, int]) -> int:
    """As in `_candidates`, for the last bytes of a buffer."""
    return bytes_in_range(buffer, at + rare[0], one, one) & bytes_in_range(buffer, at + rare[1], other, other)


@compiled
def _candidates(buffer: Bytes, at: int, one: int, other: int, rare: tuple[int, int]) -> int:
    """Give the mask of the 64 places from `at` where the two rare bytes of the needle stand at their offsets."""
    if at + max(rare[0], rare[1]) + LANES > buffer.size:
        return _edge_candidates(buffer, at, one, other, rare)
    mask = range_mask(buffer, at + rare[0], one, one)
    return mask & range_mask(buffer, at + rare[1], other, other) if mask != 0 else 0


@compiled
def _find_by_borders(buffer: Bytes, start: int, end: int, needle: Bytes, first: int, size: int, last: bool) -> int:
    """Find a needle of at least one byte in time proportional to both lengths, whatever they hold."""
    borders = np.empty(size + 1, dtype=np.int64)
    borders[0] = -1
    border = -1
    for place in range(size):
        while border >= 0 and load_byte(needle, first + border) != load_byte(needle, first + place):
            border = borders[border]
        border += 1
        borders[place + 1] = border
    found = -1
    matched = 0
    for place in range(start, end):
        byte = load_byte(buffer, place)
        while matched >= 0 and load_byte(needle, first + matched) != byte:
            matched = borders[matched]
        matched += 1
        if matched == size:
            found = place + 1 - size
            if not last:
                return found
            matched = borders[matched]
    return found


@compiled
def find_first(buffer: Bytes, start: int, end: int, needle: Bytes, first: int, size: int, rare: tuple[int, int]) -> int:
    """Give the first place of a needle in a span, -1 if there is none; an empty needle stands at `start`."""
    if size == 0:
        return start
    key = load_word(needle, first)
    keep = low_bits(8 * size)
    one, other = load_byte(needle, first + rare[0]), load_byte(needle, first + rare[1])
    spent = 0
    at = start
    while at <= end - size:
        mask = _candidates(buffer, at, one, other, rare) & low_bits(end - size - at + 1)
        while mask != 0:
            place = at + trailing_zeros(mask)
            mask &= mask - 1
            if (load_word(buffer, place) ^ key) & keep == 0:
                same = common_prefix(buffer, place, needle, first, size)
                if same == size:
                    return place
                spent += same
                if spent > _PATIENCE * (place - start + size) + 1024:
                    return _find_by_borders(buffer, place + 1, end, needle, first, size, False)
        at += LANES
    return -1


@compiled
def find_last(buffer: Bytes, start: int, end: int, needle: Bytes, first: int, size: int, rare: tuple[int, int]) -> int:
    """Give the last place of a needle in a span, -1 if there is none; an empty needle stands at `end`."""
    if size == 0:
        return end
    key = load_word(needle, first)
    keep = low_bits(8 * size)
    one, other = load_byte(needle, first + rare[0]), load_byte(needle, first + rare[1])
    spent = 0
    top = end - size
    while top >= start:
        at = max(start, top - LANES + 1)
        mask = _candidates(buffer, at, one, other, rare) & low_bits(top - at + 1)
        while mask != 0:
            bit = LANES - 1 - leading_zeros(mask)
            mask ^= 1 << bit
            place = at + bit
            if (load_word(buffer, place) ^ key) & keep == 0:
                same = common_prefix(buffer, place, needle, first, size)
                if same == size:
                    return place
                spent += same
                if spent > _PATIENCE * (end - place) + 1024:
                    return _find_by_borders(buffer, start, place - 1 + size, needle, first, size, True)
        top = at - 1
    return -1


@compiled
def mark_short(
    buffer: Bytes,
    start: int,
    end: int,
    needle: Bytes,
    first: int,
    size: int,
    rare: tuple[int, int],
    places: Rows,
    count: int,
) -> int:
    """Add to `count` the places of a needle of 1 to 8 bytes, without overlap; list them as far as `places` has room.

    One word decides each place, so that nothing is compared twice.
    """
    keep = low_bits(8 * size)
    key = load_word(needle, first) & keep
    one, other = load_byte(needle, first + rare[0]), load_byte(needle, first + rare[1])
    free = start
    at = start
    while at <= end - size:
        mask = _candidates(buffer, at, one, other, rare) & low_bits(end - size - at + 1)
        while mask != 0:
            place = at + trailing_zeros(mask)
            mask &= mask - 1
            if place >= free and load_word(buffer, place) & keep == key:
                if count < places.size:
                    places[count] = place
                count += 1
                free = place + size
        at += LANES
    return count


@compiled
def mark_all(
    buffer: Bytes,
    start: int,
    end: int,
    needle: Bytes,
    first: int,
    size: int,
    rare: tuple[int, int],
    places: Rows,
    count: int,
) -> int:
    """As `mark_short`, for a needle of any size from 1 on."""
    if size <= 8:
        return mark_short(buffer, start, end, needle, first, size, rare, places, count)
    at = find_first(buffer, start, end, needle, first, size, rare)
    while at >= 0:
        if count < places.size:
            places[count] = at
        count += 1
        at = find_first(buffer, at + size, end, needle, first, size, rare)
    return count
