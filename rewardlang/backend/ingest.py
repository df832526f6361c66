"""The caller's columns, as flat columns: lists, NumPy, JAX, Arrow and Polars alike.

What does not fit is the caller's mistake and one `CallError`, which names the column, the sample and the value. A
missing or non-finite entry of a required column makes its sample invalid; the caller of `ingest` decides what becomes
of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rewardlang.backend.arrow_arrays import as_list, components, from_jax, misfit, to_arrow
from rewardlang.columns import json as json_columns
from rewardlang.columns.column import Column, JsonColumn
from rewardlang.columns.images import EXPECTED, data_url
from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import CallError
from rewardlang.types import BOOL, IMAGE, INT, JSON, TEXT, Axis, RecordElement, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
INT32 = 2**31 - 1
ABSENT = "is missing"
NOT_FINITE = "is not a finite number"
NOT_INT32 = "is not a whole number of 32 bits"


@dataclass(frozen=True)
class Ingested:
    """One column of a batch.

    `data` is flat over (sample, entries of `axes` in the order of the type); `lengths[axis]` is int64[samples], -1
    where the column does not tell it. `present` (entry by entry) and `whole` (sample by sample) are masks of an
    optional column, None where it is not optional. `faults` says which samples hold what a required column must not,
    and what that is; there the data is harmless. What is `uniform` has one row for all samples, without lists.
    """

    data: Column
    rows: int
    lengths: dict[Axis, Ints]
    present: Flags | None = None
    whole: Flags | None = None
    faults: tuple[tuple[str, Flags], ...] = ()
    uniform: bool = False

    @property
    def invalid(self) -> Flags:
        """bool[rows]: which samples are invalid."""
        result = np.zeros(self.rows, bool)
        for _, where in self.faults:
            result |= where
        return result

    def fault(self, row: int) -> str:
        """What is wrong with a sample."""
        return next(text for text, where in self.faults if where[row])


def ingest(name: str, values: Any, type_: Type) -> Ingested:
    """The column `name` of the type `type_` from what a caller passes.

    Errors: `CallError` for values of another type or nesting, a ragged inner axis that must be rectangular, a length
    outside the type's bounds, or a number outside its range.
    """
    lists = [axis for axis in type_.axes if axis.name != "dim"]
    if type_.element == IMAGE:
        return ingest(name, _images(name, values, type_, len(lists)), replace(type_, element=TEXT))
    if isinstance(type_.element, RecordElement) or type_.element == JSON:
        return _bound(name, type_, lists, _json_column(name, values, type_, lists))
    if type_.element == TEXT and not lists and isinstance(values, list | tuple):
        plain = _plain_texts(name, values, type_)
        if plain is not None:
            return plain
    direct = _from_numpy(name, values, type_, lists)
    if direct is None:
        direct = _unnest(name, to_arrow(name, values, type_, lists), type_, lists)
    bounded = _bound(name, type_, lists, direct)
    if len(lists) == len(type_.axes) or not isinstance(bounded.data, np.ndarray):
        return bounded
    # The components of a `vec` are an axis, unlike those of a box: a row each.
    return replace(bounded, data=bounded.data.reshape(-1))


# --- images -----------------------------------------------------------------------------------------------------------


def _images(name: str, values: Any, type_: Type, depth: int) -> list[Any]:
    """Images, in lists `depth` deep, as the texts that stand for them."""
    if hasattr(values, "to_pylist"):
        values = values.to_pylist()
    elif not isinstance(values, list | tuple):
        values = list(values) if isinstance(values, np.ndarray) else as_list(name, values)

    def one(row: int, value: Any, left: int) -> Any:
        if value is None:
            return None
        if left:
            if not isinstance(value, list | tuple | np.ndarray):
                raise CallError(misfit(name, row, value, type_))
            return [one(row, entry, left - 1) for entry in value]
        url = data_url(value)
        if url is None:
            raise CallError(f"{misfit(name, row, value, type_)}: an image is {EXPECTED}")
        return url

    return [one(row, value, depth) for row, value in enumerate(values)]


# --- texts -----------------------------------------------------------------------------------------------------------


def _plain_texts(name: str, values: Sequence[Any], type_: Type) -> Ingested | None:
    """The usual case, a list of strings, without a detour."""
    try:
        texts, absent = Texts.of(values), None
    except TypeError:
        absent = np.fromiter((value is None for value in values), bool, len(values))
        if not absent.any():
            _raise_first(name, values, type_, lambda value: isinstance(value, str))
        filled = ["" if value is None else value for value in values]
        _raise_first(name, filled, type_, lambda value: isinstance(value, str))
        texts = Texts.of(filled)
    if type_.optional:
        present = np.ones(len(texts), bool) if absent is None else ~absent
        return Ingested(texts, len(texts), {}, whole=present)
    return Ingested(texts, len(texts), {}, faults=() if absent is None else ((ABSENT, absent),))


def _raise_first(name: str, values: Sequence[Any], type_: Type, fits: Any) -> None:
    for row, value in enumerate(values):
        if not fits(value):
            raise CallError(misfit(name, row, value, type_))


# --- numbers and lists ------------------------------------------------------------------------------------------------


def _from_numpy(name: str, values: Any, type_: Type, lists: list[Axis]) -> Ingested | None:
    """A numeric array with one dimension an axis; None where the values are something else."""
    if hasattr(values, "__jax_array__") or type(values).__module__.startswith("jax"):
        values = from_jax(values)
    kinds = {BOOL: "b", TEXT: ""}.get(type_.element, "biuf")
    width = components(type_)
    depth = 1 + len(lists) + (width is not None)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds or values.ndim != depth:
        return None
    if width is not None and values.shape[-1] != width:
        return None
    lengths = {axis: np.full(len(values), values.shape[1 + i], np.int64) for i, axis in enumerate(lists)}
    entries = int(np.prod(values.shape[: 1 + len(lists)]))
    data = values.reshape(entries, *values.shape[1 + len(lists) :])
    return _checked(name, data, len(values), lengths, None, None, type_)


def _unnest(name: str, array: pa.Array, type_: Type, lists: list[Axis]) -> Ingested:
    samples = len(array)
    whole = None if array.null_count == 0 else ~array.is_null().to_numpy(zero_copy_only=False)
    lengths: dict[Axis, Ints] = {}
    owner = np.arange(samples)
    for place, axis in enumerate(lists):
        counts = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        lengths[axis] = _told(counts, whole) if place == 0 else _rectangular(name, counts, owner, samples, axis)
        owner = np.repeat(owner, counts)
        array = array.flatten()
    present = None if array.null_count == 0 else ~array.is_null().to_numpy(zero_copy_only=False)
    if not lists:
        whole, present = present, None
    width = components(type_)
    data = _components(name, array, width, owner, type_) if width is not None else _flat(array, type_)
    return _checked(name, data, samples, lengths, present, whole, type_, owner)


def _told(counts: Ints, whole: Flags | None) -> Ints:
    return counts if whole is None else np.where(whole, counts, -1)


def _rectangular(name: str, counts: Ints, owner: Ints, samples: int, axis: Axis) -> Ints:
    least = np.full(samples, np.iinfo(np.int64).max)
    most = np.full(samples, -1, np.int64)
    np.minimum.at(least, owner, counts)
    np.maximum.at(most, owner, counts)
    ragged = (most >= 0) & (least != most)
    if ragged.any():
        row = int(np.argmax(ragged))
        text = (
            f"column `{name}`, sample {row}: its lists along `{axis}` differ in length ({least[row]} and {most[row]})"
        )
        raise CallError(text)
    return most


def _flat(array: pa.Array, type_: Type) -> Column:
    if type_.element == TEXT:
        return Texts.from_arrow(array.fill_null("") if array.null_count else array)
    filled = array.fill_null(False if type_.element == BOOL else 0) if array.null_count else array
    return filled.to_numpy(zero_copy_only=False)


def _components(name: str, array: pa.Array, width: int, owner: Ints, type_: Type) -> Column:
    flat = array.flatten()
    if flat.null_count:
        flat = flat.fill_null(float("nan"))
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    narrow = valid & (array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False) != width)
    if narrow.any():
        bad = int(np.argmax(narrow))
        raise CallError(misfit(name, int(owner[bad]), array[bad].as_py(), type_))
    data = np.zeros((len(array), width))
    data[valid] = flat.to_numpy(zero_copy_only=False).reshape(-1, width)
    return data


def _checked(
    name: str, data: Column, samples: int, lengths: dict[Axis, Ints], present: Flags | None, whole: Flags | None,
    type_: Type, owner: Ints | None = None,
) -> Ingested:  # fmt: skip
    """Replace what is not finite, and say which samples are invalid because of it."""
    bad = np.zeros(len(data), bool)
    if isinstance(data, np.ndarray):
        if type_.element == INT:
            _refuse_fractions(name, data, _owners(samples, lengths) if owner is None else owner, type_)
        data, bad = _finite(data, type_)
    here = ~bad if present is None else present & ~bad
    unfit = NOT_INT32 if type_.element == INT else NOT_FINITE
    if not lengths:
        if type_.optional:
            return Ingested(data, samples, lengths, whole=here if whole is None else here & whole)
        faults = _faults((unfit, bad), (ABSENT, None if whole is None else ~whole))
        return Ingested(data, samples, lengths, faults=faults)
    owner = _owners(samples, lengths) if owner is None else owner
    each = any(level for level in type_.missing)
    all_or_nothing = frozenset() in type_.missing
    kept = (np.ones(samples, bool) if whole is None else whole) if all_or_nothing else None
    faults = () if each else _faults(
        (f"has an entry that {unfit}", _any(bad, owner, samples)),
        ("has a missing entry", None if present is None else _any(~present, owner, samples)),
    )  # fmt: skip
    if not all_or_nothing and whole is not None:
        faults += _faults((ABSENT, ~whole))
    return Ingested(data, samples, lengths, here if each else None, kept, faults)


def _refuse_fractions(name: str, data: Any, owner: Ints, type_: Type) -> None:
    if data.dtype.kind != "f":
        return
    parts = np.isfinite(data) & (data != np.trunc(data))
    if parts.any():
        place = int(np.argmax(parts))
        raise CallError(misfit(name, int(owner[place]), data[place].item(), type_))


def _any(entries: Flags, owner: Ints, samples: int) -> Flags:
    result = np.zeros(samples, bool)
    result[owner[entries]] = True
    return result


def _faults(*found: tuple[str, Flags | None]) -> tuple[tuple[str, Flags], ...]:
    return tuple((text, where) for text, where in found if where is not None and where.any())


def _finite(data: Any, type_: Type) -> tuple[Any, Flags]:
    """The numbers as the host keeps them, and which entries are not finite (or no int32)."""
    if type_.element == BOOL:
        return data.astype(bool), np.zeros(len(data), bool)
    if data.dtype.kind == "b":
        data = data.astype(np.int64)
    if data.dtype.kind == "f":
        finite = np.isfinite(data)
        if finite.all():
            bad = np.zeros(len(data), bool)
        else:
            data = np.where(finite, data, 0.0)
            bad = ~(finite if data.ndim == 1 else finite.all(axis=-1))
    else:
        bad = np.zeros(len(data), bool)
    if type_.element == INT:
        # Not by `abs`, which leaves the least int64 negative.
        over = (data > INT32) | (data < -INT32 - 1)
        return np.where(over, 0, data).astype(np.int64), bad | over
    return data.astype(np.float64), bad


def _owners(samples: int, lengths: dict[Axis, Ints]) -> Ints:
    counts = np.ones(samples, np.int64)
    for length in lengths.values():
        counts = counts * np.maximum(length, 0)
    return np.repeat(np.arange(samples), counts)


# --- JSON and records ------------------------------------------------------------------------------------------------


def _json_column(name: str, values: Any, type_: Type, lists: list[Axis]) -> Ingested:
    """Python values, Arrow structs, or (for records) JSON texts."""
    if hasattr(values, "to_pylist"):
        values = values.to_pylist()
    elif hasattr(values, "__arrow_c_stream__"):
        import pyarrow as pa

        values = pa.chunked_array(values).to_pylist()
    elif isinstance(values, np.ndarray):
        values = values.tolist()
    elif not isinstance(values, list | tuple):
        values = as_list(name, values)
    samples = len(values)
    flat, whole = list(values), np.array([value is not None for value in values], bool)
    lengths: dict[Axis, Ints] = {}
    owner = np.arange(samples)
    for place, axis in enumerate(lists):
        for row, value in zip(owner, flat, strict=True):
            if value is not None and not isinstance(value, list | tuple | np.ndarray):
                raise CallError(misfit(name, int(row), value, type_))
        counts = np.array([0 if value is None else len(value) for value in flat], np.int64)
        lengths[axis] = _told(counts, whole) if place == 0 else _rectangular(name, counts, owner, samples, axis)
        owner = np.repeat(owner, counts)
        flat = [item for value in flat if value is not None for item in value]
    column, held = _parsed(name, flat, owner, type_)
    each = any(level for level in type_.missing)
    wrong = f"is no `{type_.element}`"
    if not lists:
        faults = () if type_.optional else _faults((ABSENT, ~whole), (wrong, ~held))
        return Ingested(column, samples, lengths, whole=held if type_.optional else None, faults=faults)
    kept = whole if frozenset() in type_.missing else None
    faults = () if each else _faults((f"has an entry that {wrong}", _any(~held, owner, samples)))
    faults += () if kept is not None else _faults((ABSENT, ~whole))
    return Ingested(column, samples, lengths, held if each else None, kept, faults)


def _parsed(name: str, flat: list[Any], owner: Ints, type_: Type) -> tuple[JsonColumn, Flags]:
    """JSON nodes, and which of them are values of the type: for a record, those that decode."""
    record = type_.element if isinstance(type_.element, RecordElement) else None
    texts = []
    for row, value in zip(owner, flat, strict=True):
        if record is not None and isinstance(value, str):
            texts.append(value)
            continue
        try:
            texts.append(json.dumps(value, default=_plain))
        except (TypeError, ValueError, RecursionError):
            raise CallError(misfit(name, int(row), value, type_)) from None
    spans = Texts.of(texts)
    tape, nodes = json_columns.parse(spans.buffer, spans.starts, spans.ends, "python")
    column = JsonColumn(tape, nodes)
    if record is None:
        return column, (nodes >= 0) & ~json_columns.is_null(tape, nodes)
    from rewardlang.columns.decode import valid

    return column, valid(column, record)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic) or type(value).__module__.startswith("jax"):
        return np.asarray(value).tolist()
    raise TypeError(f"{type(value).__name__} is no JSON value")


# --- bounds ----------------------------------------------------------------------------------------------------------


def _bound(name: str, type_: Type, lists: list[Axis], column: Ingested) -> Ingested:
    """Check declared lengths and ranges: both are promises of the caller."""
    for axis in lists:
        lengths = column.lengths[axis]
        asked = lengths >= 0
        wrong = asked & (lengths < axis.least)
        if axis.most is not None:
            wrong |= asked & (lengths > axis.most)
        if wrong.any():
            row = int(np.argmax(wrong))
            most = "" if axis.most is None else axis.most
            text = f"column `{name}`, sample {row}: `{axis}` has {lengths[row]} entries, not {axis.least}..{most}"
            raise CallError(text)
    if type_.range is None or type_.element == BOOL or not isinstance(column.data, np.ndarray):
        return column
    low, high = float(type_.interval.low), float(type_.interval.high)
    beyond = np.logical_or(column.data < low, column.data > high)
    if not beyond.any():
        return column
    outside: Any = beyond.reshape(len(beyond), -1).any(axis=1)
    for mask in (column.present, column.whole if not lists else None):
        outside = outside if mask is None else outside & mask
    where = _any(outside, _owners(column.rows, column.lengths), column.rows) & ~column.invalid
    faults = column.faults + _faults((f"lies outside {type_.interval}", where))
    return replace(column, data=np.clip(column.data, low, high), faults=faults)
