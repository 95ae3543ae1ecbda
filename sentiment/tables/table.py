"""Read any table of reviews: CSV, TSV, Excel, Parquet or JSON Lines, detected by content, not by the file's name."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.errors import TableError
from sentiment.tables.columns import column_labels, find_column
from sentiment.tables.file_kind import format_of
from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.csv_source import open_csv
from sentiment.tables.formats.excel_source import ExcelSource, open_excel
from sentiment.tables.formats.inner_fields import InnerFields, inner_fields
from sentiment.tables.formats.json_files.json_source import open_json
from sentiment.tables.formats.parquet_source import open_parquet
from sentiment.tables.review_cells import text_of
from sentiment.tables.rows import Format, ReadOptions, Row, Source, encodable
from sentiment.tables.text_column import TextColumn, find_text_column

__all__ = ["Problem", "ReadOptions", "Row", "Table", "TextCounts", "inspect_table"]

LONG_REVIEW = 5_000  # characters, about 1,000 words: the model probably reads only a part
PREVIEW_ROWS = 20
_GUESS_ROWS = 200
_MOST_PROBLEMS = 1_000
_OPENERS: dict[Format, Callable[[Path, ReadOptions], Source]] = {
    "csv": open_csv,
    "excel": open_excel,
    "parquet": open_parquet,
    "jsonl": open_json,
}


@dataclass(frozen=True)
class Problem:
    """An unreadable row: its line (text files) or row number, and a sentence that states why."""

    number: int
    sentence: str


@dataclass(frozen=True)
class TextCounts:
    """How many readable rows have an empty review, a duplicate one, or one over LONG_REVIEW characters."""

    empty: int = 0
    duplicate: int = 0
    long: int = 0


@dataclass(frozen=True)
class Table:
    """A table that has been read once.

    `columns` are unique names to refer to the columns by; `header` has the unmodified names. If the reviews are inside
    an object, the fields of that object, `inner`, follow the file's own columns. `text_column` is one of
    `columns`, or None if none was found: `obstacle` then states why and what to do, as the rest of a sentence that
    begins with the file's name. `problems` has the first thousand of `problem_count` unreadable rows.
    `extra_columns` is the number of cells by which the widest of those rows exceeds the header. `digest` is the SHA-256
    of the file.
    """

    path: Path
    source: Source
    columns: tuple[str, ...]
    inner: InnerFields | None
    text_column: str | None
    obstacle: str
    row_count: int
    problems: tuple[Problem, ...]
    problem_count: int
    short: tuple[Problem, ...]
    short_count: int
    extra_columns: int
    texts: TextCounts
    preview: tuple[Row, ...]
    digest: str
    changed: int  # modification time of the file, in ns

    @property
    def header(self) -> tuple[str, ...]:
        """The unmodified column names."""
        return (*self.source.header, *self.inner_names)

    @property
    def inner_names(self) -> tuple[str, ...]:
        """The names of the last columns, which are fields inside an object."""
        return _names(self.inner)

    @property
    def detected(self) -> dict[str, str]:
        """What was detected about the file, for display."""
        return self.source.detected

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """The names of an Excel file's sheets; none for other files."""
        return self.source.sheet_names if isinstance(self.source, ExcelSource) else ()

    @property
    def text_index(self) -> int:
        """The index of the text column. Raises TableError, stating why and what to do, if the table has none."""
        return self.columns.index(self.require_text_column())

    def require_text_column(self) -> str:
        """Return the name of the text column.

        Raises:
            TableError: none was found; the message states why and what to do.
        """
        if self.text_column is None:
            raise TableError(f"{self.path.name} {self.obstacle}")
        return self.text_column

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row, streamed; if `only` is given, cells of other columns may be None.

        Raises:
            TableError: the file has changed since it was inspected.
        """
        self.check_unchanged()
        return _rows(self.source, self.inner, only)

    def reviews(self) -> Iterator[str | None]:
        """Yield the review of every row, streamed; None if the row is unreadable."""
        index = self.text_index
        return (None if row.problem else review_text(row, index) for row in self.rows(only=index))

    def check_unchanged(self) -> None:
        """Raise TableError if the file has changed since it was inspected."""
        if _last_written(self.path) != self.changed:
            raise TableError(f"{self.path.name} was changed while it was being read; start again.")


def inspect_table(
    path: Path, options: ReadOptions | None = None, see: Callable[[str | None], None] = lambda review: None
) -> Table:
    """Read a table once to determine its format, its number of rows, and which of them are damaged.

    If there is a text column, `see` is called with the review of each row, None if the row is unreadable. Memory does
    not grow with the number of rows.

    Raises:
        TableError: the file is missing, empty or not a table, or a requested column or sheet does not exist.
    """
    options = options or ReadOptions()
    changed = _last_written(path)
    source = _OPENERS[format_of(path, options)](path, options)
    first_rows = [row.cells for row in _sampled(source.rows(), _GUESS_ROWS) if not row.problem]
    inner = _inner_fields(source, first_rows)
    columns = column_labels([*source.header, *_names(inner)])
    text = _text_column(columns, first_rows, inner, options)
    index = text.index
    scan = _Scan(index, see)
    for row in _rows(source, inner, index):
        scan.add(row)
    return Table(
        path=path,
        source=source,
        columns=columns,
        inner=inner,
        text_column=None if index is None else columns[index],
        obstacle=text.obstacle,
        row_count=scan.row_count,
        problems=tuple(scan.problems),
        problem_count=scan.problem_count,
        short=tuple(scan.short),
        short_count=scan.short_count,
        extra_columns=max(0, scan.widest - len(columns)),
        texts=scan.texts(),
        preview=tuple(_sampled(_rows(source, inner), PREVIEW_ROWS)),
        digest=encoding.digest_of(path),
        changed=changed,
    )


def review_text(row: Row, index: int) -> str:
    """Return the text of the cell at `index` in the form that every scorer accepts."""
    return encodable(text_of(row.cells[index]))


class _Scan:
    """The counts of the first pass over all rows."""

    def __init__(self, text_index: int | None, see: Callable[[str | None], None]) -> None:
        self.row_count = self.problem_count = self.widest = 0
        self.short_count = 0
        self.problems: list[Problem] = []
        self.short: list[Problem] = []
        self._index, self._see = text_index, see
        self._empty = self._long = 0
        self._hashes = array("q")  # 8 bytes per row

    def add(self, row: Row) -> None:
        self.row_count += 1
        if row.problem:
            if self._index is not None:
                self._see(None)
            self.widest = max(self.widest, len(row.cells))
            self.problem_count += 1
            if len(self.problems) < _MOST_PROBLEMS:
                self.problems.append(Problem(row.number, row.problem))
            return
        if row.is_short:
            self.short_count += 1
            if len(self.short) < _MOST_PROBLEMS:
                self.short.append(
                    Problem(row.number, f"Line {row.number} has fewer fields than the table has columns.")
                )
        if self._index is not None:
            self._add_text(review_text(row, self._index))

    def _add_text(self, text: str) -> None:
        self._see(text)
        if not text.strip():
            self._empty += 1
            return
        self._long += len(text) > LONG_REVIEW
        self._hashes.append(hash(text))

    def texts(self) -> TextCounts:
        distinct = len(np.unique(np.asarray(self._hashes)))
        return TextCounts(self._empty, len(self._hashes) - distinct, self._long)


def _sampled(rows: Iterator[Row], count: int) -> Iterator[Row]:
    """Yield up to `count` rows, fewer of very long ones."""
    return encoding.sampled(rows, count, lambda row: sum(len(cell) for cell in row.cells if isinstance(cell, str)))


def _inner_fields(source: Source, first_rows: list[list[Any]]) -> InnerFields | None:
    """Return the fields of the objects that have the reviews; a Parquet file keeps its own columns.

    In a cell of CSV or Excel, the object stays the review's column unless another text would be read from one of them.
    """
    if source.format == "parquet":
        return None
    labels = column_labels(source.header)
    inner = inner_fields(labels, first_rows)
    if inner is None or source.format == "jsonl":
        return inner
    place = labels.index(inner.text[0])
    return inner.with_text_in_object([row[place] for row in first_rows])


def _names(inner: InnerFields | None) -> tuple[str, ...]:
    return tuple(map(encodable, inner.names)) if inner else ()


def _rows(source: Source, inner: InnerFields | None, only: int | None = None) -> Iterator[Row]:
    """Yield every row, with the fields inside its object after the file's own columns."""
    if inner is None:
        yield from source.rows(only=only)
        return
    width = len(source.header)
    place = column_labels(source.header).index(inner.text[0])
    for row in source.rows():
        inside = inner.cells(None if row.problem else row.cells[place])
        yield row._replace(cells=[*row.cells[:width], *inside, *row.cells[width:]])


def _text_column(
    columns: tuple[str, ...], first_rows: list[list[Any]], inner: InnerFields | None, options: ReadOptions
) -> TextColumn:
    if options.text_column is not None:
        return TextColumn(find_column(options.text_column, columns))
    if inner is not None:
        own = columns[: len(columns) - len(inner.paths)]
        places = [*((name,) for name in own), *inner.paths]
        return TextColumn(places.index(inner.text))
    return find_text_column(columns, first_rows)


def _last_written(path: Path) -> int:
    """Return the modification time of a file, in ns. Raises TableError if it is missing or not a file."""
    if not path.exists():
        raise TableError(f"There is no file {path}.")
    if not path.is_file():
        raise TableError(f"{path} is not a file; give a CSV, TSV, Excel, Parquet or JSON Lines file.")
    return path.stat().st_mtime_ns
