"""A finished score job's table in the format that its user takes away, made when it is asked for and then kept."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from sentiment.errors import TableError
from sentiment.prediction import PREDICTION_COLUMNS, Prediction, split_flags
from sentiment.scoring.scored_table import check_fits, write_scored
from sentiment.tables.rows import ReadOptions
from sentiment.tables.table import Table, inspect_table

FORMATS = {"CSV": ".csv", "Excel": ".xlsx", "Parquet": ".parquet"}
MIME_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
}


def exported(scored: Path, table: Path, options: ReadOptions, digest: str, suffix: str) -> Path:
    """The scored table as a file that ends in `suffix`, beside the Parquet file `scored` that it is made from.

    The bytes are those that scripts/score.py would write. Raises TableError when `table`, which
    was read with `options`, is no longer the one with that digest, or does not fit the format.
    """
    output = scored.with_suffix(suffix)
    if not output.exists():
        convert(scored, _same(table, options, digest), output)
    return output


def convert(scored: Path, table: Table, output: Path) -> None:
    """Write `table`, whose predictions are in the Parquet file `scored`, to `output` in the format of its name.

    Raises TableError when the table does not fit the format.
    """
    check_fits(table, output)
    write_scored(table, _predictions(scored), _model(scored), output)


def obstacle(table: Path, options: ReadOptions, suffix: str) -> str:
    """Why the scored table cannot be had in that format, in a sentence; "" when it can."""
    try:
        check_fits(inspect_table(table, options), Path(f"scored{suffix}"))
    except TableError as error:
        return str(error)
    return ""


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
                told = split_flags(flags)
                yield Prediction(sentiment, probability, rating, read, total, unknown_share, told)


def _model(scored: Path) -> str:
    with pq.ParquetFile(scored) as file:
        name = file.schema_arrow.names[-1]
        first = next(file.iter_batches(batch_size=1, columns=[name]), None)
    return "" if first is None or not len(first) else str(first.column(0)[0].as_py())
