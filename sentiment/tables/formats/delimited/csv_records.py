"""Split delimited text into records, line by line, whatever its quotes: no text is lost and damage stays local."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.line_shape import LineShape

NO_DELIMITER = "none"
NO_QUOTE = "none"
# Opening and closing quotation marks that word processors write in place of straight quotes.
MARKS = ("“”", "„“", "„”", "””", "«»", "»«", "‘’", "‚‘", "「」")
# A field that spans lines and gets longer than this began with a stray quote.
_LONGEST_RECORD = 4_000_000
# Characters that may be reread before a quoted field is limited to the shorter length below.
_MOST_READ_AGAIN = 40_000_000
_SHORTER_RECORD = 40_000
_MOST_UNCLOSED = 100
_MOST_ESCAPED_LINES = 1_000
# Represents a carriage return within a line for the csv module; decoded text never contains this character.
_HELD_RETURN = "\ud80d"
_HELD_DELIMITER = "\ud80e"
_RETURN_INSIDE = re.compile(r"\r(?!\n|\Z)")
# As MySQL and PostgreSQL escape what would end a field or a line; a field that is exactly \N is NULL.
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
NULL = "\\N"

csv.field_size_limit(2**31 - 1)  # the default of 131,072 rejects long reviews


class Dialect(NamedTuple):
    r"""How a line is split into fields.

    `delimiter` is "none" if each line is one field, `quote` is "none" if quotes are content. With `backslash`, a quote
    inside quotes is written `\"`; with `spaced`, spaces around a delimiter are not content; with `escaped`, a backslash
    precedes each delimiter and line ending that is content, as databases write them. `marks` are an opening and a
    closing quotation mark used in place of `quote`; with `formulas`, a field may be written `="text"`, which keeps a
    spreadsheet from reading it as a number.
    """

    delimiter: str
    quote: str
    backslash: bool = False
    spaced: bool = False
    escaped: bool = False
    marks: str = ""
    formulas: bool = False


class Record(NamedTuple):
    """The fields of the record at line `number` (from 1), none for a blank line; `problem` if they are damaged."""

    number: int
    cells: list[str]
    problem: str | None


def records(lines: Iterable[str], dialect: Dialect, shape: LineShape | None = None, first: int = 1) -> Iterator[Record]:
    """Yield every record of a text whose lines include their endings; the first line has the number `first`.

    A quote that never closes damages only its own line: reading continues with the next line. If every line that a
    quoted field spans has the `shape` of a row, the quotes are treated as content.
    """
    lines = map(_preparation(dialect), lines)
    cut = _literal_records if dialect.quote == NO_QUOTE else _quoted_records
    for number, taken, cells, problem in cut(lines, dialect, shape, first):
        if not all(map(str.isascii, taken)):  # ASCII has neither marks nor replaced carriage returns
            if any(map(encoding.has_marks, taken)) and (damaged := _damaged(taken)):
                cells = [encoding.without_marks(cell) for cell in cells]
                problem = f"Line {number} {encoding.damage(damaged)}."
            if any(_HELD_RETURN in line for line in taken):
                cells = [_returned(cell) for cell in cells]
        yield Record(number, cells, problem)


def _damaged(taken: Sequence[str]) -> str | None:
    """Return the first line with marks of damage other than replaced carriage returns."""
    return next((line for line in taken if encoding.has_marks(_returned(line))), None)


_Cut = Iterator[tuple[int, list[str], list[str], str | None]]


def _literal_records(lines: Iterable[str], dialect: Dialect, shape: LineShape | None, first: int) -> _Cut:
    """Yield one record per line, split at every delimiter; an escaped line ending continues in the next line."""
    number = first
    lines = iter(lines)
    for line in lines:
        taken = [line]
        while dialect.escaped and _end_is_escaped(taken[-1]) and len(taken) < _MOST_ESCAPED_LINES:
            following = next(lines, None)
            if following is None:
                break
            taken.append(following)
        text = "".join(taken).rstrip("\r\n")
        yield number, taken, _literal(text, dialect) if text else [], None
        number += len(taken)


def _quoted_records(lines: Iterable[str], dialect: Dialect, shape: LineShape | None, first: int) -> _Cut:
    feed = _Feed(lines)
    reader = _reader(feed, dialect, strict=True)
    number = first
    while True:
        feed.next_record()
        problem = None
        try:
            cells = next(reader)
            if shape and len(feed.taken) > 1 and shape.fits_all(_literal(line, dialect) for line in feed.stripped()):
                cells = _literal(feed.keep_first(), dialect)
        except StopIteration:
            return
        except csv.Error:
            cells, problem = _mended(feed, dialect, shape, number)
        yield number, feed.taken, cells, problem
        number += len(feed.taken)


class _Feed:
    """Lines for a csv reader, which remembers those of the current record so that they can be returned."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: deque[str] = deque()
        self._longest = _LONGEST_RECORD
        self._read_again = 0
        self.next_record()

    def next_record(self) -> None:
        self.taken: list[str] = []
        self.at_end = False
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._length > self._longest and len(self.taken) > 1:
            raise csv.Error
        line = self._returned.popleft() if self._returned else next(self._lines, None)
        if line is None:
            self.at_end = True
            raise StopIteration
        self.taken.append(line)
        self._length += len(line)
        return line

    def stripped(self) -> Iterator[str]:
        """Yield the record's lines without their endings."""
        return (line.rstrip("\r\n") for line in self.taken)

    def keep_first(self) -> str:
        """Return the record's first line without its ending; the other lines will be read again."""
        first, *others = self.taken
        self._returned.extendleft(reversed(others))
        self._read_again += self._length - len(first)
        if self._read_again > _MOST_READ_AGAIN:
            self._longest = _SHORTER_RECORD
        self.taken = [first]
        return first.rstrip("\r\n")


