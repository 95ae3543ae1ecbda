"""Write the scored table: the input with every row and column in place, and what the model says of each review.

The file's name decides the format. The same numbers go into every format.
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
    """Raise TableError when a scored table cannot be written under that name."""
    if output.suffix.lower() not in _WRITERS:
        raise TableError(f'Cannot write "{output.name}": its name must end in {", ".join(OUTPUT_SUFFIXES)}.')
    if output.is_dir():
        raise TableError(f"Cannot write {output}: it is a directory.")


def check_fits(table: Table, output: Path) -> None:
    """Raise TableError when the format cannot hold the table; to be asked before the work."""
    if output.suffix.lower() == ".xlsx":
        check_fits_excel(table)


def write_scored(table: Table, predictions: Iterable[Prediction], model: str, output: Path) -> None:
    """Write the table with a prediction a row to `output`, whole; `model` goes into the last column.

    Raises TableError when the table was changed meanwhile.
    """
    with written_whole(output) as temporary:
        _WRITERS[output.suffix.lower()](table, predictions, model, temporary)
