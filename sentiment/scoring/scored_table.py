"""Write the scored table: the input with every row and column in place, followed by the predictions.

The file's extension determines the format. The same numbers are written in every format.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from sentiment.errors import TableError
from sentiment.prediction import Prediction
from sentiment.scoring.excel.writer import check_fits_excel, write_excel
from sentiment.scoring.parquet_writer import write_parquet
from sentiment.scoring.text_writer import write_csv, write_json, write_tsv
from sentiment.system.storage import written_whole
from sentiment.tables.table import Table

_Writer = Callable[[Table, Iterable[Prediction], str, Path], None]
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


def write_scored(table: Table, predictions: Iterable[Prediction], model: str, output: Path) -> None:
    """Write the table with one prediction per row to `output`, atomically; `model` is written in the last column.

    Raises:
        TableError: the table was changed meanwhile.
    """
    with written_whole(output) as temporary:
        _WRITERS[output.suffix.lower()](table, predictions, model, temporary)
