"""The rows of a workbook's sheet as lines of JSON, written by the process that opens the workbook and read by others.

The first line names the sheet and all sheets. Each other line is a row; numbers, texts and booleans are those of JSON,
and a date or a time is an object with its type, such as `{"date": "2024-02-03"}`.
"""

import itertools
import json
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TextIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from sentiment.errors import TableError
from sentiment.tables.columns import has_telling_name
from sentiment.tables.formats.binary_workbook import has_short_cells
from sentiment.tables.rows import ReadOptions, cell_text
from sentiment.tables.text_column import guess_text_column
from sentiment.wording import listed

SAMPLE_ROWS = 200
_LONGEST_KIND = 100
_COPY_TABLE = "copy its table into a spreadsheet program and save it as .xlsx or CSV"
# Other documents that are zip archives: a part of a file name in the archive, and what to say.
_PACKED_ALIKE = (
    ("word/document", f"a Word document; {_COPY_TABLE}"),
    ("ppt/presentation", f"a PowerPoint file; {_COPY_TABLE}"),
    (".iwa", "a document of Apple's Numbers, Pages or Keynote; export its table as Excel or CSV"),
    ("DataModel", "a report of Power BI; export the data of the table in it as .xlsx or CSV"),
    (".twb", "a workbook of Tableau; export the data of the table in it as CSV"),
    ("META-INF/container.xml", "an e-book, not a table"),
)


def write_sheet(path: Path, options: ReadOptions, output: TextIO) -> None:
    """Write the requested sheet, or the one with the reviews.

    Raises:
        TableError: there is no readable sheet.
    """
    if has_short_cells(path):
        raise TableError(f"{path.name} is a binary workbook in a form that cannot be read; save it as .xlsx.")
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheet = _sheet(workbook, path, options.sheet)
    except PasswordError:
        raise TableError(f"{path.name} is locked with a password; save it without one.") from None
    except CalamineError as error:
        raise TableError(_why_unreadable(path, error)) from error
    except (zipfile.BadZipFile, ValueError, KeyError, OverflowError) as error:
        raise TableError(f"{path.name} is damaged and cannot be read ({error}).") from error
    output.write(json.dumps({"sheet": sheet.name, "sheets": workbook.sheet_names}) + "\n")
    for cells in _cells(sheet):
        output.write(json.dumps(cells, default=_tagged) + "\n")


def row_of(line: bytes) -> list[Any]:
    """Return the cells of a row written by `write_sheet`."""
    return [_untagged(cell) if isinstance(cell, dict) else cell for cell in json.loads(line)]


def _tagged(cell: object) -> dict[str, object]:
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    if isinstance(cell, time):
        return {"time": cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"duration": [cell.days, cell.seconds, cell.microseconds]}
    raise TypeError(f"a sheet has no cells of type {type(cell).__name__}")


def _untagged(cell: dict[str, Any]) -> object:
    ((kind, value),) = cell.items()
    if kind == "datetime":
        return datetime.fromisoformat(value)
    if kind == "date":
        return date.fromisoformat(value)
    return time.fromisoformat(value) if kind == "time" else timedelta(*value)


def _sheet(workbook: CalamineWorkbook, path: Path, asked: str | None) -> CalamineSheet:
    """Return the requested sheet, else the first of the visible ones most likely to contain the reviews."""
    if asked is not None:
        if asked not in workbook.sheet_names:
            raise TableError(f'{path.name} has no sheet "{asked}"; its sheets are {listed(workbook.sheet_names)}.')
        return workbook.get_sheet_by_name(asked)
    cells = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]  # not a chart
    names = [sheet.name for sheet in cells if sheet.visible == SheetVisibleEnum.Visible] or [s.name for s in cells]
    if not names:
        raise TableError(f"{path.name} has no sheet with cells.")
    return max(map(workbook.get_sheet_by_name, names), key=_promise)


def _promise(sheet: CalamineSheet) -> int:
    """Return how likely a sheet contains reviews: 3 by a column name, 2 by text below, 1 with any cell, else 0."""
    sample = list(itertools.islice(_cells(sheet), SAMPLE_ROWS))
    filled = [cells for cells in sample if any(cell is not None for cell in cells)]
    if not filled:
        return 0
    names, rows = [cell_text(cell) for cell in filled[0]], filled[1:]
    if rows and has_telling_name(names):
        return 3
    return 1 if guess_text_column(names, rows) is None else 2


def _why_unreadable(path: Path, error: CalamineError) -> str:
    if "limit exceeded" in str(error):
        return f"{path.name} has more cells than can be read; save the sheet with the reviews as CSV."
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.open("mimetype").read(_LONGEST_KIND) if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError):
        names, kind = [], b""
    for part, advice in _PACKED_ALIKE:
        if any(part in name for name in names):
            return f"{path.name} is {advice}."
    if kind.endswith(b"opendocument.spreadsheet"):
        return f"{path.name} is an OpenDocument spreadsheet in a form that cannot be read; save it as .xlsx or CSV."
    if names and not any("workbook" in name or name == "content.xml" for name in names):
        return f"{path.name} is a zip archive and no Excel file; unpack it and give the table that is in it."
    return (
        f"{path.name} is packed like an Excel file but cannot be read as one ({error}); "
        "it may be damaged, locked with a password, another kind of document, or an archive to unpack first."
    )


def _cells(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """Yield the sheet's rows from row 1 and column A; calamine omits leading empty columns."""
    before = [None] * (sheet.start[1] if sheet.start else 0)
    for cells in sheet.iter_rows():
        yield [*before, *(None if cell == "" else cell for cell in cells)]
