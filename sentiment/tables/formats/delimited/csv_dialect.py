"""Detects the dialect of a delimited text file: its delimiter and quotes, and how many lines precede the table.

Among several candidates, the one wins that gives most records the same number of fields.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.csv_records import NO_DELIMITER, NO_QUOTE, Dialect, Record, records
from sentiment.tables.formats.delimited.delimiters import (
    DELIMITERS,
    SURE_SHARE,
    cells_of,
    find_delimiter,
    holds_columns,
    regularity,
)
from sentiment.tables.formats.delimited.dialect_variants import Sample, best_variant
from sentiment.tables.formats.delimited.line_layouts import (
    SEPARATING,
    Layout,
    labelled_text,
    long_separator,
    other_layout,
    vowpal_wabbit,
)
from sentiment.tables.formats.delimited.line_shape import LineShape, line_shape
from sentiment.tables.formats.delimited.message_lines import message_lines
from sentiment.tables.formats.title_rows import title_rows
from sentiment.tables.rows import ReadOptions

SAMPLE = 200
_ANY_DELIMITER = r"[,;\t|\x01\x1f~^¦│§:]"
_SPELT = {"tab": "\t", "\\t": "\t"}
_WRAPPED = re.compile(r'"(?:[^"]|"")*+"')
_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?\s*', re.IGNORECASE)  # as Excel writes and reads it


@dataclass(frozen=True)
class Reading:
    """How the file is split: after `skipped` lines, by `dialect`; `shape` is that of most lines.

    With `wrapped`, each line as a whole is in quotes, as when a CSV file is saved as the single column of another one.
    A `layout` splits lines that have no delimiter.
    """

    dialect: Dialect
    skipped: int
    shape: LineShape | None
    wrapped: bool = False
    layout: Layout | None = None

    @property
    def delimiter(self) -> str:
        """The separator of fields, for display."""
        return self.layout.name if self.layout else {"\t": "tab"}.get(self.dialect.delimiter, self.dialect.delimiter)

    def records(self, path: Path, found: encoding.Encoding) -> Iterator[Record]:
        """Yield every record of the file after the skipped lines."""
        whole = islice(encoding.lines(path, found), self.skipped, None)
        if self.layout:
            return self.layout.records(whole, self.skipped + 1)
        lines = map(_unwrapped, whole) if self.wrapped else whole
        return records(lines, self.dialect, self.shape, self.skipped + 1)


def find_reading(path: Path, found: encoding.Encoding, options: ReadOptions) -> Reading:
    """Detect how the file is written, as far as the options do not specify it.

    Raises:
        TableError: an option is not usable.
    """
    first_lines = encoding.first_lines(path, found, SAMPLE)
    if first_lines and encoding.is_too_long(first_lines[0]):
        raise TableError(f"The first line of {path.name} {encoding.damage(first_lines[0])}: it is not a table's.")
    skipped, named = options.skip_rows or 0, None
    if not skipped and first_lines and (match := _SEPARATOR_LINE.fullmatch(first_lines[0])):
        skipped, named = 1, match[1]
    if wrapped := _are_wrapped(first_lines[skipped:], options):
        first_lines = list(map(_unwrapped, first_lines))
    quote = _quote_asked(options) or _quote(first_lines[skipped:])
    if _is_ascii_table(found, first_lines, options):
        named = encoding.UNIT_SEPARATOR
        quote = _quote_asked(options) or _quote_of_ascii_table(first_lines)
    if options.delimiter is None and (layout := _sure_layout(first_lines[skipped:])):
        return Reading(Dialect(NO_DELIMITER, quote), skipped, None, layout=layout)

    @cache
    def sample(dialect: Dialect) -> list[Record]:
        whole = Reading(dialect, skipped, None, wrapped).records(path, found)
        return list(sampled((record for record in whole if record.cells), SAMPLE))

    text = "".join(first_lines[skipped:])
    delimiter = _delimiter_asked(options) or named or find_delimiter(path, quote, text, sample)
    if options.skip_rows is None and options.header is not False:
        asked = None if options.delimiter is None and delimiter == NO_DELIMITER else delimiter
        if titles := _titles(asked, quote, sample):
            delimiter, skipped = titles
    if options.delimiter is None and named is None and (layout := _layout(delimiter, first_lines[skipped:])):
        return Reading(Dialect(NO_DELIMITER, quote), skipped, None, layout=layout)
    dialect = Dialect(delimiter, quote)
    if delimiter == NO_DELIMITER or quote == NO_QUOTE:
        return Reading(dialect, skipped, None, wrapped)
    dialect = best_variant(dialect, text, sample)
    if dialect.escaped:
        return Reading(dialect, skipped, None, wrapped)
    shape = line_shape(first_lines[skipped:], delimiter)
    header = next(Reading(dialect, skipped, None, wrapped).records(path, found), None)
    fits = shape and header and len(header.cells) == shape.width
    return Reading(dialect, skipped, shape if fits else None, wrapped)


def _is_ascii_table(found: encoding.Encoding, first_lines: Sequence[str], options: ReadOptions) -> bool:
    """Return whether the separators of ASCII end rows and cells, so that line feeds are content."""
    separator = encoding.UNIT_SEPARATOR
    are_used = found.line_end == encoding.RECORD_SEPARATOR and any(separator in line for line in first_lines[:1])
    return are_used and options.delimiter in (None, separator)


def _quote_of_ascii_table(first_lines: Sequence[str]) -> str:
    """Return the double quote if every cell that begins with one is quoted as in CSV, and some are."""
    cells = [cell for line in first_lines for cell in line.removesuffix("\n").split(encoding.UNIT_SEPARATOR)]
    opened = [cell for cell in cells if cell.startswith('"')]
    return '"' if opened and all(map(_WRAPPED.fullmatch, opened)) else NO_QUOTE


def _sure_layout(first_lines: Sequence[str]) -> Layout | None:
    """Return the layout of lines that have it whatever delimiters they contain."""
    return labelled_text(first_lines) or vowpal_wabbit(first_lines) or message_lines(first_lines)


def _layout(delimiter: str, first_lines: Sequence[str]) -> Layout | None:
    """Return the layout of lines without the delimiter, or of lines in which it is a part of a longer separator."""
    if delimiter == NO_DELIMITER:
        return other_layout(first_lines)
    texts = [line.rstrip("\r\n") for line in first_lines if line.strip()]
    return long_separator(texts, delimiter) if delimiter in SEPARATING else None


def _are_wrapped(first_lines: Sequence[str], options: ReadOptions) -> bool:
    """Return whether each line is one quoted field whose content is a row of a regular table with several columns."""
    lines = [line.rstrip("\r\n") for line in first_lines if line.strip()]
    if options.quote or options.delimiter or len(lines) < 2 or not all(map(_WRAPPED.fullmatch, lines)):
        return False
    inside = list(map(_unwrapped, lines))
    for delimiter in DELIMITERS:
        rows = [record.cells for record in records(inside, Dialect(delimiter, '"'))]
        share, fields = regularity(rows)
        if fields > 1 and share == 1.0 and holds_columns(rows):
            return True
    return False


def _unwrapped(line: str) -> str:
    """Return the line without the quotes around it."""
    text = line.rstrip("\r\n")
    return text[1:-1].replace('""', '"') + line[len(text) :] if _WRAPPED.fullmatch(text) else line


def sampled(found: Iterator[Record], count: int) -> Iterator[Record]:
    """Yield up to `count` records, fewer of very long ones."""
    return encoding.sampled(found, count, lambda record: sum(map(len, record.cells)))


def _quote_asked(options: ReadOptions) -> str | None:
    if options.quote is None or options.quote == NO_QUOTE:
        return options.quote
    return _one_character("quote", options.quote)


def _delimiter_asked(options: ReadOptions) -> str | None:
    if options.delimiter in (None, NO_DELIMITER):
        return options.delimiter
    return _one_character("delimiter", options.delimiter)


def _one_character(name: str, value: str) -> str:
    character = _SPELT.get(value, value)
    if len(character) != 1 or character in "\r\n":
        raise TableError(f'The {name} must be one character, such as "," or ";", or "none", not "{value}".')
    return character


def _quote(first_lines: Sequence[str]) -> str:
    """Return the single quote or backtick if most lines have a field quoted by it and none has a double-quoted one."""
    lines = first_lines[1:]
    if any(re.search(rf'(?:^|{_ANY_DELIMITER})"', line) for line in lines):
        return '"'
    for quote in ("'", "`"):
        wrapped = re.compile(
            rf"(?:^|{_ANY_DELIMITER}){quote}(?:[^{quote}\\]|{quote}{quote}|\\.)*+{quote}(?:{_ANY_DELIMITER}|[\r\n]|$)"
        )
        found = sum(1 for line in lines if wrapped.search(line))
        if any(map(wrapped.search, first_lines)):  # some fields may be over two lines
            parts = re.compile(rf"(?:^|{_ANY_DELIMITER}){quote}[^{quote}]*$|^[^{quote}]*{quote}(?:{_ANY_DELIMITER}|$)")
            found += sum(1 for line in lines if not wrapped.search(line) and parts.search(line))
        if found > len(lines) / 2:
            return quote
    return '"'


def _titles(asked: str | None, quote: str, sample: Sample) -> tuple[str, int] | None:
    """Return the delimiter of a table below a title, and the number of lines above it; None without a title."""
    best: tuple[float, str, int] | None = None
    for delimiter in (asked,) if asked else DELIMITERS:
        found = sample(Dialect(delimiter, quote))
        above = title_rows(cells_of(found))
        if above:
            share, _ = regularity(cells_of(found[above:]))
            if share >= SURE_SHARE and (best is None or share > best[0]):
                best = share, delimiter, found[above].number - 1
    return None if best is None else best[1:]
