"""Parquet as a table, streamed in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.errors import TableError
from sentiment.tables.rows import Format, ReadOptions, Row

BATCH_ROWS = 8_192


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file; `schema` is its columns' names, types and metadata."""

    path: Path
    schema: pa.Schema
    format: Format = "parquet"

    @property
    def header(self) -> tuple[str, ...]:
        """The column names of the schema."""
        return tuple(self.schema.names)

    @property
    def detected(self) -> dict[str, str]:
        """Nothing had to be found out."""
        return {}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Every row, as Python values; of column `only` alone where that is given."""
        number = 0
        for batch in self.batches():
            empty = [None] * batch.num_rows
            columns = [c.to_pylist() if only in (None, i) else empty for i, c in enumerate(batch.columns)]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Row(number, list(cells))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The file's record batches, as they are. Raises TableError where the file is damaged."""
        try:
            with pq.ParquetFile(self.path) as file:
                yield from file.iter_batches(batch_size=BATCH_ROWS)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.path, error) from error


def open_parquet(path: Path, options: ReadOptions) -> ParquetSource:
    """Read a Parquet file's schema. Raises TableError when it is damaged."""
    try:
        return ParquetSource(path, pq.read_schema(path))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> TableError:
    return TableError(f"{path.name} is a damaged Parquet file ({str(error).splitlines()[0].rstrip('.')}).")
