"""The caller's columns, as flat columns: lists, NumPy, JAX, Arrow and Polars alike.

What does not fit is the caller's mistake and one `CallError`, which names the column, the sample and the value. A
missing or non-finite entry of a required column makes its sample invalid; the caller of `ingest` decides what becomes
of it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rewardlang.columns import json as json_columns
from rewardlang.columns.column import Column, JsonColumn
from rewardlang.columns.texts import Texts
from rewardlang.diagnostics import CallError
from rewardlang.types import BOOL, BOX, INT, JSON, POINT, TEXT, Axis, Element, RecordElement, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
INT32 = 2**31 - 1
LARGEST_WHOLE = 2**53
"""Every whole number up to it is a float64."""
SHOWN = 60
ABSENT = "is missing"
NOT_FINITE = "is not a finite number"
NOT_INT32 = "is not a whole number of 32 bits"


@dataclass(frozen=True)
class Ingested:
    """One column of a batch.

    `data` is flat over (sample, entries of `axes` in the order of the type); `lengths[axis]` is int64[samples], -1
    where the column does not tell it. `present` (entry by entry) and `whole` (sample by sample) are masks of an
    optional column, None where it is not optional. `faults` says which samples hold what a required column must not,
    and what that is; there the data is harmless.
    """

    data: Column
    rows: int
    lengths: dict[Axis, Ints]
    present: Flags | None = None
    whole: Flags | None = None
    faults: tuple[tuple[str, Flags], ...] = ()

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
    if isinstance(type_.element, RecordElement) or type_.element == JSON:
        return _bound(name, type_, lists, _json_column(name, values, type_, lists))
    if type_.element == TEXT and not lists and isinstance(values, list | tuple):
        plain = _plain_texts(name, values, type_)
        if plain is not None:
            return plain
    direct = _from_numpy(name, values, type_, lists)
    if direct is None:
        direct = _unnest(name, _to_arrow(name, values, type_, lists), type_, lists)
    bounded = _bound(name, type_, lists, direct)
    if len(lists) == len(type_.axes) or not isinstance(bounded.data, np.ndarray):
        return bounded
    # The components of a `vec` are an axis, unlike those of a box: a row each.
    return replace(bounded, data=bounded.data.reshape(-1))


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
            raise CallError(_wrong(name, row, value, type_))


def _wrong(name: str, row: int, value: Any, type_: Type) -> str:
    return f"column `{name}`, sample {row}: expected `{write_type(type_)}`, got {shown(value)}"


def shown(value: Any) -> str:
    """A caller's value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({type(value).__name__})"


# --- numbers and lists, through Arrow
# ----------------------------------------------------------------------------------


def _width(type_: Type) -> int | None:
    """The fixed number of components that an entry has in the caller's data."""
    dim = next((axis.size for axis in type_.axes if axis.name == "dim"), None)
    return dim if dim is not None else {POINT: 2, BOX: 4}.get(type_.element)


def _from_numpy(name: str, values: Any, type_: Type, lists: list[Axis]) -> Ingested | None:
    """A numeric array with one dimension an axis; None where the values are something else."""
    if hasattr(values, "__jax_array__") or type(values).__module__.startswith("jax"):
        values = _from_jax(values)
    kinds = {BOOL: "b", TEXT: ""}.get(type_.element, "biuf")
    width = _width(type_)
    depth = 1 + len(lists) + (width is not None)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds or values.ndim != depth:
        return None
    if width is not None and values.shape[-1] != width:
        return None
    lengths = {axis: np.full(len(values), values.shape[1 + i], np.int64) for i, axis in enumerate(lists)}
    entries = int(np.prod(values.shape[: 1 + len(lists)]))
    data = values.reshape(entries, *values.shape[1 + len(lists) :])
    return _checked(name, data, len(values), lengths, None, None, type_)


def _leaf(element: Element) -> Any:
    """What Arrow is asked for. Ints come as floats, which hold them: Arrow would cut fractions off in silence."""
    import pyarrow as pa

    return {BOOL: pa.bool_(), TEXT: pa.large_string()}.get(element, pa.float64())


def _arrow_type(type_: Type, lists: list[Axis]) -> Any:
    import pyarrow as pa

    arrow = _leaf(type_.element)
    if _width(type_) is not None:
        arrow = pa.large_list(arrow)
    for _ in lists:
        arrow = pa.large_list(arrow)
    return arrow


