"""A finished score job's table in the format that its user takes away, made when it is asked for and then kept."""

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
    """The rows of a table with their predictions, or some of the rows: what a file to take away is made from."""

    table: Table
    model: str
    predictions: Callable[[], Iterator[Prediction]]  # of the table's rows, in their order


def scored_rows(
    scored: Path, table: Path, options: ReadOptions, digest: str, kept: NDArray[np.bool_] | None = None
) -> ScoredRows:
    """The rows of `table`, whose predictions are in the Parquet file `scored`; only those marked in `kept` (rows,).

    Raises TableError when `table`, which was read with `options`, is no longer the one with that digest.
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
    """The scored table as a file that ends in `suffix`, beside the Parquet file `scored` that it is made from.

    The bytes are those that scripts/score.py would write. With `kept` (rows,) only the marked rows are in it, and the
    file is made anew each time. Raises TableError when `table`, which was read with `options`, is no longer the one
    with that digest, or does not fit the format.
    """
    output = scored.with_suffix(suffix) if kept is None else scored.with_name(f"filtered{suffix}")
    if kept is not None and suffix == ".parquet":
        _write_some(scored, kept, output)
    elif kept is not None or not output.exists():
        _write(scored_rows(scored, table, options, digest, kept), output)
    return output


def convert(scored: Path, table: Table, output: Path) -> None:
    """Write `table`, whose predictions are in the Parquet file `scored`, to `output` in the format of its name.

    Raises TableError when the table does not fit the format.
    """
    check_fits(table, output)
    _write(ScoredRows(table, _model(scored), lambda: _predictions(scored)), output)


@dataclass(frozen=True)
class _SomeRows(Table):
    """A table of which only the rows marked in `kept` are given out."""

    kept: NDArray[np.bool_]

    def rows(self) -> Iterator[Row]:
        return compress(super().rows(), self.kept)


def _write(rows: ScoredRows, output: Path) -> None:
    write_scored(rows.table, rows.predictions(), rows.model, output)


def _write_some(scored: Path, kept: NDArray[np.bool_], output: Path) -> None:
    """Write the marked rows of a Parquet file to another, a batch at a time."""
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
    """Why an Excel sheet cannot hold the scored table in the Parquet file `scored`, in a sentence; "" when it can.

    The table itself is not read again.
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
    """The row, from 1, and the characters of the longest text of each column and batch."""
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
    """How many characters each cell of a column of texts, or of lists and the like, is written with (rows,)."""
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
