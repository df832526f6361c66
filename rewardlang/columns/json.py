"""Operations on whole columns of JSON values.

A column is int64[n] of nodes of one tape; -1 is a missing value, and operations on a missing value are missing.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from rewardlang.columns.json_tape import (
    Bools,
    Dialect,
    Hashes,
    Tape,
    frozen,
    indices,
    of_values,
    padded,
    parse,
    parse_lines,
)
from rewardlang.columns.loans import borrow
from rewardlang.kernels.json_pairs import Side, agree_rows, common_rows, equal_rows
from rewardlang.kernels.json_scalars import (
    ARRAY,
    FALSE,
    INTEGER,
    LONG,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    TRUE,
    Bytes,
    Ints,
    Spans,
)
from rewardlang.kernels.json_select import (
    count_rows,
    element_rows,
    gather_rows,
    intern_rows,
    item_rows,
    key_count_rows,
    kind_rows,
    look_up_rows,
    member_rows,
    number_rows,
    text_rows,
)
from rewardlang.kernels.offsets import offsets_of
from rewardlang.kernels.threads import in_parts
from rewardlang.kernels.words import PADDING

__all__ = [
    "ARRAY", "FALSE", "MISSING", "NULL", "NUMBER", "OBJECT", "STRING", "TRUE", "Dialect", "Spans", "Tape",
    "agreeing", "bools", "elements", "equal", "hashes", "ids", "intern", "is_int", "is_null", "item", "keys", "kinds",
    "lengths", "lookup", "lookup_each", "members", "numbers", "of_values", "parse", "parse_lines", "text_of", "texts",
]  # fmt: skip

MISSING = -1
_MEMO = 1 << 10
"""So many pairs of objects are remembered: several groups of replies hold as many."""
_NANOSECONDS = 50
"""About how long the members of two objects take."""


class TextColumn(Protocol):
    """Any column of texts: spans, in bytes, of a UTF-8 buffer with at least 16 bytes of padding."""

    @property
    def buffer(self) -> Bytes: ...
    @property
    def starts(self) -> Ints: ...
    @property
    def ends(self) -> Ints: ...


_KINDS = np.array([NULL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT, NUMBER, NUMBER, MISSING], dtype=np.int8)


def _stored_kinds(tape: Tape, node: Ints) -> Ints:
    """The tape's own kind of each node, with the three kinds of numbers apart; MISSING for none."""
    found = np.empty(len(node), np.int64)
    kind_rows(tape.nodes, indices(node), found)
    return found


def kinds(tape: Tape, node: Ints) -> npt.NDArray[np.int8]:
    """The kind of each value: NULL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT, or MISSING."""
    stored = _stored_kinds(tape, node)
    # That of none is the last one.
    return _KINDS.take(stored)


def is_null(tape: Tape, node: Ints) -> Bools:
    """Where the value is null (a missing value is not)."""
    null: Bools = _stored_kinds(tape, node) == NULL
    return null


def is_int(tape: Tape, node: Ints) -> Bools:
    """Where the value is a number written as an integer: neither 1.0 nor 1e2 is, as for Python."""
    stored = _stored_kinds(tape, node)
    integer: Bools = (stored == INTEGER) | (stored == LONG)
    return integer


def bools(tape: Tape, node: Ints) -> tuple[Bools, Bools]:
    """(values, present): the booleans; anything else is absent."""
    stored = _stored_kinds(tape, node)
    return stored == TRUE, (stored == TRUE) | (stored == FALSE)


def numbers(tape: Tape, node: Ints) -> tuple[npt.NDArray[np.float64], Bools]:
    """(values, present): the nearest double of each number; absent (0) where it is not finite or no number."""
    values, present = np.empty(len(node)), np.empty(len(node), np.bool_)
    number_rows(tape.nodes, indices(node), values, present)
    return values, present


def texts(tape: Tape, node: Ints) -> tuple[Spans, Bools]:
    """(texts, present): the characters of each string; absent (empty) for anything else.

    The spans are in the source as long as no string among them has escapes; else all are copied to a new buffer.
    """
    starts, ends = np.empty(len(node), np.int64), np.empty(len(node), np.int64)
    present = np.empty(len(node), np.bool_)
    node = indices(node)
    if not text_rows(tape.nodes, node, starts, ends, present):
        return Spans(tape.nodes.buffer, starts, ends), present
    size = int((ends - starts).sum())
    buffer = borrow(size + 2 * PADDING, np.uint8)
    buffer[size:] = 0
    gather_rows(tape.nodes, node, buffer, starts, ends)
    return Spans(frozen(buffer), starts, ends), present


