"""The value of each node of a tape as a 128-bit hash, and the members of objects with repeated keys resolved.

Two values are equal when their hashes are, up to a chance of about 2**-100: the seeds are random in each process.
Numbers are hashed by their exact value, strings by their bytes, objects by the sum over their members (so unordered).
NaN hashes to (0, 0), and so does all that holds it: it equals nothing. By Python's equality it has a hash of its own:
`json.loads` gives one object for all NaN, which lists and dicts hold equal to itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.json_scalars import ARRAY, INTEGER, LONG, NULL, NUMBER, OBJECT, STRING, TRUE, Bytes, Ints
from rewardlang.kernels.words import kernel, load_word, multiply_wide

Words = npt.NDArray[np.uint64]
_NUMBER_TAG, _LONG_TAG, _STRING_TAG, _ARRAY_TAG, _OBJECT_TAG, _WORD_TAG = range(1, 7)
_ONE_BITS = 0x3FF << 52  # of the double 1.0
FEW = 8
"""Members of an object up to which there are no slots for them."""
_NAN_BITS = np.uint64(0x7FF8 << 48)


class Nodes(NamedTuple):
    """A tape: arrays over the nodes, the spans of decoded strings, and the two buffers that hold the texts."""

    kind: npt.NDArray[np.uint8]
    start: Ints
    end: Ints
    stop: Ints
    payload: Ints
    value: npt.NDArray[np.float64]
    decoded: Ints
    buffer: Bytes
    side: Bytes


class KeyTable(NamedTuple):
    """The hashes of all nodes, and scratch for one object at a time: its keys' first nodes and last values.

    A slot of the scratch is in use where it holds the current stamp; so nothing needs clearing between objects.
    """

    hashes: Words
    keys: Ints
    values: Ints
    stamps: Ints
    slots: Ints


class Equality(NamedTuple):
    """What a hash depends on besides the value: secret odd words, uint64[8], and whether booleans are numbers."""

    seeds: Words
    python: bool


@kernel
def text_span(nodes: Nodes, node: int) -> tuple[Bytes, int, int]:
    """The buffer and the span that hold the characters of a string node."""
    row = nodes.payload[node]
    if row < 0:
        return nodes.buffer, nodes.start[node] + 1, nodes.end[node] - 1
    return nodes.side, nodes.decoded[row, 0], nodes.decoded[row, 1]


@kernel
def _fold(left: np.uint64, right: np.uint64) -> np.uint64:
    low, high = multiply_wide(left, right)
    folded: np.uint64 = low ^ high
    return folded


@kernel
def _mix(first: np.uint64, second: np.uint64, word: np.uint64, seeds: Words) -> tuple[np.uint64, np.uint64]:
    """Take one word into both halves of a hash."""
    return _fold(first ^ word, seeds[0]) ^ seeds[1], _fold(second ^ word, seeds[2]) ^ seeds[3]


@kernel
def _begin(tag: int, length: int, seeds: Words) -> tuple[np.uint64, np.uint64]:
    return _mix(seeds[4] ^ np.uint64(tag), seeds[5], np.uint64(length), seeds)


@kernel
def _hash_bytes(buffer: Bytes, start: int, end: int, tag: int, seeds: Words) -> tuple[np.uint64, np.uint64]:
    first, second = _begin(tag, end - start, seeds)
    while end - start >= 8:
        first, second = _mix(first, second, load_word(buffer, start), seeds)
        start += 8
    if end > start:
        # Only the bytes of the text count, not those after it.
        word = load_word(buffer, start) << np.uint64(64 - 8 * (end - start))
        first, second = _mix(first, second, word, seeds)
    return _mix(first, second, seeds[6], seeds)


@kernel
def _hash_bits(bits: np.uint64, tag: int, seeds: Words) -> tuple[np.uint64, np.uint64]:
    first, second = _begin(tag, 0, seeds)
    first, second = _mix(first, second, bits, seeds)
    return _mix(first, second, seeds[6], seeds)


@kernel
def _hash_number(nodes: Nodes, node: int, equality: Equality) -> tuple[np.uint64, np.uint64]:
    value, seeds = nodes.value[node], equality.seeds
    if np.isnan(value):
        return _hash_bits(_NAN_BITS, _NUMBER_TAG, seeds) if equality.python else (np.uint64(0), np.uint64(0))
    if nodes.kind[node] == LONG:
        return _hash_bytes(nodes.buffer, nodes.start[node], nodes.end[node], _LONG_TAG, seeds)
    # -0.0 equals 0.
    bits = np.uint64(0) if value == 0.0 else np.uint64(nodes.payload[node])
    return _hash_bits(bits, _NUMBER_TAG, seeds)


@kernel
def _hash_word(kind: int, equality: Equality) -> tuple[np.uint64, np.uint64]:
    """null, false and true; for Python false and true are the numbers 0 and 1."""
    if equality.python and kind != NULL:
        bits = np.uint64(_ONE_BITS) if kind == TRUE else np.uint64(0)
        return _hash_bits(bits, _NUMBER_TAG, equality.seeds)
    return _hash_bits(np.uint64(kind), _WORD_TAG, equality.seeds)


@kernel
def _equals_nothing(hashes: Words, node: int) -> bool:
    found: bool = hashes[node, 0] == 0 and hashes[node, 1] == 0
    return found


@kernel
def _hash_array(nodes: Nodes, node: int, hashes: Words, seeds: Words) -> tuple[np.uint64, np.uint64]:
    first, second = _begin(_ARRAY_TAG, nodes.payload[node], seeds)
    child = node + 1
    while child < nodes.stop[node]:
        if _equals_nothing(hashes, child):
            return np.uint64(0), np.uint64(0)
        first = _fold(first ^ hashes[child, 0], seeds[0]) ^ seeds[1]
        second = _fold(second ^ hashes[child, 1], seeds[2]) ^ seeds[3]
        child = nodes.stop[child]
    return _mix(first, second, seeds[6], seeds)


@kernel
def _resolve_few(nodes: Nodes, node: int, table: KeyTable) -> int:
    """As `resolve_members`, without slots: to compare a few keys one by one takes less."""
    hashes = table.hashes
    count = 0
    key = node + 1
    while key < nodes.stop[node]:
        place = 0
        while place < count:
            known = table.keys[place]
            if hashes[known, 0] == hashes[key, 0] and hashes[known, 1] == hashes[key, 1]:
                break
            place += 1
        table.keys[place] = key if place == count else table.keys[place]
        count += place == count
        table.values[place] = key + 1
        key = nodes.stop[key + 1]
    return count


@kernel
def resolve_members(nodes: Nodes, node: int, table: KeyTable, stamp: int) -> int:
    """Fill `table` with the object's keys by first appearance, each with its last value; the number of keys."""
    if nodes.payload[node] <= FEW:
        return _resolve_few(nodes, node, table)
    hashes = table.hashes
    size = 1
    while size < 2 * nodes.payload[node]:
        size *= 2
    mask = np.uint64(size - 1)
    count = 0
    key = node + 1
    while key < nodes.stop[node]:
        slot = hashes[key, 0] & mask
        while table.stamps[slot] == stamp:
            known = table.keys[table.slots[slot]]
            if hashes[known, 0] == hashes[key, 0] and hashes[known, 1] == hashes[key, 1]:
                break
            slot = (slot + np.uint64(1)) & mask
        if table.stamps[slot] != stamp:
            table.stamps[slot] = stamp
            table.slots[slot] = count
            table.keys[count] = key
            count += 1
        table.values[table.slots[slot]] = key + 1
        key = nodes.stop[key + 1]
    return count


