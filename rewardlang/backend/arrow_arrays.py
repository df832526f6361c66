"""The caller's values as Arrow arrays: where they are no numbers of an array, Arrow says what they are."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.diagnostics import CallError
from rewardlang.types import BOOL, BOX, POINT, TEXT, Axis, Element, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

LARGEST_WHOLE = 2**53
"""Every whole number up to it is a float64."""
SHOWN = 60


def misfit(name: str, row: int, value: Any, type_: Type) -> str:
    """What is wrong with a value of a column, for a message."""
    return f"column `{name}`, sample {row}: expected `{write_type(type_)}`, got {shown(value)}"


def shown(value: Any) -> str:
    """A caller's value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({type(value).__name__})"


def components(type_: Type) -> int | None:
    """The fixed number of components that an entry has in the caller's data."""
    dim = next((axis.size for axis in type_.axes if axis.name == "dim"), None)
    return dim if dim is not None else {POINT: 2, BOX: 4}.get(type_.element)


def _leaf(element: Element) -> Any:
    """What Arrow is asked for. Ints come as floats, which hold them: Arrow would cut fractions off in silence."""
    import pyarrow as pa

    return {BOOL: pa.bool_(), TEXT: pa.large_string()}.get(element, pa.float64())


def _arrow_type(type_: Type, lists: list[Axis]) -> Any:
    import pyarrow as pa

    arrow = _leaf(type_.element)
    if components(type_) is not None:
        arrow = pa.large_list(arrow)
    for _ in lists:
        arrow = pa.large_list(arrow)
    return arrow


def to_arrow(name: str, values: Any, type_: Type, lists: list[Axis]) -> pa.Array:
    """The values as an Arrow array of the type: lists of lists for `lists`, and for the components of an entry."""
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
        values = as_list(name, values)
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
            raise CallError(misfit(name, row, value if row >= len(values) else values[row], type_))


def as_list(name: str, values: Any) -> list[Any]:
    """Anything that can be walked through as a list; a text, bytes or a dict is no column."""
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__len__") or not hasattr(values, "__iter__"):
        raise CallError(f"column `{name}`: expected one value a sample (a list, an array), got {shown(values)}")
    return list(values)


def _jax_free(value: Any) -> Any:
    if not type(value).__module__.startswith("jax"):
        return value
    array = from_jax(value)
    return array if array.ndim else array.item()


def from_jax(values: Any) -> Any:
    """A JAX array as NumPy's."""
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
            raise CallError(misfit(name, row, value, type_)) from None
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
