"""A sheet of an Excel workbook (.xlsx, .xls and related formats) as a table."""

import io
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.bounded_reading import KeptFile, extracted_sheet
from sentiment.tables.columns import has_header
from sentiment.tables.formats.delimited_cells import delimiter_in
from sentiment.tables.formats.excel_rows import SAMPLE_ROWS, row_of
from sentiment.tables.formats.explaining_rows import has_import_ids, rows_below_header
from sentiment.tables.formats.title_rows import title_rows
from sentiment.tables.formats.total_rows import is_note, is_total
from sentiment.tables.rows import Format, ReadOptions, Row, cell_text


@dataclass(frozen=True)
class ExcelSource:
    """One sheet; numbers, dates and booleans keep their type, and an empty cell is None."""

    path: Path
    sheet: str
    sheet_names: tuple[str, ...]
    header: tuple[str, ...]
    has_header: bool
    skipped: int  # rows above the header that are titles
    below_header: int  # rows that explain the header
    first_row: int  # of the data, from 1
    extracted: KeptFile
    format: Format = "excel"

    @property
    def detected(self) -> dict[str, str]:
        """The sheet and whether it has a header, for display; `skipped` rows above it, `explained` ones below it."""
        found = {"sheet": self.sheet, "header": "yes" if self.has_header else "no"}
        left_out = {"skipped": self.skipped, "explained": self.below_header}
        return found | {name: str(count) for name, count in left_out.items() if count}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row; `only` has no effect, since all cells of a row are read anyway."""
        for number, cells in enumerate(_rows(self.extracted), start=1):
            if number >= self.first_row:
                problem = None
                if self.has_header and is_total(cells, self.header[0]):
                    problem = f"Row {number} is a total, not a review."
                elif is_note(cells):
                    problem = f"Row {number} is a note below the table, not a review."
                yield Row(number, cells, problem)


def open_excel(path: Path, options: ReadOptions) -> ExcelSource:
    """Find the sheet and its header.

    Raises:
        TableError: the workbook is damaged, locked, empty or too large.
    """
    extracted = extracted_sheet(path, options)
    first = json.loads(next(_lines(extracted)))
    sample = list(itertools.islice(_rows(extracted), SAMPLE_ROWS))
    filled = [i for i, cells in enumerate(sample) if any(cell is not None for cell in cells)]
    above = options.skip_rows or 0
    filled = [i for i in filled if i >= above]
    if not filled:
        where = " below the skipped rows" if above else ""
        raise TableError(f'The sheet "{first["sheet"]}" of {path.name} is empty{where}.')
    if options.skip_rows is None and options.header is not False:
        above = title_rows([sample[i] for i in filled])
        filled = filled[above:]
    top = filled[0]
    below = [sample[i] for i in filled[1:]]
    if delimiter := _delimiter_in_cells([sample[i] for i in filled]):
        raise TableError(
            f'{path.name} has all its fields in one column, separated by "{delimiter}"; split them in the spreadsheet '
            'program ("Text to Columns"), or give the text file itself.'
        )
    headed = has_header(sample[top], below) or has_import_ids(below) if options.header is None else options.header
    header = [cell_text(cell) if headed else f"column_{i}" for i, cell in enumerate(sample[top], start=1)]
    explained = rows_below_header(header, below) if headed and options.header is None else 0
    first_row = filled[explained] + 2 if headed else (top + 1 if above else 1)
    sheets = tuple(first["sheets"])
    return ExcelSource(path, first["sheet"], sheets, tuple(header), headed, above, explained, first_row, extracted)


def _delimiter_in_cells(rows: list[list[Any]]) -> str | None:
    """Return the delimiter if each row has one cell, and these are the lines of a delimited file."""
    filled = [[cell for cell in cells if cell is not None] for cells in rows]
    return delimiter_in([cells[0] for cells in filled]) if all(len(cells) == 1 for cells in filled) else None


def _rows(extracted: KeptFile) -> Iterator[list[Any]]:
    return map(row_of, itertools.islice(_lines(extracted), 1, None))


def _lines(extracted: KeptFile) -> Iterator[bytes]:
    """Yield the lines of a file from its start, independently of other readers of the same file."""
    return iter(io.BufferedReader(_FromStart(extracted), 1 << 16))


class _FromStart(io.RawIOBase):
    """Reads a file at a position of its own."""

    def __init__(self, kept: KeptFile) -> None:
        self._kept = kept
        self._place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = os.preadv(self._kept.file.fileno(), [buffer], self._place)
        self._place += read
        return read
