"""From ingested columns to the host's: flat over the axes of their type, with the lengths that all columns share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rewardlang.backend.host import HostColumn
from rewardlang.backend.ingest import Ingested, ingest
from rewardlang.columns.column import take_held

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from rewardlang.check.core import InputField
    from rewardlang.columns.column import Column
    from rewardlang.types import Axis, Type

    Ints = npt.NDArray[np.int64]


def stand_in(field: InputField, samples: int) -> Ingested:
    """The column of a field that is absent: its default, or missing."""
    from rewardlang.backend.defaults import constant_value

    if field.default is not None:
        value = constant_value(field.default)
        single = isinstance(value, int | float) and not field.type.axes
        return ingest(field.name, np.full(samples, value) if single else [value] * samples, field.type)
    return ingest(field.name, [None] * samples, field.type)


def host_column(column: Ingested, type_: Type, lengths: Mapping[Axis, Ints]) -> HostColumn:
    """The column with a row an entry of its axes, whose lengths all columns share.

    A list that is missing in a sample has entries there where another column gives its axis a length; they are masked.
    """
    data, present = column.data, column.present
    lists = [axis for axis in type_.axes if axis.name != "dim"]
    mine, shared = _entries(column.rows, lists, column.lengths), _entries(column.rows, lists, lengths)
    if not np.array_equal(mine, shared):
        data = _filled(data, mine, shared)
        present = None if present is None else _filled(present, mine, shared)
    if len(lists) < len(type_.axes) and isinstance(data, np.ndarray):
        data = data.reshape(-1)
    if not lists:
        return HostColumn(data, column.whole)
    return HostColumn(data, present, column.whole)


def _entries(samples: int, lists: list[Axis], lengths: Mapping[Axis, Ints]) -> Ints:
    counts = np.ones(samples, np.int64)
    for axis in lists:
        counts = counts * np.maximum(lengths[axis], 0)
    return counts


def _filled(column: Column, mine: Ints, shared: Ints) -> Any:
    """The rows of each sample, or as many others as it must have."""
    owner = np.repeat(np.arange(len(shared)), shared)
    position = np.arange(len(owner)) - (np.cumsum(shared) - shared)[owner]
    places = (np.cumsum(mine) - mine)[owner] + position
    return take_held(column, places, (mine == shared)[owner])
