"""Files of samples, a batch at a time: only the columns that are asked for, in bounded memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rewardlang.diagnostics import CallError, suggest
from rewardlang.tables.batch import ROWS, SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from rewardlang.tables.batch import Batch
    from rewardlang.types import Type

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet", ".csv", ".csv.gz")


@dataclass
class Table(ABC):
    """A file of rows.

    `wanted` are the columns to read, with the types that texts of a CSV file are read as (None: as they are).
    """

    path: Path
    wanted: Mapping[str, Type | None] = field(default_factory=dict)
    rows: int = ROWS
    size: int = SIZE

    @abstractmethod
    def names(self) -> list[str]:
        """The columns of the file; of JSON lines, those of the first rows."""

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """The rows in order, in batches of at most `rows` rows and about `size` bytes.

        Raises:
            CallError: the file is not what its suffix says; names the line or row.
        """

    @abstractmethod
    def done(self) -> float:
        """Which part of the file was read, 0 to 1."""


def open_table(path: Path, wanted: Mapping[str, Type | None], *, rows: int = ROWS, size: int = SIZE) -> Table:
    """The reader that a file's suffix asks for.

    Raises:
        CallError: there is no such file, or its suffix is unknown.
    """
    kind = suffix(path)
    if not path.exists():
        near = suggest(path.name, [other.name for other in path.parent.glob("*")]) if path.parent.is_dir() else None
        raise CallError(f"there is no file `{path}`" + (f"; did you mean `{path.with_name(near)}`?" if near else ""))
    if path.is_dir():
        raise CallError(f"`{path}` is a folder, not a file of rows")
    if kind == ".parquet":
        from rewardlang.tables.parquet import ParquetTable

        return ParquetTable(path, wanted, rows, size)
    if kind.startswith(".csv"):
        from rewardlang.tables.delimited import DelimitedTable

        return DelimitedTable(path, wanted, rows, size)
    from rewardlang.tables.jsonlines import JsonLinesTable

    return JsonLinesTable(path, wanted, rows, size)


def suffix(path: Path) -> str:
    """The suffix that says how to read a file.

    Raises:
        CallError: it is none of `SUFFIXES`.
    """
    kind = next((known for known in SUFFIXES if path.name.lower().endswith(known)), None)
    if kind is None:
        what = f"the suffix `{path.suffix}` of `{path}` is unknown" if path.suffix else f"`{path}` has no suffix"
        raise CallError(f"{what}: rows are read from {', '.join(SUFFIXES)}")
    return kind