def _mended(feed: _Feed, dialect: Dialect, shape: LineShape | None, number: int) -> tuple[list[str], str | None]:
    """Return the cells of a record with misplaced quotes, and the problem if a quote never closes."""
    if len(feed.taken) == 1 and not feed.at_end:
        return _loosely_quoted(feed.taken[0].rstrip("\r\n"), dialect), None
    line = feed.keep_first()
    if shape and shape.fits(cells := _literal(line, dialect)):
        return cells, None
    (cells,) = _reader([line], dialect, strict=False)
    cells[-1] = dialect.quote + cells[-1]  # the quote is content, since the field never ends
    return cells, f"Line {number} opens a quote that never closes."


def _loosely_quoted(line: str, dialect: Dialect) -> list[str]:
    """Return the fields of a line with bare quotes inside quoted fields, as in `1,"a "good" film"`.

    A quote closes its field only before a delimiter or the end; if there is no such quote, the quotes are content.
    After a hundred such failures, the rest of the line is split at its delimiters, so that time stays linear in its
    length.
    """
    quote, delimiter = re.escape(dialect.quote), re.escape(_csv_delimiter(dialect))
    inside = rf"(?:[^{quote}]|{quote}{quote}|{quote}(?!{delimiter}|\Z))*+"
    before = " *+" if dialect.spaced else ""
    quoted = re.compile(rf"{before}{quote}({inside}){quote}(?={delimiter}|\Z)")
    plain = re.compile(rf"{before}([^{delimiter}]*)")
    cells: list[str] = []
    position = unclosed = 0
    while position <= len(line):
        opens = line.startswith(dialect.quote, position) or dialect.spaced
        match = quoted.match(line, position) if opens and unclosed < _MOST_UNCLOSED else None
        if match:
            cells.append(match[1].replace(dialect.quote * 2, dialect.quote))
        else:
            unclosed += opens
            match = plain.match(line, position)
            assert match  # it also matches the empty string
            cells.append(match[1])
        position = match.end() + 1
    return cells


def _literal(line: str, dialect: Dialect) -> list[str]:
    """Return the fields of a line without its ending, split at every delimiter that is not escaped."""
    if dialect.delimiter == NO_DELIMITER:
        return [line]
    if not dialect.escaped or "\\" not in line:
        return line.split(dialect.delimiter)
    held = _ESCAPE.sub(lambda match: _HELD_DELIMITER if match[1] == dialect.delimiter else match[0], line)
    return [_unescaped(cell).replace(_HELD_DELIMITER, dialect.delimiter) for cell in held.split(dialect.delimiter)]


