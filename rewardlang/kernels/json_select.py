"""Whole columns of nodes: look-ups, elements, members, and the numbers and texts in them.

A column is int64[n] of node indices, -1 where a value is missing. Results are written into arrays that the caller made.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.json_scalars import ARRAY, INTEGER, LONG, NUMBER, OBJECT, STRING, Bytes, Ints, Spans
from rewardlang.kernels.json_values import KeyTable, Nodes, Words, resolve_members, text_span
from rewardlang.kernels.words import copy_block, kernel, load_word

Bools = npt.NDArray[np.bool_]


@kernel
def _has_kind(nodes: Nodes, node: int, kind: int) -> bool:
    return node >= 0 and nodes.kind[node] == kind


@kernel
def _same_text(left: Bytes, left_start: int, right: Bytes, right_start: int, length: int) -> bool:
    offset = 0
    while offset + 8 <= length:
        if load_word(left, left_start + offset) != load_word(right, right_start + offset):
            return False
        offset += 8
    while offset < length:
        if left[left_start + offset] != right[right_start + offset]:
            return False
        offset += 1
    return True


@kernel
def kind_rows(nodes: Nodes, column: Ints, kinds: npt.NDArray[np.int64]) -> None:
    """The kind of each node; -1 for none."""
    for row in range(len(column)):
        kinds[row] = nodes.kind[column[row]] if column[row] >= 0 else -1


@kernel
def look_up_rows(nodes: Nodes, column: Ints, keys: Spans, found: Ints) -> None:
    """The value of each object's last member with the row's key, or with the only key; otherwise -1."""
    for row in range(len(column)):
        node = column[row]
        found[row] = -1
        if not _has_kind(nodes, node, OBJECT):
            continue
        which = row if len(keys.starts) > 1 else 0
        first = keys.starts[which]
        length = keys.ends[which] - first
        key = node + 1
        while key < nodes.stop[node]:
            buffer, start, end = text_span(nodes, key)
            if end - start == length and _same_text(buffer, start, keys.buffer, first, length):
                found[row] = key + 1
            key = nodes.stop[key + 1]


@kernel
def item_rows(nodes: Nodes, column: Ints, index: Ints, found: Ints) -> None:
    """Each array's element at the row's index, or at the only one, from the end where it is negative; -1 outside."""
    for row in range(len(column)):
        node = column[row]
        found[row] = -1
        if not _has_kind(nodes, node, ARRAY):
            continue
        place = index[row if len(index) > 1 else 0]
        if place < 0:
            place += nodes.payload[node]
        if place < 0 or place >= nodes.payload[node]:
            continue
        child = node + 1
        for _ in range(place):
            child = nodes.stop[child]
        found[row] = child


@kernel
def count_rows(nodes: Nodes, column: Ints, kind: int, counts: Ints, present: Bools) -> None:
    """The number of children of each array, or members of each object, as `kind` says; 0 for anything else."""
    for row in range(len(column)):
        present[row] = _has_kind(nodes, column[row], kind)
        counts[row] = nodes.payload[column[row]] if present[row] else 0


@kernel
def element_rows(nodes: Nodes, column: Ints, offsets: Ints, elements: Ints) -> None:
    """The elements of each array, in the places that `offsets` gives."""
    for row in range(len(column)):
        child = column[row] + 1
        for place in range(offsets[row], offsets[row + 1]):
            elements[place] = child
            child = nodes.stop[child]


@kernel
def member_rows(nodes: Nodes, column: Ints, table: KeyTable, offsets: Ints, members: Ints) -> None:
    """The key nodes (members[0]) and value nodes (members[1]) of each object, each key once; writes `offsets` too."""
    total = 0
    offsets[0] = 0
    for row in range(len(column)):
        if _has_kind(nodes, column[row], OBJECT):
            count = resolve_members(nodes, column[row], table, row)
            for index in range(count):
                members[0, total + index] = table.keys[index]
                members[1, total + index] = table.values[index]
            total += count
        offsets[row + 1] = total


@kernel
def key_count_rows(nodes: Nodes, column: Ints, table: KeyTable, counts: Ints) -> None:
    """The number of keys of each object; 0 for anything else."""
    for row in range(len(column)):
        counts[row] = resolve_members(nodes, column[row], table, row) if _has_kind(nodes, column[row], OBJECT) else 0


@kernel
def number_rows(nodes: Nodes, column: Ints, values: npt.NDArray[np.float64], present: Bools) -> None:
    """The nearest double of each number, where it is finite; elsewhere 0."""
    for row in range(len(column)):
        node = column[row]
        present[row] = False
        values[row] = 0.0
        if node >= 0 and (nodes.kind[node] in (NUMBER, INTEGER, LONG)) and np.isfinite(nodes.value[node]):
            present[row] = True
            values[row] = nodes.value[node]


@kernel
def text_rows(nodes: Nodes, column: Ints, starts: Ints, ends: Ints, present: Bools) -> bool:
    """The span of each string in the buffer that holds it, (0, 0) for others; whether any is a decoded one."""
    decoded = False
    for row in range(len(column)):
        node = column[row]
        present[row] = _has_kind(nodes, node, STRING)
        starts[row] = 0
        ends[row] = 0
        if present[row]:
            _, starts[row], ends[row] = text_span(nodes, node)
            decoded |= nodes.payload[node] >= 0
    return decoded


@kernel
def gather_rows(nodes: Nodes, column: Ints, target: Bytes, starts: Ints, ends: Ints) -> None:
    """Copy the strings whose spans `text_rows` found end to end into `target`, and make the spans those in it.

    A copy may write up to 15 bytes further.
    """
    total = 0
    for row in range(len(column)):
        length = ends[row] - starts[row]
        if length > 0:
            buffer, start, _ = text_span(nodes, column[row])
            for offset in range(0, length, 16):
                copy_block(buffer, start + offset, target, total + offset)
        starts[row], ends[row] = total, total + length
        total += length
    target[total : total + 16] = 0


@kernel
def intern_rows(hashes: Words, stamps: Ints, ids: Ints) -> int:
    """Number the hashes by first appearance; (0, 0), which equals nothing, is new each time. The count of numbers.

    Shapes: hashes uint64[n, 2]; stamps int64[a power of two >= 2n], all -1; ids int64[n], where -1 is left alone.
    """
    mask = np.uint64(len(stamps) - 1)
    count = 0
    for row in range(len(ids)):
        if ids[row] < 0:
            continue
        ids[row] = count
        first, second = hashes[row, 0], hashes[row, 1]
        if first == 0 and second == 0:
            count += 1
            continue
        slot = first & mask
        while stamps[slot] >= 0 and (hashes[stamps[slot], 0] != first or hashes[stamps[slot], 1] != second):
            slot = (slot + np.uint64(1)) & mask
        if stamps[slot] >= 0:
            ids[row] = ids[stamps[slot]]
        else:
            stamps[slot] = row
            count += 1
    return count
