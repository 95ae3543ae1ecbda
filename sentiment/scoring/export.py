"""The table of a finished score job in the format of a download, created on request and then cached."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import compress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sentiment.errors import TableError
from sentiment.prediction import PREDICTION_COLUMNS, Prediction, split_flags
from sentiment.scoring.columns import ScoredRow
from sentiment.scoring.excel.sheet import check_characters
from sentiment.scoring.excel.writer import check_size
from sentiment.scoring.scored_table import check_fits, write_scored
from sentiment.system.storage import written_whole
from sentiment.tables.rows import ReadOptions, Row, cell_text
from sentiment.tables.table import Table, inspect_table

FORMATS = {"CSV": ".csv", "Excel": ".xlsx", "Parquet": ".parquet", "JSON Lines": ".jsonl"}
MIME_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".jsonl": "application/jsonl",
}


@dataclass(frozen=True)
class ScoredRows:
    """All or some rows of a table with their predictions: the source of a download."""

    table: Table
    model: str
    predictions: Callable[[], Iterator[Prediction]]  # of the table's rows, in order

    def scored(self) -> Iterator[ScoredRow]:
        """Yield every row with its prediction."""
        return zip(self.table.rows(), self.predictions(), strict=True)


def scored_rows(
    scored: Path, table: Path, options: ReadOptions, digest: str, kept: NDArray[np.bool_] | None = None
) -> ScoredRows:
    """Return the rows of `table`, whose predictions are in the Parquet file `scored`, or those in `kept` (rows,).

    Raises:
        TableError: `table`, read with `options`, no longer has that digest.
    """
    source = _same(table, options, digest)
    if kept is None:
        return ScoredRows(source, _model(scored), lambda: _predictions(scored))
    values = {field.name: getattr(source, field.name) for field in fields(Table)}
    some = _SomeRows(**values | {"row_count": int(kept.sum())}, kept=kept)
    return ScoredRows(some, _model(scored), lambda: compress(_predictions(scored), kept))


def exported(
    scored: Path, table: Path, options: ReadOptions, digest: str, suffix: str, kept: NDArray[np.bool_] | None = None
) -> Path:
    """Return the scored table as a file with the extension `suffix`, next to its source, the Parquet file `scored`.

    The bytes equal those that scripts/score.py would write. With `kept` (rows,), the file has only the marked rows and
    is not cached.

    Raises:
        TableError: `table`, read with `options`, no longer has that digest, or does not fit the format.
    """
    output = scored.with_suffix(suffix) if kept is None else scored.with_name(f"filtered{suffix}")
    if kept is not None and suffix == ".parquet":
        _write_some(scored, kept, output)
    elif kept is not None or not output.exists():
        _write(scored_rows(scored, table, options, digest, kept), output)
    return output


def convert(scored: Path, table: Table, output: Path) -> None:
    """Write `table`, whose predictions are in the Parquet file `scored`, to `output` in the format of its name.

    Raises:
        TableError: the table does not fit the format.
    """
    check_fits(table, output)
    _write(ScoredRows(table, _model(scored), lambda: _predictions(scored)), output)


@dataclass(frozen=True)
class _SomeRows(Table):
    """A table that yields only the rows marked in `kept`."""

    kept: NDArray[np.bool_]

    def rows(self, only: int | None = None) -> Iterator[Row]:
        return compress(super().rows(only), self.kept)


def _write(rows: ScoredRows, output: Path) -> None:
    write_scored(rows.table, rows.scored(), rows.model, output)


def _write_some(scored: Path, kept: NDArray[np.bool_], output: Path) -> None:
    """Write the marked rows of a Parquet file to another, batch by batch."""
    schema = pq.read_schema(scored)
    start = 0
    with (
        written_whole(output) as temporary,
        pq.ParquetFile(scored) as file,
        pq.ParquetWriter(temporary, schema) as writer,
    ):
        for batch in file.iter_batches():
            writer.write_batch(batch.filter(pa.array(kept[start : start + batch.num_rows])))
            start += batch.num_rows


def excel_obstacle(scored: Path) -> str:
    """Return in a sentence why the scored table in the Parquet file `scored` does not fit in Excel; "" if it does.

    The input table itself is not read again.
    """
    with pq.ParquetFile(scored) as file:
        try:
            check_size(file.metadata.num_rows, len(file.schema_arrow.names))
            for row, longest in _longest_texts(file):
                check_characters(longest, row)
        except TableError as error:
            return str(error)
    return ""


def _longest_texts(file: pq.ParquetFile) -> Iterator[tuple[int, int]]:
    """Yield the row, from 1, and the characters of the longest text of each column and batch."""
    texts = [field.name for field in file.schema_arrow if not pa.types.is_primitive(field.type)]
    start = 1
    for batch in file.iter_batches(columns=texts):
        for column in batch.columns:
            lengths = _characters(column)
            if len(lengths):
                row = int(lengths.argmax())
                yield start + row, int(lengths[row])
        start += batch.num_rows


def _characters(column: pa.Array) -> NDArray[np.int64]:
    """Return the characters of each cell (rows,) when written, for a column of texts, or of lists and the like."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return np.asarray(pc.fill_null(pc.utf8_length(column), 0), np.int64)
    return np.array([len(cell_text(cell)) for cell in column.to_pylist()], np.int64)


def _same(path: Path, options: ReadOptions, digest: str) -> Table:
    table = inspect_table(path, options)
    if table.digest != digest:
        raise TableError(f"{path.name} was changed since it was scored: download Parquet, or score it again.")
    return table


def _predictions(scored: Path) -> Iterator[Prediction]:
    with pq.ParquetFile(scored) as file:
        names = file.schema_arrow.names[-len(PREDICTION_COLUMNS) - 1 : -1]
        for batch in file.iter_batches(columns=names):
            columns = [batch.column(name).to_pylist() for name in names]
            for sentiment, probability, rating, read, total, unknown_share, flags in zip(*columns, strict=True):
                names = split_flags(flags)
                yield Prediction(sentiment, probability, rating, read, total, unknown_share, names)


def _model(scored: Path) -> str:
    with pq.ParquetFile(scored) as file:
        name = file.schema_arrow.names[-1]
        first = next(file.iter_batches(batch_size=1, columns=[name]), None)
    return "" if first is None or not len(first) else str(first.column(0)[0].as_py())
