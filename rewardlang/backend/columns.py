"""From what a caller passes to a checked, aligned set of columns. Every mistake is found before anything is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rewardlang.backend.ingest import ingest
from rewardlang.backend.layout import stand_in
from rewardlang.diagnostics import CallError
from rewardlang.diagnostics.suggest import suggest
from rewardlang.types import write_type

if TYPE_CHECKING:
    from rewardlang.backend.ingest import Ingested
    from rewardlang.check.core import InputField
    from rewardlang.types import Axis

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The columns of one call: `ingested` by field, `lengths` int64[samples] by axis, and the samples' groups."""

    ingested: Mapping[str, Ingested]
    lengths: Mapping[Axis, Ints]
    groups: Ints
    samples: int

    def first_fault(self) -> str | None:
        """What is wrong with the first invalid sample, named by column; None where all are valid."""
        found = []
        for name, column in self.ingested.items():
            if column.faults:
                row = int(np.argmax(column.invalid))
                found.append((row, f"column `{name}`, sample {row}: it {column.fault(row)}"))
        return min(found)[1] if found else None

    def reasons(self) -> dict[int, str]:
        """Why samples are invalid, by sample."""
        reasons: dict[int, str] = {}
        for name, column in self.ingested.items():
            for row in np.flatnonzero(column.invalid):
                reasons.setdefault(int(row), f"`{name}` {column.fault(int(row))}")
        return reasons


def gather_columns(
    reward: str, fields: Sequence[InputField], given: Mapping[str, Any], group: Any, *, tolerant: bool = False
) -> Columns:
    """Check names and lengths, and flatten every column.

    `tolerant` ignores columns that the reward does not know (trainers pass all they have).
    """
    _check_names(reward, fields, given, tolerant=tolerant)
    present = [field for field in fields if given.get(field.name) is not None]
    samples = _common_length(present, given, group)
    ingested = {
        field.name: ingest(field.name, given[field.name], field.type) if field in present else stand_in(field, samples)
        for field in fields
    }
    for name, column in ingested.items():
        if column.rows != samples:
            raise CallError(f"column `{name}` has {column.rows} samples, not {samples}")
    return Columns(ingested, _shared_lengths(ingested), _groups(group, samples), samples)


def _check_names(reward: str, fields: Sequence[InputField], given: Mapping[str, Any], *, tolerant: bool) -> None:
    known = [field.name for field in fields]
    unknown = [name for name in given if name not in known]
    for field in fields:
        required = field.default is None and not field.type.optional
        if required and given.get(field.name) is None:
            close = suggest(field.name, unknown)
            hint = f" (the column `{close}` is not used: is it meant?)" if close else ""
            signature = ", ".join(f"{f.name}: {write_type(f.type)}" for f in fields)
            raise CallError(f"the column `{field.name}` is missing{hint}; `{reward}` takes ({signature})")
    if unknown and not tolerant:
        close = suggest(unknown[0], known)
        hint = f": did you mean `{close}`?" if close else f"; it takes {', '.join(f'`{k}`' for k in known)}"
        raise CallError(f"`{reward}` has no field `{unknown[0]}`{hint}")


def _common_length(present: Sequence[InputField], given: Mapping[str, Any], group: Any) -> int:
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
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Sized):
        raise CallError(
            f"column `{name}`: expected one value a sample (a list, an array), got a single {type(values).__name__}"
        )
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


def _groups(group: Any, samples: int) -> Ints:
    """Group numbers 0, 1, 2, … of adjacent samples, from ids or from a size."""
    if group is None:
        return np.zeros(samples, np.int64)
    if isinstance(group, int | np.integer) and not isinstance(group, bool):
        if group < 1 or samples % int(group):
            raise CallError(f"`group`: {samples} samples do not make groups of {group}")
        return np.arange(samples) // int(group)
    ids = group.tolist() if hasattr(group, "tolist") else list(group)
    if len(ids) != samples:
        raise CallError(f"`group` has {len(ids)} ids, but there are {samples} samples")
    return _adjacent(ids)


def _adjacent(ids: list[Any]) -> Ints:
    numbers = np.zeros(len(ids), np.int64)
    seen: set[Any] = set()
    number = -1
    for row, name in enumerate(ids):
        if row == 0 or name != ids[row - 1]:
            if name in seen:
                raise CallError(f"`group`, sample {row}: the samples of group {name!r} do not stand together")
            seen.add(name)
            number += 1
        numbers[row] = number
    return numbers
