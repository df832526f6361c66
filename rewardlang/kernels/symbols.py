"""Symbols: any `int64` that stands for a token, numbered so that tables can be indexed by them."""

from __future__ import annotations

import numpy as np

from rewardlang.kernels.characters import character
from rewardlang.kernels.memory import Bytes, Rows, compiled, fold

CHARACTERS = 0x110000
"""One more than the largest code point."""
_MIXER = 0x1E3779B97F4A7C15
_FIRST_BITS = 12


@compiled
def slot_of(key: int, bits: int, seed: int) -> int:
    """Give the first slot of a key in a table of `1 << bits` slots."""
    return fold(key ^ seed, _MIXER) & ((1 << bits) - 1)


@compiled
def table_bits(count: int) -> int:
    """Give the binary logarithm of the slots of a table for `count` keys: at least twice as many."""
    bits = 4
    while 1 << bits < 2 * count:
        bits += 1
    return bits


@compiled
def _place(keys: Rows, symbol: int, bits: int, seed: int) -> int:
    """Give the slot of a symbol, or the free one where it belongs."""
    slot = slot_of(symbol, bits, seed)
    while keys[slot] != symbol and keys[slot] != 0:
        slot = (slot + 1) & ((1 << bits) - 1)
    return slot


@compiled
def _grown(keys: Rows, numbers: Rows, bits: int, seed: int) -> tuple[Rows, Rows]:
    """Move a table to one of `1 << bits` slots."""
    larger = np.zeros(1 << bits, dtype=np.int64)
    places = np.empty(1 << bits, dtype=np.int64)
    for old in range(keys.size):
        if keys[old] != 0:
            slot = _place(larger, keys[old], bits, seed)
            larger[slot] = keys[old]
            places[slot] = numbers[old]
    return larger, places


@compiled
def _number(symbols: Rows, at: int, keys: Rows, numbers: Rows, bits: int, count: int, seed: int) -> tuple[int, int]:
    """Number the symbols from `at` on until the table is too full; give where that was, and how many there are."""
    most = (1 << bits) - 1
    for place in range(at, symbols.size):
        symbol = symbols[np.uint64(place)]
        slot = np.uint64(fold(symbol ^ seed, _MIXER) & most)
        while keys[slot] != symbol:
            if keys[slot] == 0:
                if 8 * count > most:
                    return place, count
                keys[slot] = symbol
                numbers[slot] = count
                count += 1
                break
            slot = np.uint64((np.int64(slot) + 1) & most)
        symbols[np.uint64(place)] = numbers[slot]
    return symbols.size, count


@compiled
def number(left: Rows, right: Rows, seed: int) -> int:
    """Write numbers in the place of symbols, equal ones for equal ones, from 0 as they appear; give how many there are.

    No symbol is 0. The table begins small and grows, so that a usual vocabulary stays near the core, and has much room,
    so that most symbols are at their first slot and the branch is well predicted.
    """
    bits = _FIRST_BITS
    keys = np.zeros(1 << bits, dtype=np.int64)
    numbers = np.empty(1 << bits, dtype=np.int64)
    count = 0
    for part in range(2):
        symbols = left if part == 0 else right
        at = 0
        while at < symbols.size:
            at, count = _number(symbols, at, keys, numbers, bits, count, seed)
            if at < symbols.size:
                bits += 2
                keys, numbers = _grown(keys, numbers, bits, seed)
    return count


@compiled
def characters(buffer: Bytes, start: int, end: int) -> Rows:
    """Give the code points of a text."""
    codes = np.empty(end - start, dtype=np.int64)
    count = 0
    at = start
    while at < end:
        codes[count], size = character(buffer, at)
        at += size
        count += 1
    return codes[:count]
