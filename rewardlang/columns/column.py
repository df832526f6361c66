"""Columns of every element: rows that can be taken, joined and left blank.

A column is a NumPy array (bool, int64, float64; points and boxes `[rows, 2]` and `[rows, 4]`), `Texts`, a
`JsonColumn` or a `Captures`. A list in each row is a `Ragged`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from rewardlang.columns.texts import Texts
from rewardlang.kernels.memory import fixed
from rewardlang.kernels.text import group_spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from rewardlang.columns.json_tape import Tape

    Rows = npt.NDArray[np.int64]

Column = Any
C = TypeVar("C")


@dataclass(frozen=True, eq=False)
class JsonColumn:
    """JSON values: `nodes: int64[rows]` of one tape, -1 where there is none."""

    tape: Tape
    nodes: Rows

    def __len__(self) -> int:
        return len(self.nodes)

    def take(self, rows: Rows) -> JsonColumn:
        """The rows at `rows: int64[any]`."""
        return JsonColumn(self.tape, self.nodes.take(rows))

    def at(self, key: str) -> JsonColumn:
        """The value of one key of each object, the last of repeated ones; none for anything else. Looked up once."""
        from rewardlang.columns.json import lookup

        found = self._found
        if key not in found:
            found[key] = JsonColumn(self.tape, lookup(self.tape, self.nodes, key.encode()))
        return found[key]

    @cached_property
    def _found(self) -> dict[str, JsonColumn]:
        return {}


@dataclass(frozen=True, eq=False)
class Captures:
    """What the groups of a pattern matched, row by row.

    `spans: int64[rows, 2 * (groups + 1)]` are byte offsets into the buffer of `texts`, -1 where a group took no part;
    the first two are the whole match.
    """

    texts: Texts
    spans: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.spans)

    def take(self, rows: Rows) -> Captures:
        """The rows at `rows: int64[any]`."""
        return Captures(self.texts, self.spans[rows])

    def group(self, number: int) -> tuple[Texts, npt.NDArray[np.bool_]]:
        """(texts, present) of one group; empty where it took no part."""
        starts, ends, present = group_spans(fixed(self.spans), number)
        return self.texts.within(starts, ends), present


@dataclass(frozen=True, eq=False)
class Bundle:
    """Columns of one length, by name: what a builtin gives whose result is a record."""

    parts: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())))

    def take(self, rows: Rows) -> Bundle:
        """The rows at `rows: int64[any]` of each column."""
        return Bundle({name: take(part, rows) for name, part in self.parts.items()})


@dataclass(frozen=True, eq=False)
class Ragged:
    """A list in each row: row i holds `column[offsets[i]:offsets[i + 1]]`; `offsets: int64[rows + 1]`."""

    offsets: Rows
    column: Column

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def begins(self) -> Rows:
        """int64[rows]: where each list begins."""
        return self.offsets[:-1]

    @property
    def ends(self) -> Rows:
        """int64[rows]: where each list ends."""
        return self.offsets[1:]

    @property
    def lengths(self) -> Rows:
        """int64[rows]: the length of each list."""
        return np.diff(self.offsets)


@dataclass(frozen=True, eq=False)
class Slices:
    """A list in each row: row i holds `column[begins[i]:ends[i]]`. Rows may share entries: no list is copied."""

    begins: Rows
    ends: Rows
    column: Column

    def __len__(self) -> int:
        return len(self.begins)

    @property
    def lengths(self) -> Rows:
        """int64[rows]: the length of each list."""
        return self.ends - self.begins


def take(column: C, rows: Rows) -> C:
    """The rows at `rows`, of any column."""
    if isinstance(column, np.ndarray):
        # Of points and boxes, ten times as fast as an index.
        return column.take(rows, axis=0)  # type: ignore[return-value]  # an array stays one
    taken: C = column.take(rows)  # type: ignore[attr-defined]  # every other column has it
    return taken


def blank(column: C, rows: int) -> C:
    """A column like this one with `rows` rows of zeros, empty texts, or no values."""
    none = np.zeros(rows, np.int64)
    made: Any
    match column:
        case np.ndarray():
            made = np.zeros((rows, *column.shape[1:]), column.dtype)
        case Texts():
            made = column.within(none, none)
        case JsonColumn():
            made = JsonColumn(column.tape, none - 1)
        case Captures():
            made = Captures(column.texts, np.full((rows, column.spans.shape[1]), -1, np.int64))
        case Bundle():
            made = Bundle({name: blank(part, rows) for name, part in column.parts.items()})
        case _:
            raise TypeError(f"no column: {type(column).__name__}")
    result: C = made
    return result


def take_held(column: C, rows: Rows, held: npt.NDArray[np.bool_]) -> C:
    """The rows at `rows` where `held`; any row, or a blank of an empty column, elsewhere."""
    if len(column) == 0:  # type: ignore[arg-type]  # every column has a length
        return blank(column, len(rows))
    return take(column, np.where(held, rows, 0))


def merge(columns: Sequence[Column], which: Rows, rows: Rows) -> Column:
    """Row i is row `rows[i]` of `columns[which[i]]`. The columns are of one kind.

    Shapes: which, rows: int64[any].
    """
    first = columns[0]
    if len(columns) == 1:
        return take(first, rows)
    if isinstance(first, np.ndarray):
        return _merge_arrays(columns, which, rows)
    if isinstance(first, Texts):
        return _merge_texts(columns, which, rows)
    if isinstance(first, JsonColumn):
        return _merge_json(columns, which, rows)
    if isinstance(first, Bundle):
        return Bundle({name: merge([column.parts[name] for column in columns], which, rows) for name in first.parts})
    if isinstance(first, Captures) and all(column.texts.buffer is first.texts.buffer for column in columns):
        return Captures(first.texts, _merge_arrays([column.spans for column in columns], which, rows))
    raise TypeError(f"columns of {type(first).__name__} cannot be merged")


def _merge_arrays(columns: Sequence[Any], which: Rows, rows: Rows) -> Any:
    result = np.zeros((len(which), *columns[0].shape[1:]), np.result_type(*columns))
    for index, column in enumerate(columns):
        here = np.flatnonzero(which == index)
        result[here] = column[rows[here]]
    return result


def choose(condition: npt.NDArray[np.bool_], yes: Column, no: Column) -> Column:
    """Row by row `yes` where the condition holds, else `no`: columns of one kind and length."""
    if isinstance(yes, Texts) and isinstance(no, Texts):
        yes, no = _one_buffer(yes, no)
        if yes.buffer is no.buffer:
            starts = np.where(condition, yes.starts, no.starts)
            return yes.within(starts, np.where(condition, yes.ends, no.ends))
    return merge([yes, no], np.where(condition, 0, 1), np.arange(len(condition)))


def _one_buffer(yes: Texts, no: Texts) -> tuple[Texts, Texts]:
    """Empty texts are spans of any buffer."""
    if not (no.ends > no.starts).any():
        return yes, blank(yes, len(no))
    if not (yes.ends > yes.starts).any():
        return blank(no, len(yes)), no
    return yes, no


def _merge_texts(columns: Sequence[Texts], which: Rows, rows: Rows) -> Texts:
    buffers: list[npt.NDArray[np.uint8]] = []
    shifts: list[int] = []
    at = 0
    for column in columns:
        known = next((index for index, buffer in enumerate(buffers) if buffer is column.buffer), None)
        if known is None:
            buffers.append(column.buffer)
            shifts.append(at)
            at += len(column.buffer)
        else:
            buffers.append(column.buffer[:0])
            shifts.append(shifts[known])
    starts = _merge_arrays([c.starts + shift for c, shift in zip(columns, shifts, strict=True)], which, rows)
    ends = _merge_arrays([c.ends + shift for c, shift in zip(columns, shifts, strict=True)], which, rows)
    kept = [buffer for buffer in buffers if len(buffer)]
    return Texts(kept[0] if len(kept) == 1 else np.concatenate(kept), starts, ends)


def _merge_json(columns: Sequence[JsonColumn], which: Rows, rows: Rows) -> JsonColumn:
    if all(column.tape is columns[0].tape for column in columns):
        return JsonColumn(columns[0].tape, _merge_arrays([column.nodes for column in columns], which, rows))
    from rewardlang.columns import json

    # Values of two tapes have no common positions: their source texts are parsed as one tape.
    spans = [json.text_of(column.tape, column.nodes) for column in columns]
    texts = _merge_texts([Texts(span.buffer, span.starts, span.ends) for span in spans], which, rows)
    tape, nodes = json.parse(texts.buffer, texts.starts, texts.ends, "python")
    return JsonColumn(tape, nodes)
