"""How many n-grams two sequences of symbols share, for all orders up to one.

An n-gram is known by the number of what it begins with, its first n - 1 symbols, and that of its last symbol: exact,
without a collision of hashes. An n-gram of one sequence whose beginning the other lacks is not looked for.
"""

from __future__ import annotations

import numpy as np

from rewardlang.kernels.memory import Rows, compiled
from rewardlang.kernels.symbols import slot_of, table_bits

_NUMBER_BITS = 31
"""A number of a symbol fits: there are fewer of them than that in memory."""


@compiled
def _add(keys: Rows, key: int, bits: int, seed: int) -> int:
    slot = slot_of(key, bits, seed)
    while keys[slot] != key and keys[slot] >= 0:
        slot = (slot + 1) & ((1 << bits) - 1)
    keys[slot] = key
    return slot


@compiled
def _look_up(keys: Rows, key: int, bits: int, seed: int) -> int:
    """Give the slot of a key, -1 where it is not."""
    slot = slot_of(key, bits, seed)
    while keys[slot] != key:
        if keys[slot] < 0:
            return -1
        slot = (slot + 1) & ((1 << bits) - 1)
    return slot


@compiled
def shared_symbols(wanted: Rows, made: Rows, left: Rows) -> int:
    """Count the symbols that both sequences have, each as often as it stands in both.

    Symbols are numbers from 0 up to the size of `left`, which holds zeros, and does so again afterwards.
    """
    for symbol in wanted:
        left[np.uint64(symbol)] += 1
    found = 0
    for symbol in made:
        some = left[np.uint64(symbol)] > 0
        found += some
        left[np.uint64(symbol)] -= some
    for symbol in wanted:
        left[np.uint64(symbol)] = 0
    return found


@compiled
def shared_ngrams(wanted: Rows, made: Rows, left: Rows, shared: Rows, seed: int) -> None:
    """Count the n-grams that both sequences have, each as often as it stands in both; `shared[n - 1]` for n-grams."""
    shared[:] = 0
    shared[0] = shared_symbols(wanted, made, left)
    if shared.size == 1 or shared[0] == 0:
        return
    bits = table_bits(wanted.size)
    keys = np.empty(1 << bits, dtype=np.int64)
    counts = np.empty(1 << bits, dtype=np.int64)
    # For each place the number of the n-gram that begins there: its symbol, then the slot of its key; -1 for none.
    mine = wanted.copy()
    theirs = made.copy()
    for order in range(2, min(shared.size, wanted.size, made.size) + 1):
        keys[:] = -1
        counts[:] = 0
        for place in range(wanted.size - order + 1):
            slot = _add(keys, mine[place] << _NUMBER_BITS | wanted[place + order - 1], bits, seed)
            counts[slot] += 1
            mine[place] = slot
        found = 0
        for place in range(made.size - order + 1):
            if theirs[place] >= 0:
                slot = _look_up(keys, theirs[place] << _NUMBER_BITS | made[place + order - 1], bits, seed)
                theirs[place] = slot
                if slot >= 0 and counts[slot] > 0:
                    counts[slot] -= 1
                    found += 1
        shared[order - 1] = found
        if found == 0:
            return
