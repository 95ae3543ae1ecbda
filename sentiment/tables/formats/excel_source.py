"""A sheet of an Excel workbook (.xlsx, .xls and its relatives) as a table."""

import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from sentiment.errors import TableError
from sentiment.tables.columns import guess_text_column, has_header, has_telling_name
from sentiment.tables.rows import Format, ReadOptions, Row, cell_text
from sentiment.wording import listed

_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class ExcelSource:
    """One sheet; numbers, dates and truth values keep their type, an empty cell is None."""

    path: Path
    sheet: CalamineSheet
    sheet_names: tuple[str, ...]
    header: tuple[str, ...]
    first_row: int  # of the data, from 1
    format: Format = "excel"

    @property
    def detected(self) -> dict[str, str]:
        """The sheet and whether it has a header, for showing."""
        return {"sheet": self.sheet.name, "header": "yes" if self.first_row > 1 else "no"}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Every row; `only` changes nothing, as the sheet is in memory."""
        for number, cells in enumerate(_cells(self.sheet), start=1):
            if number >= self.first_row:
                yield Row(number, cells)


def open_excel(path: Path, options: ReadOptions) -> ExcelSource:
    """Find the sheet and its header. Raises TableError when the workbook is damaged, locked or empty."""
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheet = _sheet(workbook, path, options.sheet)
    except PasswordError:
        raise TableError(f"{path.name} is locked with a password; save it without one.") from None
    except CalamineError as error:
        raise TableError(_why_unreadable(path, error)) from error
    sample = list(itertools.islice(_cells(sheet), _SAMPLE_ROWS))
    top = next((i for i, cells in enumerate(sample) if any(cell is not None for cell in cells)), None)
    if top is None:
        raise TableError(f'The sheet "{sheet.name}" of {path.name} is empty.')
    headed = has_header(sample[top], sample[top + 1 :]) if options.header is None else options.header
    header = [cell_text(cell) if headed else f"column_{i}" for i, cell in enumerate(sample[top], start=1)]
    return ExcelSource(path, sheet, tuple(workbook.sheet_names), tuple(header), top + 2 if headed else 1)


def _sheet(workbook: CalamineWorkbook, path: Path, asked: str | None) -> CalamineSheet:
    """The sheet asked for, else the visible one that most likely holds the reviews, the first of several."""
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
    """How likely a sheet holds reviews: 3 by a name of a column, 2 with text below, 1 with any cell, or 0."""
    sample = list(itertools.islice(_cells(sheet), _SAMPLE_ROWS))
    filled = [cells for cells in sample if any(cell is not None for cell in cells)]
    if not filled:
        return 0
    names, rows = [cell_text(cell) for cell in filled[0]], filled[1:]
    if rows and has_telling_name(names):
        return 3
    return 1 if guess_text_column(names, rows) is None else 2


def _why_unreadable(path: Path, error: CalamineError) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        if not any("workbook" in name or name == "content.xml" for name in names):
            return f"{path.name} is a zip archive and no Excel file; unpack it and give the table that is in it."
    return (
        f"{path.name} is packed like an Excel file but cannot be read as one ({error}); "
        "it may be damaged, locked with a password, or an archive to unpack first."
    )


def _cells(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """The sheet's rows from row 1 and column A on; calamine leaves out the empty columns before the first."""
    before = [None] * (sheet.start[1] if sheet.start else 0)
    for cells in sheet.iter_rows():
        yield [*before, *(None if cell == "" else cell for cell in cells)]
