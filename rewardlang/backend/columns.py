"""From what a caller passes to a checked, aligned set of columns. Every mistake is found before anything is scored."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Sized
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rewardlang.backend.arrow_arrays import shown
from rewardlang.backend.ingest import Ingested, ingest
from rewardlang.columns.column import blank, merge
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.types import write_type

if TYPE_CHECKING:
    from rewardlang.types import Axis, Type
    from rewardlang.types.declared import Field

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The columns of one call: `ingested` by field, `lengths` int64[samples] by axis, and the samples' groups."""

    ingested: Mapping[str, Ingested]
    lengths: Mapping[Axis, Ints]
    groups: Ints
    samples: int

    def first_fault(self, given: Mapping[str, Any]) -> str | None:
        """What is wrong with the first invalid sample of the `given` columns; None where all are valid."""
        found = [(int(np.argmax(column.invalid)), name) for name, column in self.ingested.items() if column.faults]
        if not found:
            return None
        row, name = min(found)
        value = given[name][row]
        value = value.as_py() if hasattr(value, "as_py") else value.tolist() if hasattr(value, "tolist") else value
        what = "it" if value is None else shown(value)
        return f"column `{name}`, sample {row}: {what} {self.ingested[name].fault(row)}"

    def reasons(self) -> dict[int, str]:
        """Why samples are invalid, by sample."""
        reasons: dict[int, str] = {}
        for name, column in self.ingested.items():
            for row in np.flatnonzero(column.invalid):
                reasons.setdefault(int(row), f"`{name}` {column.fault(int(row))}")
        return reasons