def _end_is_escaped(line: str) -> bool:
    """Return whether the line's ending has an unescaped backslash before it."""
    text = line.rstrip("\r\n")
    return text != line and (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _unescaped(cell: str) -> str:
    """Return the text of a field with its escapes resolved; empty for NULL."""
    return "" if cell == NULL else _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), cell)


def _reader(lines: Iterable[str], dialect: Dialect, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=_csv_delimiter(dialect),
        quotechar=dialect.quote,
        strict=strict,
        skipinitialspace=dialect.spaced,
    )


def _csv_delimiter(dialect: Dialect) -> str:
    # The csv module requires a delimiter; this control character, the unit separator, does not occur in text.
    return "\x1f" if dialect.delimiter == NO_DELIMITER else dialect.delimiter


def _preparation(dialect: Dialect) -> Callable[[str], str]:
    """Return the function that converts a line to the form that the csv module reads."""
    prepared = _without_backslashes(dialect.quote) if dialect.backslash else _prepared
    if dialect.marks or dialect.formulas:
        straight = _with_straight_quotes(dialect)
        return lambda line: prepared(straight(line))
    if not dialect.spaced or dialect.quote == NO_QUOTE:
        return prepared
    quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
    # An odd number of quotes closes a field, and two are an empty one. The csv module itself skips the spaces after a
    # delimiter.
    closing = rf"(?<!{quote}){quote}(?:{quote}{quote})*+|(?<={delimiter} ){quote}{quote}"
    after_quote = re.compile(rf"({closing}) ++(?={delimiter})")
    return lambda line: after_quote.sub(r"\1", prepared(line))


def _prepared(line: str) -> str:
    """Return the line with inner carriage returns replaced, since the csv module ends a row at each."""
    before_end = -2 if line.endswith("\r\n") else -1
    return _RETURN_INSIDE.sub(_HELD_RETURN, line) if line.find("\r", 0, before_end) >= 0 else line


def _returned(text: str) -> str:
    return text.replace(_HELD_RETURN, "\r")


def _with_straight_quotes(dialect: Dialect) -> Callable[[str], str]:
    """Return the function that rewrites fields in quotation marks, or formulas, with straight quotes.

    From a field that does not end in its line on, the line stays unchanged.
    """
    delimiter = re.escape(dialect.delimiter)
    end = rf"\ *(?:{delimiter}|[\r\n]*\Z)"
    opening, closing = map(re.escape, ('="', '"') if dialect.formulas else dialect.marks)
    start = re.compile(rf"(\A|{delimiter})\ *+{opening}")
    inside = rf"{closing}{closing}|[^{closing}]" + ("" if dialect.formulas else rf"|{closing}(?!{end})")
    rest = re.compile(rf"((?:{inside})*+){closing}(?={end})")

    def quoted(text: str) -> str:
        if dialect.formulas:
            return f'"{text}"'
        text = text.replace('"', '""')
        for mark in dialect.marks:
            text = text.replace(mark * 2, '""')
        return f'"{text}"'

    def straight(line: str) -> str:
        pieces: list[str] = []
        position = 0
        while (opened := start.search(line, position)) and (closed := rest.match(line, opened.end())):
            pieces += [line[position : opened.start()], opened[1], quoted(closed[1])]
            position = closed.end()
        return "".join((*pieces, line[position:]))

    return straight


def _without_backslashes(quote: str) -> Callable[[str], str]:
    r"""Return the function that rewrites `\"` as two quotes, the csv module's form of a quote inside quotes.

    A backslash before the line ending, as written by MySQL, is dropped.
    """
    escaped = re.compile(rf"(\\+){re.escape(quote)}")

    def doubled(match: re.Match[str]) -> str:
        backslashes = len(match[1])
        return "\\" * (backslashes // 2) + quote * (2 if backslashes % 2 else 1)

    def prepared(line: str) -> str:
        if _end_is_escaped(line):
            end = len(line.rstrip("\r\n"))
            line = line[: end - 1] + line[end:]
        return escaped.sub(doubled, _prepared(line)) if f"\\{quote}" in line else _prepared(line)

    return prepared
