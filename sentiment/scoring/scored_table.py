"""Write the scored table: the input with every row and column in place, followed by the predictions.

The file's extension determines the format. The same numbers are written in every format.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sentiment.errors import TableError
from sentiment.scoring.columns import ScoredRow
from sentiment.scoring.excel.writer import check_fits_excel, write_excel
from sentiment.scoring.parquet_writer import write_parquet
from sentiment.scoring.text_writer import write_csv, write_json, write_tsv
from sentiment.system.storage import written_whole
from sentiment.tables.formats.parquet_source import ParquetSource
from sentiment.tables.rows import Row
from sentiment.tables.table import Table

_Writer = Callable[[Table, Iterable[ScoredRow], str, Path], None]
_WRITERS: dict[str, _Writer] = {
    ".csv": write_csv,
    ".tsv": write_tsv,
    ".xlsx": write_excel,
    ".parquet": write_parquet,
    ".jsonl": write_json,
}
OUTPUT_SUFFIXES = tuple(_WRITERS)


def check_output(output: Path) -> None:
    """Check that a scored table can be written under that name.

    Raises:
        TableError: it cannot.
    """
    if output.suffix.lower() not in _WRITERS:
        raise TableError(f'Cannot write "{output.name}": its name must end in {", ".join(OUTPUT_SUFFIXES)}.')
    if output.is_dir():
        raise TableError(f"Cannot write {output}: it is a directory.")


def check_fits(table: Table, output: Path) -> None:
    """Check, before the work, that the format can hold the table.

    Raises:
        TableError: it cannot.
    """
    if output.suffix.lower() == ".xlsx":
        check_fits_excel(table)


def rows_to_write(table: Table, output: Path) -> Iterator[Row]:
    """Yield the rows of the table with their reviews and the cells that `write_scored` needs.

    From Parquet to Parquet, whole columns are copied, so only the reviews are converted to Python values.

    Raises:
        TableError: the table was changed.
    """
    are_copied = isinstance(table.source, ParquetSource) and output.suffix.lower() == ".parquet"
    return table.rows(only=table.text_index if are_copied else None)


def write_scored(table: Table, scored: Iterable[ScoredRow], model: str, output: Path) -> None:
    """Write all rows of the table, each with its prediction, to `output`, atomically; `model` is the last column.

    Raises:
        TableError: the table was changed meanwhile.
    """
    with written_whole(output) as temporary:
        _WRITERS[output.suffix.lower()](table, scored, model, temporary)
