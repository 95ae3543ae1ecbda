"""A worksheet written row by row from Python values: typed cells, a frozen header, a filter, column widths."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format

from sentiment.errors import TableError
from sentiment.tables.rows import cell_text, encodable, spreadsheet_text

MOST_CHARACTERS = 32_767
# The alternative for a table that does not fit on a sheet.
INSTEAD = "write CSV (.csv) or Parquet (.parquet) instead"

_CREATED = datetime(2000, 1, 1)  # fixed, so that the same table gives the same file
_EPOCH = datetime(1900, 3, 1)  # Excel counts a 29 February 1900: earlier dates would be shifted
_EXACT_NUMBER = 2**53


class Sheet:
    """One worksheet of a workbook in constant memory, so rows are written from the first to the last.

    `widths` are in characters; `number_formats` maps the index of a column to its Excel number format.
    """

    def __init__(
        self,
        workbook: xlsxwriter.Workbook,
        name: str,
        header: Sequence[str],
        widths: Sequence[int],
        number_formats: Mapping[int, str] | None = None,
    ) -> None:
        self._worksheet = workbook.add_worksheet(name)
        self._rows = 0
        self._width = len(header)
        self._moment: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day: Format = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._duration: Format = workbook.add_format({"num_format": "[h]:mm:ss"})
        self._numbers = {
            place: workbook.add_format({"num_format": written}) for place, written in (number_formats or {}).items()
        }
        for place, width in enumerate(widths):
            self._worksheet.set_column(place, place, width)
        self._worksheet.freeze_panes(1, 0)
        heading = workbook.add_format({"bold": True})
        for place, text in enumerate(header):
            self._worksheet.write_string(0, place, encodable(spreadsheet_text(text)), heading)
        self._rows = 1

    def append(self, cells: Iterable[Any]) -> None:
        """Write the next row.

        Raises:
            TableError: a cell has more characters than Excel allows.
        """
        for column, cell in enumerate(cells):
            self._write(self._rows, column, cell)
        self._rows += 1

    def finish(self) -> None:
        """Add the filter to the header, over all rows written."""
        self._worksheet.autofilter(0, 0, max(1, self._rows - 1), self._width - 1)

    def _write(self, row: int, column: int, cell: object) -> None:
        if isinstance(cell, bool):
            self._worksheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | float) and abs(cell) <= _EXACT_NUMBER:  # neither infinite nor NaN
            number = _Shortest(cell) if isinstance(cell, float) else cell
            self._worksheet.write_number(row, column, number, self._numbers.get(column))
        elif isinstance(cell, datetime) and cell.tzinfo is None and cell >= _EPOCH:
            self._worksheet.write_datetime(row, column, cell, self._moment)
        elif isinstance(cell, date) and not isinstance(cell, datetime) and cell >= _EPOCH.date():
            self._worksheet.write_datetime(row, column, cell, self._day)
        elif isinstance(cell, timedelta) and cell >= timedelta(0):
            self._worksheet.write_datetime(row, column, cell, self._duration)
        elif cell_text(cell):
            text = spreadsheet_text(cell)
            check_characters(len(text), row + 1)
            self._worksheet.write_string(row, column, encodable(text))


def check_characters(longest: int, row: int) -> None:
    """Check that a cell of that many characters fits; `row` is for the message.

    Raises:
        TableError: it does not.
    """
    if longest > MOST_CHARACTERS:
        raise TableError(
            f"An Excel cell holds {MOST_CHARACTERS:,} characters, one in row {row:,} has {longest:,}: {INSTEAD}."
        )


class _Shortest(float):
    """A number written with the fewest digits that represent it exactly: 9.38, not 9.380000000000001."""

    def __format__(self, specification: str) -> str:
        return repr(float(self))


def new_workbook(path: str) -> xlsxwriter.Workbook:
    """Return a new workbook in constant-memory mode; the same cells give the same bytes."""
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    workbook.set_properties({"created": _CREATED})
    return workbook
