"""Lists that JSON values hold: the elements of arrays, and what two objects have in common."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardlang.columns import json
from rewardlang.columns.column import JsonColumn, Ragged, take
from rewardlang.columns.texts import Texts
from rewardlang.kernels.hashing import intern2

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def kept(values: JsonColumn, present: Flags) -> tuple[JsonColumn, Flags]:
    """The values that are present, and where they are; none elsewhere."""
    return JsonColumn(values.tape, np.where(present, values.nodes, json.MISSING)), present


def entries(values: JsonColumn) -> tuple[Flags, Ragged]:
    """Which values are arrays, and their elements; anything else has none."""
    present, offsets, nodes = json.elements(values.tape, values.nodes)
    return present, Ragged(offsets, JsonColumn(values.tape, nodes))


def every(offsets: Ints, held: Flags) -> Flags:
    """Whether a flag holds for every entry of each list."""
    failed = np.concatenate((np.zeros(1, np.int64), np.cumsum(~held, dtype=np.int64)))
    all_held: Flags = failed[offsets[1:]] == failed[offsets[:-1]]
    return all_held


def shortened(ragged: Ragged, lengths: Ints) -> Ragged:
    """The first `lengths` entries of each list."""
    if np.array_equal(lengths, np.diff(ragged.offsets)):
        return ragged
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))
    rows = np.arange(offsets[-1]) + np.repeat(ragged.offsets[:-1] - offsets[:-1], lengths)
    return Ragged(offsets, take(ragged.column, rows))


def only(ragged: Ragged, present: Flags) -> Ragged:
    """The lists that are present; the others empty."""
    return shortened(ragged, np.where(present, np.diff(ragged.offsets), 0))


def not_null(values: JsonColumn) -> tuple[JsonColumn, Flags]:
    """The values, and where there is one other than null."""
    return kept(values, (values.nodes >= 0) & ~json.is_null(values.tape, values.nodes))


def agreeing(left: JsonColumn, right: JsonColumn, dialect: str) -> tuple[Ints, Texts]:
    """The keys of each left object that the right one has with an equal value: offsets int64[rows + 1], keys."""
    _, offsets, spans, mine = json.members(left.tape, left.nodes)
    _, others, other_spans, theirs = json.members(right.tape, right.nodes)
    keys = Texts(*spans)
    ids, other_ids = intern2(keys, Texts(*other_spans))
    # Rows and keys as one number, so that a join by sorting finds the partners, however many keys there are.
    count = 1 + max(ids.max(initial=0), other_ids.max(initial=0))
    partner = _partners(_owners(offsets) * count + ids, _owners(others) * count + other_ids)
    nodes = np.where(partner >= 0, np.append(theirs, json.MISSING)[partner], json.MISSING)
    same = json.equal(left.tape, mine, right.tape, nodes, dialect)  # type: ignore[arg-type] # one of the words
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(same, dtype=np.int64)))
    return before[offsets], keys.take(np.flatnonzero(same))


def _owners(offsets: Ints) -> Ints:
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _partners(left: Ints, right: Ints) -> Ints:
    """The place of each number in `right`, which holds none twice; -1 where it is not there."""
    order = np.argsort(right)
    places = np.searchsorted(right, left, sorter=order)
    found = np.append(order, -1)[places]
    return np.where((found >= 0) & (np.append(right, -1)[found] == left), found, -1)
