"""JSON values as what a record's fields declare: no coercion, null is missing, extra keys are ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewardlang.columns import json
from rewardlang.columns.column import Column, JsonColumn, Ragged, take
from rewardlang.columns.texts import Texts
from rewardlang.kernels.offsets import offsets_of
from rewardlang.types import BOOL, BOX, INT, JSON, POINT, TEXT, RecordElement, Type

if TYPE_CHECKING:
    from rewardlang.facts import Interval

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_INT32 = 2**31 - 1
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def valid(values: JsonColumn, record: RecordElement) -> Flags:
    """Where a value is an object that has every required field of the record, each of its type, recursively."""
    held: Flags = json.kinds(values.tape, values.nodes) == json.OBJECT
    for item in record.fields:
        if not item.type.whole_missing:
            held &= fits(values.at(item.name), item.type)
    return held


def fits(values: JsonColumn, type_: Type) -> Flags:
    """Where a value is of the type, lists included."""
    if not type_.axes:
        return decode(values, type_)[1]
    axis, entry = type_.axes[0], type_.entry()
    present, ragged = entries(values)
    present = present & (ragged.lengths >= axis.least) & (axis.size is None or ragged.lengths == axis.size)
    return present if entry.whole_missing else present & every(ragged.offsets, fits(ragged.column, entry))


def decode(values: JsonColumn, type_: Type) -> tuple[Column, Flags]:
    """The values as a column of the type's element, and where they are of it; its axes are left out of account."""
    element = type_.element
    if isinstance(element, RecordElement):
        return kept(values, valid(values, element))
    if element == JSON:
        return not_null(values)
    if element == BOOL:
        return json.bools(values.tape, values.nodes)
    if element == TEXT:
        spans, present = json.texts(values.tape, values.nodes)
        return Texts(*spans), present
    if element in (POINT, BOX):
        return vectors(values, element.width)
    numbers, present = _numbers(values, type_.interval)
    if element == INT:
        present = present & (numbers == np.floor(numbers)) & (np.abs(numbers) <= _INT32)
        return np.where(present, numbers, 0.0).astype(np.int64), present
    return numbers, present


def kept(values: JsonColumn, present: Flags) -> tuple[JsonColumn, Flags]:
    """The values that are present, and where they are; none elsewhere."""
    return JsonColumn(values.tape, np.where(present, values.nodes, json.MISSING)), present


def _numbers(values: JsonColumn, interval: Interval) -> tuple[Floats, Flags]:
    numbers, present = json.numbers(values.tape, values.nodes)
    present = present & (numbers >= float(interval.low)) & (numbers <= float(interval.high))
    return np.where(present, numbers, 0.0), present


def vectors(values: JsonColumn, width: int) -> tuple[Floats, Flags]:
    """Arrays of exactly `width` finite numbers as float64[rows, width], and which values are such; 0 elsewhere."""
    present, offsets, nodes = json.elements(values.tape, values.nodes)
    present = present & (np.diff(offsets) == width)
    chosen = nodes[offsets[:-1][present][:, None] + np.arange(width)]
    numbers, finite = json.numbers(values.tape, chosen.ravel())
    found = np.zeros((len(values), width))
    found[present] = numbers.reshape(-1, width)
    present[present] = finite.reshape(-1, width).all(axis=1)
    return np.where(present[:, None], found, 0.0), present


def decode_list(values: JsonColumn, entry: Type) -> tuple[Ragged, Flags]:
    """Arrays as lists of the entry's element, and where all entries are of it; the other lists are empty."""
    present, ragged = entries(values)
    column, fit = decode(ragged.column, entry)
    present = present & every(ragged.offsets, fit)
    return only(Ragged(ragged.offsets, column), present), present


def entries(values: JsonColumn) -> tuple[Flags, Ragged]:
    """Which values are arrays, and their elements; anything else has none."""
    present, offsets, nodes = json.elements(values.tape, values.nodes)
    return present, Ragged(offsets, JsonColumn(values.tape, nodes))


def every(offsets: Ints, held: Flags) -> Flags:
    """Whether a flag holds for every entry of each list."""
    failed = offsets_of(~held)
    all_held: Flags = failed[offsets[1:]] == failed[offsets[:-1]]
    return all_held


def shortened(ragged: Ragged, lengths: Ints) -> Ragged:
    """The first `lengths` entries of each list."""
    if np.array_equal(lengths, ragged.lengths):
        return ragged
    offsets = offsets_of(lengths)
    rows = np.arange(offsets[-1]) + np.repeat(ragged.offsets[:-1] - offsets[:-1], lengths)
    return Ragged(offsets, take(ragged.column, rows))


def only(ragged: Ragged, present: Flags) -> Ragged:
    """The lists that are present; the others empty."""
    return shortened(ragged, np.where(present, ragged.lengths, 0))


def not_null(values: JsonColumn) -> tuple[JsonColumn, Flags]:
    """The values, and where there is one other than null."""
    return kept(values, (values.nodes >= 0) & ~json.is_null(values.tape, values.nodes))
