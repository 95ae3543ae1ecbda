"""Delimited text (CSV, TSV) as a table: find its header, fit its records to its columns."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import free_names, has_header, has_row_names
from sentiment.tables.formats import encoding
from sentiment.tables.formats.csv_dialect import SAMPLE, Reading, find_reading
from sentiment.tables.formats.csv_records import Dialect, Record
from sentiment.tables.rows import Format, ReadOptions, Row


@dataclass(frozen=True)
class CsvSource:
    """A delimited text file; `reading` and `encoding` say how it is written."""

    path: Path
    encoding: encoding.Encoding
    reading: Reading
    header: tuple[str, ...]
    has_header: bool
    line_end: str
    format: Format = "csv"

    @property
    def dialect(self) -> Dialect:
        """How lines are cut into fields."""
        return self.reading.dialect

    @property
    def detected(self) -> dict[str, str]:
        """Encoding, delimiter, quote and header, for showing; `skipped` lines above the header where there are any."""
        found = {
            "encoding": self.encoding.name,
            "delimiter": "tab" if self.dialect.delimiter == "\t" else self.dialect.delimiter,
            "quote": self.dialect.quote,
            "header": "yes" if self.has_header else "no",
        }
        return found | ({"skipped": str(self.reading.skipped)} if self.reading.skipped else {})

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Every row; `only` changes nothing, as all cells of a line are read anyway."""
        found = self.reading.records(self.path, self.encoding)
        if self.has_header:
            next(record for record in found if record.cells)
        width = len(self.header)
        for record in found:
            yield _fitted(record, width)


def open_csv(path: Path, options: ReadOptions) -> CsvSource:
    """Find out how a delimited text file is written. Raises TableError when there is nothing in it."""
    found = encoding.find_encoding(path, options.encoding)
    reading = find_reading(path, found, options)
    whole = (record.cells for record in reading.records(path, found) if record.cells)
    first, *rest = list(islice(whole, SAMPLE)) or [[]]
    if not first:
        raise TableError(f"{path.name} is empty{' below the skipped rows' if reading.skipped else ''}.")
    header = _header(first, rest, options.header)
    headed = header is not None
    if header is None:
        width = Counter(map(len, [first, *rest])).most_common(1)[0][0]
        header = [f"column_{position}" for position in range(1, width + 1)]
    first_line = next(encoding.lines(path, found), "")
    return CsvSource(path, found, reading, tuple(header), headed, "\r\n" if first_line.endswith("\r\n") else "\n")


def _header(first: list[str], rest: Sequence[list[str]], asked: bool | None) -> list[str] | None:
    """The names in the first record; None when it is a row like the others."""
    if asked is False:
        return None
    if has_row_names(first, rest) and (asked or has_header(first, [cells[1:] for cells in rest])):
        return [*free_names(["row"], first), *first]
    return first if asked or has_header(first, rest) else None


def _fitted(record: Record, width: int) -> Row:
    """The record as a row of the table: padded, or without empty surplus fields."""
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
    return Row(number, cells, problem)
