"""Whether the columns of a file fit the inputs of a reward: checked value by value, without the running side."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rewardlang.columns.images import EXPECTED, data_url
from rewardlang.diagnostics import CallError, suggest
from rewardlang.tables.reading import open_table
from rewardlang.types import BOOL, BOX, FLOAT, IMAGE, INT, JSON, POINT, TEXT, Axis, RecordElement, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rewardlang.check.core import CheckedReward
    from rewardlang.tables.batch import Batch

_INT32 = 2**31 - 1
_SHOWN = 60


@dataclass(frozen=True)
class Wanted:
    """An input of a reward, as a file must have it."""

    type: Type
    required: bool


def inputs_of(reward: CheckedReward) -> dict[str, Wanted]:
    """The inputs of a checked reward."""
    return {
        field.name: Wanted(field.type, field.default is None and not field.type.optional) for field in reward.inputs
    }


def check_file(path: Path, reward: str, inputs: Mapping[str, Wanted]) -> int:
    """How many rows a file has, all of which fit.

    Raises:
        CallError: a column is missing, or a value does not fit; names the row, the column and the value.
    """
    table = open_table(path, {})
    names = table.names()
    check_names(path, names, reward, inputs)
    table.wanted = {name: wanted.type for name, wanted in inputs.items() if name in names}
    rows = 0
    for batch in table.batches():
        rows += batch.rows
        fault = first_fault(batch, inputs)
        if fault is not None:
            raise CallError(f"`{path}`, {fault}")
    return rows


def check_names(path: Path, names: list[str], reward: str, inputs: Mapping[str, Wanted]) -> None:
    """Raise `CallError` where a file lacks columns that a reward needs."""
    lacking = {name: wanted for name, wanted in inputs.items() if wanted.required and name not in names}
    if not lacking:
        return
    free = [name for name in names if name not in inputs]
    lines = []
    for name, wanted in lacking.items():
        meant = suggest(name, free)
        remark = f"; did you mean `{meant}`?" if meant else ""
        lines.append(f"`{path}` has no column `{name}` (`{write_type(wanted.type)}`), which `{reward}` needs{remark}")
    raise CallError("\n".join([*lines, f"its columns: {', '.join(names) or 'none'}"]))


def near_misses(names: Iterable[str], inputs: Mapping[str, Wanted]) -> Iterator[str]:
    """Remarks on optional inputs that a file lacks, but has a column of nearly the same name."""
    known = set(names)
    for name, wanted in inputs.items():
        meant = None if wanted.required or name in known else suggest(name, known - set(inputs))
        if meant:
            yield f"there is no column `{name}`, so it is left out; did you mean `{meant}`?"


def first_fault(batch: Batch, inputs: Mapping[str, Wanted]) -> str | None:
    """What does not fit in the first row that does not; None where all rows fit."""
    used = {name: inputs[name].type for name in batch.columns if name in inputs}
    columns = {name: batch.values(name) for name in used}
    for row in range(batch.rows):
        values = {name: column[row] for name, column in columns.items()}
        for name, type_ in used.items():
            # A default stands for an absent column alone; a missing value of a required type is a fault.
            fault = misfit(values[name], type_)
            if fault is not None:
                return f"{batch.place(row)}: column `{name}` {fault}"
        fault = _unequal(values, used)
        if fault is not None:
            return f"{batch.place(row)}: {fault}"
    return None


def _unequal(values: Mapping[str, Any], types: Mapping[str, Type]) -> str | None:
    """Which two columns that share an axis differ in its length."""
    known: dict[Axis, tuple[str, int]] = {}
    for name, value in values.items():
        for depth, axis in enumerate(_lists(types[name])):
            length = _length(value, depth)
            if length is None:
                continue
            other, wanted = known.setdefault(axis, (name, length))
            if wanted != length:
                return f"columns `{other}` and `{name}` share the axis `{axis}`, but have {wanted} and {length} entries"
    return None


def _length(value: Any, depth: int) -> int | None:
    for _ in range(depth):
        if not value:
            return None
        value = value[0]
    return None if value is None else len(value)


def _lists(type_: Type) -> list[Axis]:
    return [axis for axis in type_.axes if axis.name != "dim"]


def misfit(value: Any, type_: Type) -> str | None:
    """Why a value is none of the type; None where it is one."""
    lists = _lists(type_)
    if value is None:
        whole = frozenset() in type_.missing or (not lists and type_.optional)
        return None if whole else f"is missing, but `{write_type(type_)}` is required"
    return _misfit(value, type_, lists)


def _misfit(value: Any, type_: Type, lists: list[Axis]) -> str | None:
    if not lists:
        return _entry(value, type_)
    axis, *inner = lists
    if not isinstance(value, list):
        return _wrong(value, type_)
    if len(value) < axis.least or (axis.most is not None and len(value) > axis.most):
        most = "" if axis.most is None else axis.most
        return f"has {len(value)} entries along `{axis}`, not {axis.least}..{most}"
    if inner and len({len(item) for item in value if isinstance(item, list)}) > 1:
        return f"has lists of different lengths along `{inner[0]}`"
    each = not inner and any(level for level in type_.missing)
    faults = (_misfit(item, type_, inner) for item in value if not (each and item is None))
    return next((fault for fault in faults if fault is not None), None)


def _entry(value: Any, type_: Type) -> str | None:
    if not _is_entry(value, type_):
        return _wrong(value, type_)
    if not type_.element.numeric and type_.element not in (POINT, BOX):
        return None
    for number in value if isinstance(value, list) else [value]:
        if number is None or not math.isfinite(number):
            # As an entry that may be missing it is missing.
            return None if type_.optional else f"is {number}, which is no finite number"
        if type_.range is not None and number not in type_.range:
            return f"is {number!r}, outside {type_.range}"
    return None


def _is_entry(value: Any, type_: Type) -> bool:
    element = type_.element
    width = next((axis.size for axis in type_.axes if axis.name == "dim"), {POINT: 2, BOX: 4}.get(element))
    if width is not None:
        numbers = int | float | None if type_.optional else int | float
        return isinstance(value, list) and len(value) == width and all(isinstance(n, numbers) for n in value)
    if isinstance(element, RecordElement):
        return _is_record(value, element)
    if element == IMAGE:
        return value is None or data_url(value) is not None
    if element == INT:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and not isinstance(value, bool) and abs(value) <= _INT32
    return isinstance(value, {BOOL: bool, FLOAT: int | float, TEXT: str | bytes}.get(element, object)) and (
        element == JSON or value is not None
    )


def _is_record(value: Any, element: RecordElement) -> bool:
    """An object, or its JSON text, with every required field of the right type."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return False
    return isinstance(value, dict) and all(
        misfit(value.get(field.name), field.type) is None for field in element.fields if not field.type.optional
    )


def _wrong(value: Any, type_: Type) -> str:
    text = repr(value)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    expected = f": an image is {EXPECTED}" if type_.element == IMAGE else ""
    return f"is {shown}, no `{write_type(type_)}`{expected}"