def text_of(tape: Tape, node: Ints) -> Spans:
    """The source text of each value, with a string's quotes; empty where it is missing."""
    starts, ends = np.zeros(len(node), np.int64), np.zeros(len(node), np.int64)
    here = node >= 0
    starts[here], ends[here] = tape.nodes.start[node[here]], tape.nodes.end[node[here]]
    return Spans(tape.nodes.buffer, starts, ends)


def lookup(tape: Tape, node: Ints, key: bytes) -> Ints:
    """Each object's value of one key (UTF-8), the last where it is repeated; -1 without one and for anything else."""
    return _look_up(tape, node, Spans(padded(key), np.zeros(1, np.int64), np.array([len(key)])))


def lookup_each(tape: Tape, node: Ints, keys: TextColumn) -> Ints:
    """As `lookup`, with a key for each row, in a column of texts as long as `node`."""
    if not len(keys.starts) == len(keys.ends) == len(node):
        raise ValueError(f"keys: {len(keys.starts)} texts for {len(node)} rows")
    return _look_up(tape, node, Spans(keys.buffer, keys.starts, keys.ends))


def _look_up(tape: Tape, node: Ints, keys: Spans) -> Ints:
    found = np.empty(len(node), np.int64)
    fixed = Spans(frozen(keys.buffer), indices(keys.starts), indices(keys.ends))
    look_up_rows(tape.nodes, indices(node), fixed, found)
    return found


def item(tape: Tape, node: Ints, index: Ints) -> Ints:
    """Each array's element at `index` (int64[n] or one for all; negative from the end); -1 outside and for no array."""
    found = np.empty(len(node), np.int64)
    item_rows(tape.nodes, indices(node), indices(np.atleast_1d(index)), found)
    return found


def lengths(tape: Tape, node: Ints) -> tuple[Ints, Bools]:
    """How many elements each array has (int64[n]), 0 for anything else, and which values are arrays."""
    counts, present = np.empty(len(node), np.int64), np.empty(len(node), np.bool_)
    count_rows(tape.nodes, indices(node), ARRAY, counts, present)
    return counts, present


def elements(tape: Tape, node: Ints) -> tuple[Bools, Ints, Ints]:
    """(present, offsets[n + 1], nodes): the elements of each array; anything else is absent and has none."""
    counts, present = lengths(tape, node)
    offsets = offsets_of(counts)
    found = np.empty(offsets[-1], np.int64)
    element_rows(tape.nodes, indices(node), offsets, found)
    return present, offsets, found


def _member_nodes(tape: Tape, node: Ints) -> tuple[Bools, Ints, Ints, Ints]:
    node = indices(node)
    counts, present = np.empty(len(node), np.int64), np.empty(len(node), np.bool_)
    count_rows(tape.nodes, node, OBJECT, counts, present)
    offsets = np.empty(len(node) + 1, np.int64)
    found = np.empty((2, counts.sum()), np.int64)
    member_rows(tape.nodes, node, tape.key_table(tape.key_hashes), offsets, found)
    return present, offsets, found[0, : offsets[-1]], found[1, : offsets[-1]]


def members(tape: Tape, node: Ints) -> tuple[Bools, Ints, Spans, Ints]:
    """(present, offsets[n + 1], keys, nodes): each object's keys by first appearance, once, with the last value."""
    present, offsets, names, values = _member_nodes(tape, node)
    return present, offsets, texts(tape, names)[0], values


def keys(tape: Tape, node: Ints) -> tuple[Bools, Ints, Spans]:
    """(present, offsets[n + 1], keys) as `members` gives them."""
    present, offsets, names, _ = _member_nodes(tape, node)
    return present, offsets, texts(tape, names)[0]


def hashes(tape: Tape, node: Ints, dialect: Dialect = "strict") -> Hashes:
    """The 128-bit hash of each value by the equality of `dialect` (uint64[n, 2]); missing and NaN are (0, 0)."""
    found = np.zeros((len(node), 2), np.uint64)
    here = node >= 0
    found[here] = tape.hashes(dialect)[node[here]]
    found[_is_nan(tape, node)] = 0
    return found


def _is_nan(tape: Tape, node: Ints) -> Bools:
    numbers = np.flatnonzero(_stored_kinds(tape, node) == NUMBER)
    found = np.zeros(len(node), np.bool_)
    found[numbers] = np.isnan(tape.nodes.value[node[numbers]])
    return found


def equal(tape_a: Tape, node_a: Ints, tape_b: Tape, node_b: Ints, dialect: Dialect = "strict") -> Bools:
    """Row by row, whether two values are equal; what is missing or NaN equals nothing, nor in "strict" what holds one.

    Numbers compare exactly: an integer is its digits, any other number the nearest double. Strings compare by code
    points, objects unordered by the last value of each key. In "strict" a boolean is no number; in "python" true is 1
    and false is 0.
    """
    if min(node_a.max(initial=MISSING), node_b.max(initial=MISSING)) < 0:
        # No document is hashed for what no row holds.
        return np.zeros(len(node_a), np.bool_)
    same = np.empty(len(node_a), np.bool_)
    hashes_a, hashes_b = tape_a.hashes(dialect), tape_b.hashes(dialect)
    equal_rows(tape_a.nodes, hashes_a, indices(node_a), hashes_b, indices(node_b), same)
    return same


