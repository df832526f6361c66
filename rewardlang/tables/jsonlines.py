"""JSON lines: a JSON object a line, blank lines skipped, perhaps compressed with gzip."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from rewardlang.diagnostics import CallError
from rewardlang.tables.batch import Batch
from rewardlang.tables.reading import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = 100
"""So many rows tell the columns of a file."""
_BOM = b"\xef\xbb\xbf"
_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a bool", type(None): "null"}


@dataclass
class JsonLinesTable(Table):
    """Nested values stay Python objects; a key that a row lacks is None there."""

    _file: BinaryIO | None = field(default=None, repr=False)

    def names(self) -> list[str]:
        """The keys of the first rows."""
        known: dict[str, None] = {}
        with self._lines() as lines:
            for number, line in islice(lines, _HEAD):
                known |= dict.fromkeys(self._object(number, line))
        return list(known)

    def batches(self) -> Iterator[Batch]:
        """See `Table`."""
        decode = _decoder(list(self.wanted))
        start = size = 0
        rows: list[tuple[Any, ...]] = []
        numbers: list[int] = []
        with self._lines() as lines:
            for number, line in lines:
                row = decode(line)
                rows.append(row if row is not None else self._slowly(number, line))
                numbers.append(number)
                size += len(line)
                if len(rows) >= self.rows or size >= self.size:
                    yield self._batch(start, rows, numbers)
                    start, size, rows, numbers = start + len(rows), 0, [], []
            if rows:
                yield self._batch(start, rows, numbers)

    def done(self) -> float:
        """See `Table`."""
        if self._file is None or self._file.closed:
            return 0.0
        return self._file.tell() / max(self.path.stat().st_size, 1)

    def _batch(self, start: int, rows: list[tuple[Any, ...]], numbers: list[int]) -> Batch:
        columns = {name: list(values) for name, values in zip(self.wanted, zip(*rows, strict=True), strict=True)}
        return Batch(start, len(rows), columns, numbers)

    @contextmanager
    def _lines(self) -> Iterator[Iterator[tuple[int, bytes]]]:
        """The lines that are not blank, with their numbers."""
        import gzip
        import zlib

        packed = self.path.name.lower().endswith(".gz")
        with self.path.open("rb") as self._file:
            try:
                yield _numbered(gzip.GzipFile(fileobj=self._file) if packed else self._file)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise CallError(f"`{self.path}` is no whole gzip file: {error}") from None

    def _slowly(self, number: int, line: bytes) -> tuple[Any, ...]:
        row = self._object(number, line)
        return tuple(row.get(name) for name in self.wanted)

    def _object(self, number: int, line: bytes) -> dict[str, Any]:
        """A row as Python's `json` reads it, which writes and reads NaN and half surrogates."""
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            where = f", column {error.colno}" if error.lineno == 1 else ""
            raise CallError(f"`{self.path}`, line {number}: no JSON: {error.msg}{where}") from None
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise CallError(f"`{self.path}`, line {number}: no JSON: {error}") from None
        if not isinstance(row, dict):
            raise CallError(f"`{self.path}`, line {number}: a row is an object, `{{...}}`, not {_KINDS[type(row)]}")
        return row


def _numbered(file: Any) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(file, 1):
        text = line.removeprefix(_BOM) if number == 1 else line
        if not text.isspace() and text:
            yield number, text


def _decoder(names: list[str]) -> Callable[[bytes], tuple[Any, ...] | None]:
    """From a line to the values of `names`; other values are skipped unread. None for what needs a second look."""
    import msgspec

    fields = [(f"column{i}", Any, None) for i in range(len(names))]
    row = msgspec.defstruct("Row", fields, rename={f"column{i}": name for i, name in enumerate(names)})
    decode = msgspec.json.Decoder(row).decode

    def values(line: bytes) -> tuple[Any, ...] | None:
        try:
            return msgspec.structs.astuple(decode(line))
        except (msgspec.DecodeError, RecursionError):
            return None

    return values
