"""Write a scored table as an Excel workbook, in constant memory."""

import gc
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from sentiment.errors import TableError
from sentiment.prediction import PREDICTION_COLUMNS
from sentiment.scoring.columns import ScoredRow, added_columns, padded, values
from sentiment.scoring.excel.sheet import INSTEAD, Sheet, check_characters, new_workbook
from sentiment.scoring.excel.types import converted, converters
from sentiment.tables.rows import cell_text, spreadsheet_text
from sentiment.tables.table import Table

_MOST_ROWS = 1_048_575  # plus the header
_MOST_COLUMNS = 16_384
# In characters.
_NARROWEST, _WIDEST, _REVIEW, _FILTER_BUTTON = 9, 40, 80, 3
_SHOWN = {"probability": "0.000", "rating": "0.0", "unknown_share": "0%"}
_NUMBER_FORMATS = {PREDICTION_COLUMNS.index(name): shown for name, shown in _SHOWN.items()}


def check_fits_excel(table: Table) -> None:
    """Check that the scored table fits on a sheet.

    Raises:
        TableError: it has too many rows, columns or characters in a cell.
    """
    added = added_columns(table)
    check_size(table.row_count, len(table.header) + len(added.extra) + len(added.predicted))
    for row in table.rows():
        check_characters(max((len(spreadsheet_text(cell)) for cell in row.cells), default=0), row.number)


def check_size(rows: int, columns: int) -> None:
    """Check that a sheet has room for that many rows, without the header, and columns.

    Raises:
        TableError: it has not.
    """
    if rows > _MOST_ROWS:
        raise TableError(f"An Excel sheet holds {_MOST_ROWS:,} rows, this table has {rows:,}: {INSTEAD}.")
    if columns > _MOST_COLUMNS:
        raise TableError(f"An Excel sheet holds {_MOST_COLUMNS:,} columns, the result has {columns:,}: {INSTEAD}.")


def write_excel(table: Table, scored: Iterable[ScoredRow], model: str, path: Path) -> None:
    """Write one sheet, "scored"; numbers and dates are typed, also if a text column contains only those."""
    try:
        with new_workbook(str(path)) as workbook:
            add_scored_sheet(workbook, table, scored, model)
    except (FileCreateError, OSError) as error:  # such as a full disk, which the library sometimes wraps
        cause = error if isinstance(error, OSError) else error.args[0]
        if isinstance(cause, OSError):
            _close_archive(error)
            raise cause from None
        raise


def _close_archive(error: BaseException) -> None:
    """Release the incomplete archive referenced by the error's frames: at exit it would fail again and print that."""
    reported, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    try:
        found: BaseException | None = error
        while found is not None:
            traceback.clear_frames(found.__traceback__)
            found = found.__cause__ or found.__context__
        gc.collect()  # the archive and its writer refer to each other
    finally:
        sys.unraisablehook = reported


def add_scored_sheet(workbook: xlsxwriter.Workbook, table: Table, scored: Iterable[ScoredRow], model: str) -> None:
    """Add the sheet "scored": the table's rows with one prediction each, below a frozen header with a filter."""
    added = added_columns(table)
    width = len(table.header) + len(added.extra)
    header = [*table.header, *added.extra, *added.predicted]
    formats = {width + place: written for place, written in _NUMBER_FORMATS.items()}
    sheet = Sheet(workbook, "scored", header, _widths(table, header), formats)
    kinds = converters(table)
    for row, prediction in scored:
        cells = (
            row.cells if row.problem else [converted(cell, kind) for cell, kind in zip(row.cells, kinds, strict=True)]
        )
        sheet.append([*padded(cells, width), *values(prediction, model)])
    sheet.finish()


def _widths(table: Table, header: Sequence[str]) -> list[int]:
    """Return the width of each column in characters, from the first rows and the name, within bounds."""
    longest = [len(name) + _FILTER_BUTTON for name in header]
    for row in table.preview:
        for place, cell in enumerate(row.cells[: len(header)]):
            longest[place] = max(longest[place], len(cell_text(cell)))
    widths = [min(max(length, _NARROWEST), _WIDEST) for length in longest]
    if table.text_column is not None:
        widths[table.text_index] = _REVIEW
    return widths
