"""Pairs of JSON values, row by row: whether they are equal, and what members of two objects agree.

A column is int64[n] of node indices of its tape, -1 where a value is missing. Values are compared by their hashes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.json_scalars import NUMBER, OBJECT, Ints
from rewardlang.kernels.json_values import FEW, KeyTable, Nodes, Words, resolve_members
from rewardlang.kernels.words import kernel

_SPREAD = 0x9E3779B1


class Side(NamedTuple):
    """One side of the pairs: the nodes of a tape, their hashes with scratch, and the column."""

    nodes: Nodes
    table: KeyTable
    column: Ints


@kernel
def _same(left: Words, one: int, right: Words, other: int) -> bool:
    found: bool = left[one, 0] == right[other, 0] and left[one, 1] == right[other, 1]
    return found


@kernel
def _is_nan(nodes: Nodes, node: int) -> bool:
    found: bool = nodes.kind[node] == NUMBER and nodes.value[node] != nodes.value[node]
    return found


@kernel
def _equals_itself(nodes: Nodes, hashes: Words, node: int) -> bool:
    """Whether a value equals any: not where its hash is (0, 0), and NaN does inside of an array or object alone."""
    return (hashes[node, 0] != 0 or hashes[node, 1] != 0) and not _is_nan(nodes, node)


@kernel
def equal_rows(
    nodes: Nodes, left: Words, ones: Ints, right: Words, others: Ints, equal: npt.NDArray[np.bool_]
) -> None:  # fmt: skip
    """Whether the values of both nodes are equal, of which those of the left column are `nodes`."""
    for row in range(len(ones)):
        one, other = ones[row], others[row]
        equal[row] = one >= 0 and other >= 0 and _same(left, one, right, other) and _equals_itself(nodes, left, one)


@kernel
def _probed(side: Side, node: int, hashes: Words, key: int, stamp: int) -> int:
    """The last value of a key among the members of an object with slots in the table; -1 without one."""
    table = side.table
    size = 1
    while size < 2 * side.nodes.payload[node]:
        size *= 2
    mask = np.uint64(size - 1)
    slot = hashes[key, 0] & mask
    found = -1
    while found < 0 and table.stamps[slot] == stamp:
        if _same(table.hashes, table.keys[table.slots[slot]], hashes, key):
            found = table.values[table.slots[slot]]
        slot = (slot + np.uint64(1)) & mask
    return found


@kernel
def _members(side: Side, node: int, stamp: int) -> int:
    """How many members an object has, which its table is filled with; -1 for anything else."""
    if node < 0 or side.nodes.kind[node] != OBJECT:
        return -1
    return resolve_members(side.nodes, node, side.table, stamp)


@kernel
def _listed(table: KeyTable, count: int, hashes: Words, key: int) -> int:
    """The value of a key among the members that a table is filled with; -1 without one."""
    for place in range(count):
        if _same(table.hashes, table.keys[place], hashes, key):
            value: int = table.values[place]
            return value
    return -1


@kernel
def _value_of(side: Side, node: int, listed: int, hashes: Words, key: int, stamp: int) -> int:
    """The last value of a key in the object that the table was filled with under this stamp; -1 without one."""
    if side.nodes.payload[node] <= FEW:
        return _listed(side.table, listed, hashes, key)
    return _probed(side, node, hashes, key, stamp)


@kernel
def _common(left: Side, held: int, right: Side, listed: int, other: int, stamp: int) -> tuple[int, int]:
    """How many of the left table's `held` members are among the `listed` of the right table, which `other` has.

    By their keys, and by their keys and values.
    """
    hashes = left.table.hashes
    keys = 0
    equal = 0
    for index in range(held):
        key, value = left.table.keys[index], left.table.values[index]
        its = _value_of(right, other, listed, hashes, key, stamp)
        if its >= 0:
            keys += 1
            equal += _same(right.table.hashes, its, hashes, value) and _equals_itself(left.nodes, hashes, value)
    return keys, equal


@kernel
def common_rows(left: Side, right: Side, memo: Ints, counts: Ints, first: int) -> None:
    """How many members two objects have in common, how many of these are equal, and how many each has.

    Writes to counts, int64[4, any], from its column `first` on, 0 for what is no object. Common are members of one
    key. The pairs of a group repeat: `memo`, of which the first row is -2 and the number of columns a power of two, is
    int64[6, any].
    """
    mask = np.int64(memo.shape[1] - 1)
    resolved = -2
    held = 0
    for row in range(len(left.column)):
        one, other = left.column[row], right.column[row]
        slot = (one * _SPREAD + other) & mask
        if memo[0, slot] != one or memo[1, slot] != other:
            if one != resolved:
                held = _members(left, one, row)
                resolved = one
            its = _members(right, other, row)
            memo[0, slot], memo[1, slot] = one, other
            memo[2, slot], memo[3, slot] = _common(left, held, right, its, other, row) if its >= 0 else (0, 0)
            memo[4, slot], memo[5, slot] = max(held, 0), max(its, 0)
        for which in range(4):
            counts[which, first + row] = memo[2 + which, slot]


@kernel
def agree_rows(left: Side, right: Side, counts: Ints, found: Ints) -> int:
    """The key nodes of each left object's members of which the right one has an equal value; how many are found.

    Writes how many each row has to `counts`. `found` has room for the members of every left object, and one more.
    """
    hashes = left.table.hashes
    total = 0
    held = 0
    resolved = -1
    for row in range(len(left.column)):
        one, other = left.column[row], right.column[row]
        before = total
        if one >= 0 and other >= 0 and left.nodes.kind[one] == OBJECT and right.nodes.kind[other] == OBJECT:
            if one != resolved:
                held = resolve_members(left.nodes, one, left.table, row)
                resolved = one
            listed = resolve_members(right.nodes, other, right.table, row)
            for index in range(held):
                key, value = left.table.keys[index], left.table.values[index]
                its = _value_of(right, other, listed, hashes, key, row)
                if its >= 0 and _same(right.table.hashes, its, hashes, value):
                    found[total] = key
                    total += _equals_itself(left.nodes, hashes, value)
        counts[row] = total - before
    return total
