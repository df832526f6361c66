"""Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rewardlang.diagnostics import CallError
from rewardlang.tables.batch import Batch
from rewardlang.tables.reading import Table

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class ParquetTable(Table):
    """Columns are pyarrow arrays. Row groups are read a piece at a time."""

    _read: int = 0

    def names(self) -> list[str]:
        """The columns of the schema."""
        return list(self._file.schema_arrow.names)

    def batches(self) -> Iterator[Batch]:
        """See `Table`."""
        import pyarrow as pa

        try:
            for found in self._file.iter_batches(batch_size=self._batch_rows(), columns=list(self.wanted)):
                columns = {name: _plain(found.column(name)) for name in self.wanted}
                batch = Batch(self._read, found.num_rows, columns)
                self._read += batch.rows
                if batch.rows:
                    yield batch
        except (pa.ArrowException, OSError) as error:
            raise CallError(f"`{self.path}` is no whole Parquet file: {_first_line(error)}") from None

    def done(self) -> float:
        """See `Table`."""
        return float(self._read / max(self._file.metadata.num_rows, 1))

    def _batch_rows(self) -> int:
        """As many rows as stay below `size`, by the size that the file gives for its row groups, unpacked."""
        about = self._file.metadata
        total = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        return int(max(1, min(self.rows, self.size * max(about.num_rows, 1) // max(total, 1))))

    @cached_property
    def _file(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.path)
        except (pa.ArrowException, OSError) as error:
            raise CallError(f"`{self.path}` is no Parquet file: {_first_line(error)}") from None


def _plain(column: Any) -> Any:
    """Dictionary-encoded columns as what they stand for."""
    import pyarrow as pa

    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
