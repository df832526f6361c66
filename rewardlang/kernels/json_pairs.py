"""Pairs of JSON values, row by row: whether they are equal, and what members of two objects agree.

A column is int64[n] of node indices of its tape, -1 where a value is missing. Values are compared by their hashes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rewardlang.kernels.json_scalars import NUMBER, OBJECT, Ints
from rewardlang.kernels.json_values import KeyTable, Nodes, Words, resolve_members
from rewardlang.kernels.words import kernel

_SHORT = 16
"""Members of an object up to which one after the other is looked at."""


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
def _scanned(side: Side, node: int, hashes: Words, key: int) -> int:
    """The last value of a key among the members of an object; -1 without one."""
    found = -1
    member = node + 1
    while member < side.nodes.stop[node]:
        if _same(side.table.hashes, member, hashes, key):
            found = member + 1
        member = side.nodes.stop[member + 1]
    return found


@kernel
def _probed(side: Side, node: int, hashes: Words, key: int, stamp: int) -> int:
    """As `_scanned`, for the object that the table was filled with under this stamp."""
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
            long = right.nodes.payload[other] > _SHORT
            if long:
                resolve_members(right.nodes, other, right.table, row)
            for index in range(held):
                key, value = left.table.keys[index], left.table.values[index]
                its = _probed(right, other, hashes, key, row) if long else _scanned(right, other, hashes, key)
                if its >= 0 and _same(right.table.hashes, its, hashes, value):
                    found[total] = key
                    total += _equals_itself(left.nodes, hashes, value)
        counts[row] = total - before
    return total
