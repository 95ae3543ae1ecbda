"""Delimited text (CSV, TSV) as a table: detect its header, fit its records to its columns."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import free_names, has_header, has_row_names, refuse_width
from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.csv_dialect import SAMPLE, Reading, find_reading, sampled
from sentiment.tables.formats.delimited.csv_records import Dialect, Record
from sentiment.tables.formats.encoding_detection import find_encoding
from sentiment.tables.formats.explaining_rows import has_import_ids, rows_below_header
from sentiment.tables.formats.total_rows import is_note, is_total
from sentiment.tables.rows import Format, ReadOptions, Row

_MOST_SURPLUS = 99


@dataclass(frozen=True)
class CsvSource:
    """A delimited text file; `reading` and `encoding` specify how it is written."""

    path: Path
    encoding: encoding.Encoding
    reading: Reading
    header: tuple[str, ...]
    has_header: bool
    below_header: int  # records that explain the header
    line_end: str
    format: Format = "csv"

    @property
    def dialect(self) -> Dialect:
        """How lines are split into fields."""
        return self.reading.dialect

    @property
    def detected(self) -> dict[str, str]:
        """Encoding, delimiter, quote and header for display, and the number of lines around the header without data.

        `skipped` counts those above it, `explained` those below it, if there are any.
        """
        found = {
            "encoding": self.encoding.name,
            "delimiter": self.reading.delimiter,
            "quote": self.dialect.marks or self.dialect.quote,
            "header": "yes" if self.has_header else "no",
        }
        left_out = {"skipped": self.reading.skipped, "explained": self.below_header}
        return found | {name: str(count) for name, count in left_out.items() if count}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row; `only` has no effect, since all cells of a line are read anyway."""
        found = self.reading.records(self.path, self.encoding)
        for _ in range(self.below_header + 1 if self.has_header else 0):
            next(record for record in found if record.cells)
        names = [name.strip() for name in self.header] if self.has_header else []
        width = len(self.header)
        for record in found:
            row = _fitted(record, width, self.dialect.delimiter)
            if row.problem is None and _repeats(row.cells, names):
                row = row._replace(problem=f"Line {row.number} repeats the header.")
            elif row.problem is None and names and is_total(row.cells, names[0]):
                row = row._replace(problem=f"Line {row.number} is a total, not a review.")
            elif row.problem is None and is_note(row.cells):
                row = row._replace(problem=f"Line {row.number} is a note below the table, not a review.")
            yield row


def open_csv(path: Path, options: ReadOptions) -> CsvSource:
    """Detect how a delimited text file is written.

    Raises:
        TableError: it is empty.
    """
    found = find_encoding(path, options.encoding)
    reading = find_reading(path, found, options)
    whole = (record for record in reading.records(path, found) if record.cells)
    first, *rest = [record.cells for record in sampled(whole, SAMPLE)] or [[]]
    if not first:
        raise TableError(f"{path.name} is empty{' below the skipped rows' if reading.skipped else ''}.")
    refuse_width(path, len(first))
    known = list(reading.layout.columns) if reading.layout else []
    header = None if known else _header(first, rest, options.header)
    headed = header is not None
    below = rows_below_header(header, rest) if header is not None and options.header is None else 0
    if known:
        header = known
    elif header is None:
        width = Counter(map(len, [first, *rest])).most_common(1)[0][0]
        header = [f"column_{position}" for position in range(1, width + 1)]
    first_line = next(encoding.lines(path, found), "")
    line_end = "\r\n" if first_line.endswith("\r\n") else "\n"
    return CsvSource(path, found, reading, tuple(header), headed, below, line_end)


def _header(first: list[str], rest: Sequence[list[str]], asked: bool | None) -> list[str] | None:
    """Return the names in the first record; None if it is a data row."""
    if asked is False:
        return None
    if has_row_names(first, rest) and (asked or has_header(first, [cells[1:] for cells in rest])):
        return [*free_names(["row"], first), *first]
    return first if asked or has_header(first, rest) or has_import_ids(rest) else None


def _repeats(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether a row repeats the header, as in concatenated files."""
    return bool(names) and cells[0].strip() == names[0] and [cell.strip() for cell in cells] == names


def _fitted(record: Record, width: int, delimiter: str) -> Row:
    """Return the record as a row of the table: padded, or without empty surplus fields.

    Of very many surplus fields, which would widen every row, the last ones are joined.
    """
    number, cells, problem = record
    missing = width - len(cells)
    if missing > 0:
        is_short = bool(cells) and problem is None
        cells.extend([""] * missing)
        return Row(number, cells, problem, is_short)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > width and problem is None:
        problem = f"Line {number} has {len(cells)} fields, but the table has {width} columns."
        if rest := cells[width + _MOST_SURPLUS :]:
            cells[width + _MOST_SURPLUS :] = [delimiter.join(rest)]
    return Row(number, cells, problem)
