"""A batch of rows, and files cut into batches between groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROWS, SIZE = 8192, 16 << 20
"""The most rows and bytes of the file that a batch holds, unless one group is larger."""


@dataclass(frozen=True)
class Batch:
    """Rows of a file, from row `start` (counted from 0) on.

    A column is a list, or a pyarrow array. `lines` are the lines of a text file (from 1), where they are known.
    """

    start: int
    rows: int
    columns: dict[str, Any]
    lines: Sequence[int] | None = None

    def place(self, row: int) -> str:
        """How a person finds a row of this batch."""
        line = "" if self.lines is None else f" (line {self.lines[row]})"
        return f"row {self.start + row}{line}"

    def values(self, name: str) -> list[Any]:
        """A column as Python values."""
        column = self.columns[name]
        return column if isinstance(column, list) else list(column.to_pylist())

    def part(self, start: int, end: int) -> Batch:
        """The rows from `start` to `end` (exclusive), counted in this batch."""
        columns = {name: column[start:end] for name, column in self.columns.items()}
        lines = None if self.lines is None else self.lines[start:end]
        return Batch(self.start + start, end - start, columns, lines)

    def joined(self, other: Batch) -> Batch:
        """These rows and those of the batch that follows it."""
        columns = {name: _joined(column, other.columns[name]) for name, column in self.columns.items()}
        lines = None if self.lines is None or other.lines is None else [*self.lines, *other.lines]
        return Batch(self.start, self.rows + other.rows, columns, lines)


def _joined(first: Any, second: Any) -> Any:
    if isinstance(first, list):
        return first + second
    import pyarrow as pa

    return pa.chunked_array([*_chunks(first), *_chunks(second)]).combine_chunks()


def _chunks(column: Any) -> list[Any]:
    return list(column.chunks) if hasattr(column, "chunks") else [column]


@dataclass
class Groups:
    """Cuts batches between groups: adjacent rows with equal values of `column`, which need not fit a batch.

    Keeps the values of all groups so far, to tell a group that comes back.
    """

    path: str
    column: str
    seen: set[Any] = field(default_factory=set)

    def cut(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The same rows in batches of whole groups.

        Raises:
            CallError: a row has no group, or belongs to one that ended before it.
        """
        held: list[Batch] = []
        last: Any = None
        for batch in batches:
            values = self._values(batch)
            starts = [i for i, (a, b) in enumerate(pairwise([last, *values])) if a != b]
            self._see(batch, values, starts)
            last = values[-1]
            if starts and (held or starts[-1] > 0):
                yield together([*held, batch.part(0, starts[-1])])
                held = []
            held.append(batch.part(starts[-1], batch.rows) if starts else batch)
        if held:
            yield together(held)

    def numbers(self, batch: Batch) -> list[int]:
        """The group of each row of a batch, counted from 0."""
        values = batch.values(self.column)
        numbers = [0]
        for before, value in pairwise(values):
            numbers.append(numbers[-1] + (before != value))
        return numbers

    def _values(self, batch: Batch) -> list[Any]:
        values = batch.values(self.column)
        for row, value in enumerate(values):
            if value is None or isinstance(value, list | dict):
                raise CallError(
                    f"`{self.path}`, {batch.place(row)}: the group column `{self.column}` needs a text or a number,"
                    f" not {'nothing' if value is None else type(value).__name__}"
                )
        return values

    def _see(self, batch: Batch, values: list[Any], starts: list[int]) -> None:
        for row in starts:
            if values[row] in self.seen:
                raise CallError(
                    f"`{self.path}`, {batch.place(row)}: the group {values[row]!r} of `{self.column}` comes back after"
                    " other groups; sort the file by that column"
                )
            self.seen.add(values[row])


def together(parts: list[Batch]) -> Batch:
    """Batches that follow one another, as one. There must be at least one."""
    parts = [part for part in parts if part.rows] or parts[:1]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.joined(part)
    return whole