def _to_arrow(name: str, values: Any, type_: Type, lists: list[Axis]) -> pa.Array:
    import pyarrow as pa

    wanted = _arrow_type(type_, lists)
    if hasattr(values, "__arrow_c_stream__") or isinstance(values, pa.Array):
        found = values if isinstance(values, pa.Array) else pa.chunked_array(values)
        array = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
        try:
            if _castable(array.type, type_.element):
                return array.cast(wanted, safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            pass
        values = array.to_pylist()
    elif isinstance(values, np.ndarray):
        values = values.tolist()
    elif not isinstance(values, list | tuple):
        values = _as_list(name, values)
    if type_.element != TEXT or not _holds_texts_alone(values, len(lists)):
        values = [_jax_free(value) for value in values]
        if type_.element == TEXT:
            _refuse_split_texts(name, values, type_, lists)
    try:
        return pa.array(values, type=wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
        return _array_or_error(name, values, type_, wanted)


def _castable(arrow: Any, element: Element) -> bool:
    """Whether a cast keeps the values: Arrow would also read numbers in texts, and print numbers as texts."""
    import pyarrow as pa

    kinds = pa.types
    while kinds.is_list(arrow) or kinds.is_large_list(arrow) or kinds.is_fixed_size_list(arrow):
        arrow = arrow.value_type
    if kinds.is_dictionary(arrow):
        arrow = arrow.value_type
    if kinds.is_null(arrow):
        return True
    if element == TEXT:
        return bool(kinds.is_string(arrow) or kinds.is_large_string(arrow) or kinds.is_string_view(arrow))
    if element == BOOL:
        return bool(kinds.is_boolean(arrow))
    numeric = (kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_boolean)
    return any(kind(arrow) for kind in numeric)


def _holds_texts_alone(values: Sequence[Any], depth: int) -> bool:
    """Whether these are lists of lists of texts of that depth, which need no further look; of types, not of values."""
    for _ in range(depth):
        if not set(map(type, values)) <= {list, tuple}:
            return False
        values = list(chain.from_iterable(values))
    return set(map(type, values)) <= {str}


def _refuse_split_texts(name: str, values: Sequence[Any], type_: Type, lists: list[Axis]) -> None:
    """Arrow would take a text for the list of its characters, and bytes for a text."""
    rows = [(row, value) for row, value in enumerate(values) if value is not None]
    for _ in lists:
        if any(isinstance(value, str | bytes) for _, value in rows):
            break
        try:
            rows = [(row, item) for row, value in rows for item in value if item is not None]
        except TypeError:
            # Something else that is no list: Arrow says which.
            return
    else:
        rows = [(row, value) for row, value in rows if isinstance(value, bytes)]
    for row, value in rows:
        if isinstance(value, str | bytes):
            raise CallError(_wrong(name, row, value if row >= len(values) else values[row], type_))


def _as_list(name: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__len__") or not hasattr(values, "__iter__"):
        raise CallError(f"column `{name}`: expected one value a sample (a list, an array), got {shown(values)}")
    return list(values)


def _jax_free(value: Any) -> Any:
    if not type(value).__module__.startswith("jax"):
        return value
    array = _from_jax(value)
    return array if array.ndim else array.item()


def _from_jax(values: Any) -> Any:
    array = np.asarray(values)
    # NumPy and Arrow do not know the short floats of JAX (`bfloat16` and those of 8 bits).
    return array.astype(np.float32) if array.dtype.kind == "V" else array


def _array_or_error(name: str, values: list[Any], type_: Type, wanted: Any) -> pa.Array:
    import pyarrow as pa

    rows = []
    for row, value in enumerate(values):
        plain = _encodable(value) if type_.element == TEXT else _floats(value)
        try:
            pa.array([plain], type=wanted)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
            raise CallError(_wrong(name, row, value, type_)) from None
        rows.append(plain)
    return pa.array(rows, type=wanted)


def _floats(value: Any) -> Any:
    """Whole numbers that Arrow refuses, because a float does not hold them exactly, as the nearest float."""
    if isinstance(value, list | tuple):
        return [_floats(item) for item in value]
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) <= LARGEST_WHOLE:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _encodable(value: Any) -> Any:
    """Texts without lone surrogates, which no UTF-8 has."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value


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
    width = _width(type_)
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
        raise CallError(_wrong(name, int(owner[bad]), array[bad].as_py(), type_))
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
        raise CallError(_wrong(name, int(owner[place]), data[place].item(), type_))


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
        values = _as_list(name, values)
    samples = len(values)
    flat, whole = list(values), np.array([value is not None for value in values], bool)
    lengths: dict[Axis, Ints] = {}
    owner = np.arange(samples)
    for place, axis in enumerate(lists):
        for row, value in zip(owner, flat, strict=True):
            if value is not None and not isinstance(value, list | tuple | np.ndarray):
                raise CallError(_wrong(name, int(row), value, type_))
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
            raise CallError(_wrong(name, int(row), value, type_)) from None
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
