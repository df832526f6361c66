"""Files of scores: Parquet, JSON lines or CSV, written whole or not at all."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from rewardlang.diagnostics import CallError
from rewardlang.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

SUFFIXES = (".parquet", ".jsonl", ".csv")


class Writer(ABC):
    """Writes tables that have the same columns, one after the other."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    @abstractmethod
    def write(self, table: pa.Table) -> None:
        """Append rows.

        Raises:
            CallError: a copied column has values that the format cannot hold.
        """

    @abstractmethod
    def close(self) -> None:
        """Write what ends the file."""


@contextmanager
def open_writer(out: str) -> Iterator[Writer]:
    """A writer for the file `out`, by its suffix; `-` is JSON lines on standard output.

    The file appears under its name only when the block ends without an exception; what it replaces stays until then.

    Raises:
        CallError: an unknown suffix, or no such folder.
    """
    if out == "-":
        yield JsonLinesWriter(sys.stdout.buffer)
        return
    kind = writer_kind(out)
    with replacing(Path(out)) as file:
        writer = kind(file)
        try:
            yield writer
        finally:
            writer.close()


def writer_kind(out: str) -> type[Writer]:
    """What writes a file of this name; see `open_writer` for the errors."""
    path = Path(out)
    kinds = dict(zip(SUFFIXES, (ParquetWriter, JsonLinesWriter, CsvWriter), strict=True))
    if path.suffix.lower() not in kinds:
        what = f"the suffix `{path.suffix}` of `{path}` is unknown" if path.suffix else f"`{path}` has no suffix"
        raise CallError(f"{what}: scores are written as {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise CallError(f"there is no folder `{path.parent}` to write `{path.name}` into")
    if path.is_dir():
        raise CallError(f"`{path}` is a folder")
    return kinds[path.suffix.lower()]


class ParquetWriter(Writer):
    """Parquet, a row group a table."""

    _writer: Any = None

    def write(self, table: pa.Table) -> None:
        """Append rows; see `Writer`."""
        import pyarrow.parquet as pq

        table = _without_null_types(table)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.file, table.schema, compression="zstd")
        self._writer.write_table(_as_before(table, self._writer.schema))

    def close(self) -> None:
        """Write what ends the file."""
        if self._writer is not None:
            self._writer.close()


class CsvWriter(Writer):
    """CSV with a header line; lists and records as JSON."""

    _writer: Any = None
    _schema: Any = None

    def write(self, table: pa.Table) -> None:
        """Append rows; see `Writer`."""
        from pyarrow import csv

        table = _without_null_types(_flat(table))
        if self._writer is None:
            self._writer = csv.CSVWriter(self.file, table.schema)
            self._schema = table.schema
        self._writer.write_table(_as_before(table, self._schema))

    def close(self) -> None:
        """Write what ends the file."""
        if self._writer is not None:
            self._writer.close()


class JsonLinesWriter(Writer):
    """A JSON object a row. A number has no more digits than single precision needs."""

    def write(self, table: pa.Table) -> None:
        """Append rows; see `Writer`."""
        import msgspec

        encode = msgspec.json.Encoder().encode_lines
        self.file.write(encode(_shortened(table).to_pylist()))

    def close(self) -> None:
        """Write what ends the file: nothing."""


def _shortened(table: pa.Table) -> pa.Table:
    """float32 columns as the float64 that is written the same: 0.3, not 0.30000001192092896."""
    import pyarrow as pa

    for place, found in enumerate(table.schema):
        single, wide = pa.float32(), pa.float64()
        for narrow, text, result in (
            (single, pa.string(), wide),
            (pa.list_(single), pa.list_(pa.string()), pa.list_(wide)),
        ):
            if found.type == narrow:
                table = table.set_column(place, found.name, table.column(place).cast(text).cast(result))
    return table


def _flat(table: pa.Table) -> pa.Table:
    """Lists and records as JSON texts."""
    import msgspec
    import pyarrow as pa

    table = _shortened(table) if any(pa.types.is_nested(found.type) for found in table.schema) else table
    for place, found in enumerate(table.schema):
        if pa.types.is_nested(found.type):
            values = table.column(place).to_pylist()
            texts = [None if value is None else msgspec.json.encode(value).decode() for value in values]
            table = table.set_column(place, found.name, pa.array(texts, pa.string()))
    return table


def _without_null_types(table: pa.Table) -> pa.Table:
    """A column of which nothing is known yet becomes one of texts: later rows may have some."""
    import pyarrow as pa

    wanted = [pa.field(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(wanted))


def _as_before(table: pa.Table, schema: Any) -> pa.Table:
    import pyarrow as pa

    try:
        return table.cast(schema)
    except (pa.ArrowException, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise CallError(
            f"a copied column changes its type within the data ({reason}): write .jsonl, which holds any value"
        ) from None
