"""Parquet as a table, streamed in batches."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sentiment.errors import TableError
from sentiment.tables.bounded_reading import check_parquet
from sentiment.tables.rows import Format, ReadOptions, Row

BATCH_ROWS = 8_192
_BATCH_BYTES = 32 * 2**20
# Errors of pyarrow and Python for values without a Python type, and for damaged files.
_UNREADABLE = (pa.ArrowException, ValueError, OverflowError, KeyError, TypeError)
_ERRORS = (*_UNREADABLE, OSError)


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file; `schema` has its columns' names, types and metadata."""

    path: Path
    schema: pa.Schema
    format: Format = "parquet"

    @classmethod
    def open(cls, path: Path) -> "ParquetSource":
        """Read the file's schema.

        Raises:
            TableError: the file is damaged.
        """
        try:
            return cls(path, pq.read_schema(path))
        except _ERRORS as error:
            raise _damaged(path, error) from error

    @property
    def header(self) -> tuple[str, ...]:
        """The column names of the schema."""
        return tuple(self.schema.names)

    @property
    def detected(self) -> dict[str, str]:
        """An empty mapping, since nothing has to be detected."""
        return {}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row as Python values, of column `only` alone if given."""
        number = 0
        for batch in self.batches():
            empty = [None] * batch.num_rows
            columns = [_values(c) if only in (None, i) else empty for i, c in enumerate(batch.columns)]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Row(number, list(cells))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the file's record batches unchanged.

        Raises:
            TableError: the file is damaged.
        """
        try:
            with pq.ParquetFile(self.path) as file:
                yield from file.iter_batches(batch_size=_batch_rows(file.metadata))
        except MemoryError:
            raise
        except _ERRORS as error:
            raise _damaged(self.path, error) from error


def open_parquet(path: Path, options: ReadOptions) -> ParquetSource:
    """Read a Parquet file's schema.

    Raises:
        TableError: it is damaged, or exceeds the limits on memory or time.
    """
    check_parquet(path)
    return ParquetSource.open(path)


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """Return the number of rows that take 32 MB on average, at most BATCH_ROWS."""
    size: int = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    rows: int = metadata.num_rows
    return max(1, min(BATCH_ROWS, _BATCH_BYTES * max(1, rows) // max(1, size)))


def _values(column: pa.Array) -> list[Any]:
    """Return the column's values; those without a Python type, such as a date after the year 9999, as text."""
    try:
        values: list[Any] = column.to_pylist()
    except MemoryError:
        raise
    except _UNREADABLE:
        return [_value(column[i : i + 1]) for i in range(len(column))]
    return values


def _value(one: pa.Array) -> Any:
    """Return the one value of an array, as text if Python has no type for it, None if it is unreadable."""
    for read in (lambda: one[0].as_py(), lambda: _decoded(one), lambda: pc.cast(one, pa.string())[0].as_py()):
        with contextlib.suppress(*_UNREADABLE):
            return read()
    return None


def _decoded(one: pa.Array) -> str:
    """Return the value of a text whose bytes are not UTF-8. Raises an error of `_UNREADABLE` if it is not a text."""
    if not (pa.types.is_string(one.type) or pa.types.is_large_string(one.type)):
        raise TypeError
    raw: bytes = one.cast(pa.large_binary())[0].as_py()
    return raw.decode("utf-8", "replace")


def _damaged(path: Path, error: Exception) -> TableError:
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return TableError(f"{path.name} is a damaged Parquet file ({reason}).")