@kernel
def _hash_object(nodes: Nodes, node: int, table: KeyTable, seeds: Words) -> tuple[np.uint64, np.uint64]:
    hashes = table.hashes
    count = resolve_members(nodes, node, table, node)
    first, second = _begin(_OBJECT_TAG, count, seeds)
    for index in range(count):
        key, value = table.keys[index], table.values[index]
        if _equals_nothing(hashes, value):
            return np.uint64(0), np.uint64(0)
        first += _fold(_fold(hashes[key, 0] ^ seeds[7], seeds[0]) ^ hashes[value, 0], seeds[2])
        second += _fold(_fold(hashes[key, 1] ^ seeds[7], seeds[2]) ^ hashes[value, 1], seeds[0])
    return _mix(first, second, seeds[6], seeds)


@kernel
def _hash_node(nodes: Nodes, node: int, table: KeyTable, equality: Equality) -> tuple[np.uint64, np.uint64]:
    kind = nodes.kind[node]
    if kind == STRING:
        buffer, start, end = text_span(nodes, node)
        return _hash_bytes(buffer, start, end, _STRING_TAG, equality.seeds)
    if kind in (NUMBER, INTEGER, LONG):
        return _hash_number(nodes, node, equality)
    if kind == ARRAY:
        return _hash_array(nodes, node, table.hashes, equality.seeds)
    if kind == OBJECT:
        return _hash_object(nodes, node, table, equality.seeds)
    return _hash_word(kind, equality)


@kernel
def hash_nodes(nodes: Nodes, table: KeyTable, equality: Equality, first: int, last: int) -> None:
    """Write the hash of every node from `first` to `last`, whole texts, into the table's hashes."""
    # Children stand after their parent.
    for node in range(last - 1, first - 1, -1):
        table.hashes[node, 0], table.hashes[node, 1] = _hash_node(nodes, node, table, equality)