def key_counts(tape: Tape, node: Ints) -> Ints:
    """How many keys each object has, each counted once; 0 for anything else."""
    counts = np.empty(len(node), np.int64)
    key_count_rows(tape.nodes, indices(node), tape.key_table(tape.key_hashes), counts)
    return counts


def agreeing(tape_a: Tape, node_a: Ints, tape_b: Tape, node_b: Ints, dialect: Dialect = "strict") -> tuple[Ints, Spans]:
    """(offsets[n + 1], keys): the keys of each left object, as `keys` gives them, of which the right value is equal."""
    hashes_a, hashes_b, ones, others = tape_a.hashes(dialect), tape_b.hashes(dialect), indices(node_a), indices(node_b)
    counts, present = np.empty(len(ones), np.int64), np.empty(len(ones), np.bool_)
    count_rows(tape_a.nodes, ones, OBJECT, counts, present)
    keys_of: dict[int, Ints] = {}

    def agree(first: int, last: int) -> None:
        left = Side(tape_a.nodes, tape_a.key_table(hashes_a), ones[first:last])
        right = Side(tape_b.nodes, tape_b.key_table(hashes_b), others[first:last])
        # One place more: a key is written before it is known to count.
        found = np.empty(counts[first:last].sum() + 1, np.int64)
        keys_of[first] = found[: agree_rows(left, right, counts[first:last], found)]

    in_parts(len(ones), _NANOSECONDS * len(ones), agree)
    return offsets_of(counts), texts(tape_a, np.concatenate([keys_of[first] for first in sorted(keys_of)]))[0]


def agreeing_counts(tape_a: Tape, node_a: Ints, tape_b: Tape, node_b: Ints, dialect: Dialect = "strict") -> Ints:
    """How many keys `agreeing` gives: int64[n]."""
    left, right = (tape_a, tape_a.hashes(dialect)), (tape_b, tape_b.hashes(dialect))
    counts: Ints = _common(left, node_a, right, node_b)[1]
    return counts


def common_keys(tape_a: Tape, node_a: Ints, tape_b: Tape, node_b: Ints) -> tuple[Ints, Ints, Ints]:
    """How many keys both objects have, the left one and the right one: int64[n] each; 0 for anything else."""
    keys, _, left, right = _common((tape_a, tape_a.key_hashes), node_a, (tape_b, tape_b.key_hashes), node_b)
    return keys, left, right


def _common(left: tuple[Tape, Hashes], node_a: Ints, right: tuple[Tape, Hashes], node_b: Ints) -> Ints:
    """What `common_rows` counts, with each tape's hashes. Who asks for one count often asks for another one next."""
    asked = (left[1], node_a, right[1], node_b)
    for known, counts in left[0].compared:
        if all(mine is its for mine, its in zip(asked, known, strict=True)):
            return counts
    counts = _compared(left, indices(node_a), right, indices(node_b))
    # Threads that share a tape may compare other columns of it at the same time.
    left[0].compared[:] = [(asked, counts)]
    return counts


def _compared(left: tuple[Tape, Hashes], ones: Ints, right: tuple[Tape, Hashes], others: Ints) -> Ints:
    counts = np.empty((4, len(ones)), np.int64)

    def compare(first: int, last: int) -> None:
        one, other = (
            Side(tape.nodes, tape.key_table(hashes), column[first:last])
            for (tape, hashes), column in ((left, ones), (right, others))
        )
        memo = np.full((6, _MEMO), -2, np.int64)
        common_rows(one, other, memo, counts, first)

    in_parts(len(ones), _NANOSECONDS * len(ones), compare)
    return counts


def intern(values: Hashes, present: Bools) -> Ints:
    """Number values by first appearance of their hash, the same number for equal ones; -1 where not present.

    Shapes: values uint64[n, 2] (of one or, concatenated, of several tapes), present bool[n]; result int64[n].
    """
    found = np.where(present, 0, -1)
    size = 1 << max(1, int(2 * len(found) - 1).bit_length())
    intern_rows(np.ascontiguousarray(values), np.full(size, -1, np.int64), found)
    return found


def ids(tape: Tape, node: Ints, dialect: Dialect = "strict") -> Ints:
    """Number the values by first appearance: equal values have one number, -1 is missing; each NaN is its own."""
    return intern(hashes(tape, node, dialect), node >= 0)
