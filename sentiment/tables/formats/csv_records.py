"""Delimited text into records, line by line, whatever its quotes: nothing is lost and damage stays in its line."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sentiment.tables.formats import encoding

NO_DELIMITER = "none"
# A field that runs over lines and gets longer than this has a quote that nobody meant to open.
_LONGEST_RECORD = 4_000_000

csv.field_size_limit(2**31 - 1)  # the default of 131,072 refuses long reviews


class Dialect(NamedTuple):
    """How a line is cut into fields. `delimiter` is "none" when each line is one field."""

    delimiter: str
    quote: str


class Record(NamedTuple):
    """The fields that start on line `number` (from 1), none for a blank line; `problem` when they are damaged."""

    number: int
    cells: list[str]
    problem: str | None


def records(lines: Iterable[str], dialect: Dialect) -> Iterator[Record]:
    """Every record of a text, whose lines come with their ends.

    A quote that never closes damages its own line only: reading goes on with the next line.
    """
    feed = _Feed(lines)
    reader = _reader(feed, dialect, strict=True)
    number = 1
    while True:
        feed.next_record()
        problem = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells, problem = _mended(feed, dialect, number)
        if any(map(encoding.has_marks, feed.taken)):
            cells = [encoding.without_marks(cell) for cell in cells]
            problem = f"Line {number} has bytes that do not fit the file's encoding."
        yield Record(number, cells, problem)
        number += len(feed.taken)


class _Feed:
    """Lines for a csv reader that remember what a record took, so that it can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self.next_record()

    def next_record(self) -> None:
        self.taken: list[str] = []
        self.at_end = False
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._length > _LONGEST_RECORD and len(self.taken) > 1:
            raise csv.Error
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self.taken.append(line)
        self._length += len(line)
        return line

    def keep_first(self) -> str:
        """The record's first line; the others will be read again."""
        first, *others = self.taken
        self._returned.extendleft(reversed(others))
        self.taken = [first]
        return first


def _mended(feed: _Feed, dialect: Dialect, number: int) -> tuple[list[str], str | None]:
    """The cells of a record with misplaced quotes, and the problem when a quote never closes."""
    if len(feed.taken) == 1 and not feed.at_end:
        return _loosely_quoted(feed.taken[0].rstrip("\r\n"), dialect), None
    (cells,) = _reader([feed.keep_first().rstrip("\r\n")], dialect, strict=False)
    cells[-1] = dialect.quote + cells[-1]  # the quote is content, as the field never ends
    return cells, f"Line {number} opens a quote that never closes."


def _loosely_quoted(line: str, dialect: Dialect) -> list[str]:
    """Fields of a line with bare quotes inside quoted fields, as in `1,"a "good" film"`.

    A quote closes its field only before a delimiter or the end; where that fails, quotes are content.
    """
    quote, delimiter = re.escape(dialect.quote), re.escape(_csv_delimiter(dialect))
    inside = rf"(?:[^{quote}]|{quote}{quote}|{quote}(?!{delimiter}|\Z))*+"
    field = re.compile(rf"{quote}({inside}){quote}(?={delimiter}|\Z)|([^{delimiter}]*)")
    cells: list[str] = []
    position = 0
    while position <= len(line) and (match := field.match(line, position)):
        quoted, plain = match.groups()
        cells.append(plain if quoted is None else quoted.replace(dialect.quote * 2, dialect.quote))
        position = match.end() + 1
    return cells


def _reader(lines: Iterable[str], dialect: Dialect, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=_csv_delimiter(dialect), quotechar=dialect.quote, strict=strict)


def _csv_delimiter(dialect: Dialect) -> str:
    # The csv module wants a delimiter; this control character separates units and is in no text.
    return "\x1f" if dialect.delimiter == NO_DELIMITER else dialect.delimiter
