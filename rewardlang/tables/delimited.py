"""CSV files with a header line, perhaps compressed with gzip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.tables.batch import Batch
from rewardlang.tables.reading import Table
from rewardlang.types import BOOL, FLOAT, INT, TEXT, Type, write_type

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 16 << 20
"""Bytes that are parsed at once; a row must fit."""
_SHOWN = 60


@dataclass
class DelimitedTable(Table):
    """Texts stay texts; a field of an input of another type is read as that type.

    Numbers and bools are read as such, everything else as JSON. An empty field without quotes is missing, except where
    a text is required.
    """

    _file: Any = field(default=None, repr=False)

    def names(self) -> list[str]:
        """The header."""
        return list(self._open([]).schema.names)

    def batches(self) -> Iterator[Batch]:
        """See `Table`."""
        import pyarrow as pa

        start = 0
        reader = self._open(list(self.wanted))
        try:
            for found in reader:
                for begin, rows in _pieces(found, self.rows, self.size):
                    part = found.slice(begin, rows)
                    batch = Batch(start, rows, {name: part.column(name) for name in self.wanted})
                    yield Batch(start, rows, {name: self._typed(batch, name) for name in self.wanted})
                    start += rows
        except pa.ArrowException as error:
            raise CallError(_unreadable(self, error)) from None

    def done(self) -> float:
        """See `Table`."""
        if self._file is None or self._file.closed:
            return 0.0
        return float(self._file.tell() / max(self.path.stat().st_size, 1))

    def _open(self, columns: list[str]) -> Any:
        import pyarrow as pa
        from pyarrow import csv

        self._file = pa.OSFile(str(self.path))
        packed = self.path.name.lower().endswith(".gz")
        try:
            names = csv.open_csv(
                pa.CompressedInputStream(self._file, "gzip") if packed else self._file,
                csv.ReadOptions(block_size=_BLOCK, use_threads=False),
                csv.ParseOptions(newlines_in_values=True),
                csv.ConvertOptions(
                    include_columns=columns,
                    column_types=dict.fromkeys(columns, pa.large_string()),
                    null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
                ),
            )  # fmt: skip
        except (pa.ArrowException, OSError) as error:
            raise CallError(_unreadable(self, error)) from None
        return names

    def _typed(self, batch: Batch, name: str) -> Any:
        column, type_ = batch.columns[name], self.wanted[name]
        if type_ is None or (type_.element == TEXT and not type_.axes):
            return column if type_ is not None and type_.optional else column.fill_null("")
        if type_.axes or type_.element not in (BOOL, INT, FLOAT):
            return [self._json(batch, row, name, text) for row, text in enumerate(column.to_pylist())]
        return self._numbers(batch, name, type_)

    def _json(self, batch: Batch, row: int, name: str, text: str | None) -> Any:
        import json

        if text is None:
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            type_ = write_type(self.wanted[name])  # type: ignore[arg-type]  # a column without a type is a text
            raise CallError(
                f"`{self.path}`, {batch.place(row)}: column `{name}` needs a `{type_}` as JSON, got {_shown(text)}"
            ) from None

    def _numbers(self, batch: Batch, name: str, type_: Type) -> Any:
        import pyarrow as pa
        from pyarrow import compute

        column = compute.utf8_trim_whitespace(batch.columns[name])
        arrow = {BOOL: pa.bool_(), INT: pa.int64(), FLOAT: pa.float64()}[type_.element]
        try:
            return column.cast(arrow)
        except pa.ArrowInvalid:
            for row, text in enumerate(column):
                try:
                    text.cast(arrow)
                except pa.ArrowInvalid:
                    found = f"got {_shown(text.as_py())}"
                    raise CallError(
                        f"`{self.path}`, {batch.place(row)}: column `{name}` needs a `{write_type(type_)}`, {found}"
                    ) from None
            raise


def _pieces(found: Any, rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Start and number of rows of each piece of a block."""
    step = max(1, min(rows, size * max(found.num_rows, 1) // max(found.nbytes, 1)))
    for begin in range(0, found.num_rows, step):
        yield begin, min(step, found.num_rows - begin)


def _unreadable(table: DelimitedTable, error: BaseException) -> str:
    reason = str(error).partition("\n")[0]
    if "straddl" in reason:
        reason = f"a row is longer than {_BLOCK >> 20} MB, or a quote is not closed"
    return f"`{table.path}` is no CSV file: {reason}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
