"""Write a scored table as an Excel workbook, in constant memory."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sentiment.errors import TableError
from sentiment.prediction import Prediction
from sentiment.scoring.columns import added_columns, values
from sentiment.tables.rows import cell_text, encodable, spreadsheet_text
from sentiment.tables.table import Table

_MOST_ROWS = 1_048_575  # and the header
_MOST_COLUMNS = 16_384
_MOST_CHARACTERS = 32_767
_EXACT_NUMBER = 2**53
_INSTEAD = "write CSV (.csv) or Parquet (.parquet) instead"
_CREATED = datetime(2000, 1, 1)  # a fixed one, so that the same scored table is the same file
_EPOCH = datetime(1900, 3, 1)  # Excel counts a 29 February 1900: earlier dates come back as others


def check_fits_excel(table: Table) -> None:
    """Raise TableError when a sheet cannot hold the scored table: too many rows, columns or characters in a cell."""
    added = added_columns(table)
    columns = len(table.header) + len(added.extra) + len(added.predicted)
    if table.row_count > _MOST_ROWS:
        raise TableError(f"An Excel sheet holds {_MOST_ROWS:,} rows, this table has {table.row_count:,}: {_INSTEAD}.")
    if columns > _MOST_COLUMNS:
        raise TableError(f"An Excel sheet holds {_MOST_COLUMNS:,} columns, the result has {columns:,}: {_INSTEAD}.")
    for row in table.rows():
        longest = max((len(spreadsheet_text(cell)) for cell in row.cells), default=0)
        if longest > _MOST_CHARACTERS:
            raise TableError(
                f"An Excel cell holds {_MOST_CHARACTERS:,} characters, "
                f"one in row {row.number} has {longest:,}: {_INSTEAD}."
            )


def write_excel(table: Table, predictions: Iterable[Prediction], model: str, path: Path) -> None:
    """Write one sheet; numbers, dates and truth values keep their type."""
    added = added_columns(table)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as workbook:
        workbook.set_properties({"created": _CREATED})
        sheet = _Sheet(workbook)
        sheet.append([*table.header, *added.extra, *added.predicted])
        width = len(table.header) + len(added.extra)
        for row, prediction in zip(table.rows(), predictions, strict=True):
            sheet.append([*row.cells, *[None] * (width - len(row.cells)), *values(prediction, model)])


class _Sheet:
    """A worksheet that takes one row of Python values after the other."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._worksheet: Worksheet = workbook.add_worksheet("scored")
        self._rows = 0
        self._moment: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day: Format = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._duration: Format = workbook.add_format({"num_format": "[h]:mm:ss"})

    def append(self, cells: Iterable[Any]) -> None:
        for column, cell in enumerate(cells):
            self._write(self._rows, column, cell)
        self._rows += 1

    def _write(self, row: int, column: int, cell: object) -> None:
        if isinstance(cell, bool):
            self._worksheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | float) and abs(cell) <= _EXACT_NUMBER:  # neither infinite nor not-a-number
            self._worksheet.write_number(row, column, cell)
        elif isinstance(cell, datetime) and cell.tzinfo is None and cell >= _EPOCH:
            self._worksheet.write_datetime(row, column, cell, self._moment)
        elif isinstance(cell, date) and not isinstance(cell, datetime) and cell >= _EPOCH.date():
            self._worksheet.write_datetime(row, column, cell, self._day)
        elif isinstance(cell, timedelta) and cell >= timedelta(0):
            self._worksheet.write_datetime(row, column, cell, self._duration)
        elif cell_text(cell):
            self._worksheet.write_string(row, column, encodable(spreadsheet_text(cell)))