def named_columns(columns: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a dict, or of an Arrow, Polars or pandas table, and those given by keyword."""
    if columns is None:
        return dict(fields)
    if isinstance(columns, Mapping):
        return {**columns, **fields}
    names = getattr(columns, "column_names", getattr(columns, "columns", None))
    if names is None or isinstance(columns, str):
        raise CallError(f"expected columns by name (a dict, a table), got {shown(columns)}")
    return {**{str(name): columns[name] for name in names}, **fields}


def gather_columns(
    reward: str, fields: Sequence[Field], given: Mapping[str, Any], group: Any, *, tolerant: bool = False
) -> Columns:
    """Check names and lengths, and flatten every column.

    `tolerant` ignores columns that the reward does not know (trainers pass all they have).
    """
    _check_names(reward, fields, given, tolerant=tolerant)
    present = [field for field in fields if given.get(field.name) is not None]
    samples = _common_length(present, given, group)
    ingested = {field.name: _column(field, given.get(field.name), samples) for field in fields}
    for name, column in ingested.items():
        if column.rows != samples:
            raise CallError(f"column `{name}` has {column.rows} samples, not {samples}")
    lengths = _shared_lengths(ingested)
    aligned = {field.name: _aligned(ingested[field.name], field.type, lengths) for field in fields}
    return Columns(aligned, lengths, group_numbers(group, samples), samples)


def _column(field: Field, values: Any, samples: int) -> Ingested:
    """The caller's values; in their absence the default, or missing."""
    if values is not None:
        return ingest(field.name, values, field.type)
    if field.type.axes:
        # A list whose entries are optional is absent with all of them, which is nobody's fault.
        return replace(ingest(field.name, [field.default] * samples, field.type), faults=())
    return replace(_default(field), rows=samples, uniform=True)


@lru_cache(maxsize=256)
def _default(field: Field) -> Ingested:
    """What stands for an absent column, of one sample."""
    return ingest(field.name, [field.default], field.type)


def _check_names(reward: str, fields: Sequence[Field], given: Mapping[str, Any], *, tolerant: bool) -> None:
    known = [field.name for field in fields]
    unknown = [name for name in given if name not in known]
    for field in fields:
        if field.required and given.get(field.name) is None:
            close = suggest(field.name, unknown)
            hint = f" (the column `{close}` is not used: is it meant?)" if close else ""
            signature = ", ".join(f"{f.name}: {write_type(f.type)}" for f in fields)
            raise CallError(f"the column `{field.name}` is missing{hint}; `{reward}` takes ({signature})")
    if unknown and not tolerant:
        close = suggest(unknown[0], known)
        hint = f": did you mean `{close}`?" if close else f"; it takes {', '.join(f'`{k}`' for k in known)}"
        raise CallError(f"`{reward}` has no field `{unknown[0]}`{hint}")


def _common_length(present: Sequence[Field], given: Mapping[str, Any], group: Any) -> int:
    lengths = {field.name: _length(field.name, given[field.name]) for field in present}
    if not lengths:
        if isinstance(group, Sized):
            return len(group)
        raise CallError("no column is given, so that nothing says how many samples there are")
    first, samples = next(iter(lengths.items()))
    for name, length in lengths.items():
        if length != samples:
            raise CallError(f"column `{name}` has {length} samples, but column `{first}` has {samples}")
    return samples


def _length(name: str, values: Any) -> int:
    single = isinstance(values, str | bytes | Mapping | AbstractSet) or not isinstance(values, Sized)
    if single or getattr(values, "ndim", 1) == 0:
        kind = type(values).__name__
        raise CallError(f"column `{name}`: expected one value a sample (a list, an array), got a single {kind}")
    return len(values)


def _shared_lengths(ingested: Mapping[str, Ingested]) -> dict[Axis, Ints]:
    lengths: dict[Axis, Ints] = {}
    owner: dict[Axis, str] = {}
    for name, column in ingested.items():
        for axis, mine in column.lengths.items():
            if axis not in lengths:
                lengths[axis], owner[axis] = mine.copy(), name
                continue
            theirs = lengths[axis]
            known = (mine >= 0) & (theirs >= 0)
            wrong = known & (mine != theirs)
            if wrong.any():
                row = int(np.argmax(wrong))
                sizes = f"`{owner[axis]}` has {theirs[row]} entries along `{axis}`, but `{name}` has {mine[row]}"
                raise CallError(f"sample {row}: {sizes}")
            lengths[axis] = np.where(theirs >= 0, theirs, mine)
    return {axis: np.maximum(length, 0) for axis, length in lengths.items()}


def _aligned(column: Ingested, type_: Type, lengths: Mapping[Axis, Ints]) -> Ingested:
    """The column with blank entries for the lists that are missing, along axes whose length another column tells."""
    if not column.lengths:
        return column
    own, shared = (_entries(column.rows, [of[axis] for axis in column.lengths]) for of in (column.lengths, lengths))
    if np.array_equal(own, shared):
        return column
    parts = next((axis.size or 1 for axis in type_.axes if axis.name == "dim"), 1)
    data = _stretched(column.data, own * parts, shared * parts)
    if isinstance(data, np.ndarray) and type_.range is not None:
        low, high = float(type_.interval.low), float(type_.interval.high)
        data = np.clip(data, low, high).astype(data.dtype)
    present = None if column.present is None else _stretched(column.present, own, shared)
    return replace(column, data=data, present=present)


def _entries(samples: int, lengths: Sequence[Ints]) -> Ints:
    counts = np.ones(samples, np.int64)
    for length in lengths:
        counts *= np.maximum(length, 0)
    return counts


def _stretched(data: Any, own: Ints, wanted: Ints) -> Any:
    """A flat column of `own` entries a sample with `wanted` ones, blank where the numbers differ."""
    sample = np.repeat(np.arange(len(own)), wanted)
    places = np.arange(len(sample))
    kept = (own == wanted)[sample]
    begins = np.cumsum(own) - own
    rows = begins[sample] + places - (np.cumsum(wanted) - wanted)[sample]
    return merge([data, blank(data, len(sample))], np.where(kept, 0, 1), np.where(kept, rows, places))


def group_numbers(group: Any, samples: int) -> Ints:
    """Group numbers 0, 1, 2, … of adjacent samples, from ids or from a size; all 0 without groups.

    Raises:
        CallError: there is not one id a sample, or a group does not stand together.
    """
    if group is None:
        return np.zeros(samples, np.int64)
    if isinstance(group, int | np.integer) and not isinstance(group, bool):
        if group < 1:
            raise CallError(f"`group`: the size of a group is at least 1, not {group}")
        if samples % int(group):
            raise CallError(f"`group`: {samples} samples do not make groups of {group}")
        return np.arange(samples) // int(group)
    if (
        isinstance(group, str | bytes | Mapping | AbstractSet)
        or not isinstance(group, Sized)
        or getattr(group, "ndim", 1) != 1
    ):
        raise CallError(f"`group` is an id for each sample or the size of every group, not {shown(group)}")
    ways = (way for way in ("tolist", "to_pylist", "to_list", "__iter__") if hasattr(group, way))
    ids = list(getattr(group, next(ways, "__iter__"))())
    if len(ids) != samples:
        raise CallError(f"`group` has {len(ids)} ids, but there are {samples} samples")
    return _adjacent(ids)


def _adjacent(ids: list[Any]) -> Ints:
    numbers = np.zeros(len(ids), np.int64)
    seen: set[Any] = set()
    number = -1
    for row, name in enumerate(ids):
        # Unequal to itself: NaN, which stands for no value in a column of numbers.
        if name is None or not isinstance(name, Hashable) or name != name:  # noqa: PLR0124 - only NaN is
            raise CallError(f"`group`, sample {row}: {shown(name)} is no id of a group")
        if row == 0 or name != ids[row - 1]:
            if name in seen:
                raise CallError(f"`group`, sample {row}: the samples of group {name!r} do not stand together")
            seen.add(name)
            number += 1
        numbers[row] = number
    return numbers
