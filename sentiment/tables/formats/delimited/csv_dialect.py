"""Detects the dialect of a delimited text file: its delimiter and quotes, and how many lines precede the table.

Among several candidates, the one wins that gives most records the same number of fields.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import has_header, has_row_names, has_sure_header, has_telling_name, is_value
from sentiment.tables.formats import encoding
from sentiment.tables.formats.delimited.csv_records import MARKS, NO_DELIMITER, NO_QUOTE, Dialect, Record, records
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
_DELIMITERS = (",", ";", "\t", "|", "│")
# Those of Hive, of mainframes and of R, which separates by spaces: accepted only if every line is regular.
_RARE_DELIMITERS = ("\x01", "\x1f", "~", "^", "¦", "§", ":", " ")
_ANY_DELIMITER = r"[,;\t|\x01\x1f~^¦│§:]"
_SPELT = {"tab": "\t", "\\t": "\t"}
_SURE_SHARE = 0.6
_PROSE_SHARE = 0.9
_FEWEST_SENTENCES = 3
_REGULAR_SHARE = 0.95
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANT = frozenset("nrtN\\\"'\n\r")
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
    if options.delimiter is None and (layout := _sure_layout(first_lines[skipped:])):
        return Reading(Dialect(NO_DELIMITER, quote), skipped, None, layout=layout)

    @cache
    def sample(dialect: Dialect) -> list[Record]:
        return _filled(Reading(dialect, skipped, None, wrapped).records(path, found))

    text = "".join(first_lines[skipped:])
    delimiter = _delimiter_asked(options) or named or _delimiter(path, quote, text, sample)
    if options.skip_rows is None and options.header is not False:
        asked = None if options.delimiter is None and delimiter == NO_DELIMITER else delimiter
        if titles := _titles(asked, quote, sample):
            delimiter, skipped = titles
    if options.delimiter is None and named is None and (layout := _layout(delimiter, first_lines[skipped:])):
        return Reading(Dialect(NO_DELIMITER, quote), skipped, None, layout=layout)
    dialect = Dialect(delimiter, quote)
    if delimiter == NO_DELIMITER or quote == NO_QUOTE:
        return Reading(dialect, skipped, None, wrapped)
    dialect = _variant(dialect, text, sample)
    if dialect.escaped:
        return Reading(dialect, skipped, None, wrapped)
    shape = line_shape(first_lines[skipped:], delimiter)
    header = next(Reading(dialect, skipped, None, wrapped).records(path, found), None)
    fits = shape and header and len(header.cells) == shape.width
    return Reading(dialect, skipped, shape if fits else None, wrapped)


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
    for delimiter in _DELIMITERS:
        rows = [record.cells for record in records(inside, Dialect(delimiter, '"'))]
        share, fields = _regularity(rows)
        if fields > 1 and share == 1.0 and _holds_columns(rows):
            return True
    return False


def _unwrapped(line: str) -> str:
    """Return the line without the quotes around it."""
    text = line.rstrip("\r\n")
    return text[1:-1].replace('""', '"') + line[len(text) :] if _WRAPPED.fullmatch(text) else line


def sampled(found: Iterator[Record], count: int) -> Iterator[Record]:
    """Yield up to `count` records, fewer of very long ones."""
    return encoding.sampled(found, count, lambda record: sum(map(len, record.cells)))


def _filled(found: Iterator[Record]) -> list[Record]:
    """Return the first non-blank records."""
    return list(sampled((record for record in found if record.cells), SAMPLE))


def _cells(sample: Sequence[Record]) -> list[list[str]]:
    return [record.cells for record in sample]


_Sample = Callable[[Dialect], list[Record]]


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
        if sum(1 for line in lines if wrapped.search(line)) > len(lines) / 2:
            return quote
    return '"'


def _delimiter(path: Path, quote: str, text: str, sample: _Sample) -> str:
    """Return the delimiter that splits most records into as many fields as the first one, or none."""
    rows = {delimiter: _cells(sample(Dialect(delimiter, quote))) for delimiter in _DELIMITERS}
    ranks = {delimiter: _regularity(cells) for delimiter, cells in rows.items()}
    # If two delimiters are equally regular, one of them may be splitting sentences at their commas.
    best = max(_DELIMITERS, key=lambda delimiter: (ranks[delimiter], not _is_prose(rows[delimiter])))
    # Sentences have commas too: an irregular file is accepted as a table only if its name indicates one.
    promised = path.suffix.lower() in (".csv", ".tsv", ".tab")
    share, fields = ranks[best]
    if share < _REGULAR_SHARE and (other := _unusual_delimiter(quote, text, sample)):
        return other
    unsure = _are_clauses(rows[best]) or (not promised and (share < _SURE_SHARE or _is_prose(rows[best])))
    return NO_DELIMITER if fields < 2 or unsure or _mostly_uncut(rows[best]) else best


def _unusual_delimiter(quote: str, text: str, sample: _Sample) -> str | None:
    """Return a rare delimiter, or one with spaces or escapes, that splits nearly all lines alike; None without one."""
    ranks: dict[tuple[float, int, int], str] = {}
    for delimiter in (*_DELIMITERS, *_RARE_DELIMITERS):
        for dialect in _variants(Dialect(delimiter, quote), text) if delimiter in text else ():
            cells = _cells(sample(dialect))
            share, fields = _regularity(cells)
            if share >= _REGULAR_SHARE and fields > 1 and not _is_prose(cells) and _holds_columns(cells):
                ranks[share, fields, -len(ranks)] = delimiter
    return ranks[max(ranks)] if ranks else None


def _holds_columns(rows: Sequence[list[str]]) -> bool:
    """Return whether the first record has a usual name of a review column, or a column contains numbers or dates."""
    return has_telling_name(rows[0]) or has_sure_header(rows[0], rows[1:]) is not None


def _mostly_uncut(rows: Sequence[list[str]]) -> bool:
    """Return whether most records lack the delimiter, and the first one is not a header with several columns."""
    return not has_telling_name(rows[0]) and sum(len(cells) == 1 for cells in rows) > len(rows) / 2


def _is_prose(rows: Sequence[list[str]]) -> bool:
    """Return whether the records are sentences split at commas: each is after a word and followed by a space."""
    if not rows or has_telling_name(rows[0]):
        return False
    followed = [cell.startswith(" ") for cells in rows for cell in cells[1:] if cell]
    return sum(followed) > _PROSE_SHARE * len(followed) and all(re.search(r"[^\W\d_]", cells[0]) for cells in rows)


def _are_clauses(rows: Sequence[list[str]]) -> bool:
    """Return whether the records are sentences whose parts after the commas go on in lower case."""
    if not _is_prose(rows) or _holds_columns(rows):
        return False
    parts = [cell[1:2] for cells in rows for cell in cells[1:] if cell]
    return len(rows) >= _FEWEST_SENTENCES and sum(map(str.islower, parts)) > _PROSE_SHARE * len(parts)


def _regularity(rows: Sequence[list[str]]) -> tuple[float, int]:
    """Return the share, 0 to 1, of rows as wide as the first (a shorter one counts half), and that width.

    If the rows have row names, as written by R, they are one field wider than the first. A first row of one field is
    not informative: (0, 0).
    """
    width = len(rows[0]) if rows else 0
    if width and has_row_names(rows[0], rows[1:]) and has_header(rows[0], [cells[1:] for cells in rows[1:]]):
        share = sum(_fit(cells, width + 1) for cells in rows[1:]) / len(rows[1:])
        return (_SURE_SHARE if width == 1 else share), width + 1
    if width < 2:
        return 0.0, 0
    return sum(_fit(cells, width) for cells in rows) / len(rows), width


def _fit(cells: list[str], width: int) -> float:
    if len(cells) >= width:
        return 0.0 if any(cells[width:]) else 1.0
    return 0.5 if len(cells) > 1 else 0.0


def _titles(asked: str | None, quote: str, sample: _Sample) -> tuple[str, int] | None:
    """Return the delimiter of a table below a title, and the number of lines above it; None without a title."""
    best: tuple[float, str, int] | None = None
    for delimiter in (asked,) if asked else _DELIMITERS:
        found = sample(Dialect(delimiter, quote))
        above = title_rows(_cells(found))
        if above:
            share, _ = _regularity(_cells(found[above:]))
            if share >= _SURE_SHARE and (best is None or share > best[0]):
                best = share, delimiter, found[above].number - 1
    return None if best is None else best[1:]


def _variant(dialect: Dialect, text: str, sample: _Sample) -> Dialect:
    """Return the dialect, with escapes or with spaces around its delimiters if that reads more lines well."""
    plain, *tried = _variants(dialect, text)
    best = max((plain, *tried), key=lambda each: _whole_share(sample(each), each)) if tried else plain
    escaped = next((each for each in tried if each.escaped), None)
    # Escaped text looks regular without escapes, too: if every backslash escapes something, they are escapes.
    if escaped and _whole_share(sample(escaped), escaped) >= _whole_share(sample(best), best):
        return escaped
    return best


def _variants(dialect: Dialect, text: str) -> list[Dialect]:
    r"""Return the dialect and variants that the text suggests: other quotes, spaced delimiters, `\"`, escapes."""
    delimiter, quote = dialect.delimiter, dialect.quote
    found = [dialect]
    if f"{delimiter} {quote}" in text or f"{quote} {delimiter}" in text:
        found.append(dialect._replace(spaced=True))
    has_json = f'{delimiter}{{"' in text or f'{delimiter}["' in text  # whose backslashes are its own
    if f"\\{quote}" in text and quote != NO_QUOTE and not has_json:
        found += [each._replace(backslash=True) for each in list(found)]
    if f'{delimiter}="' in text and quote == '"':
        found.append(dialect._replace(formulas=True))
    if quote == '"':
        found += [dialect._replace(marks=marks) for marks in MARKS if f"{delimiter}{marks[0]}" in text]
    if _is_escaped(text, delimiter) and not has_json:
        found.append(Dialect(delimiter, NO_QUOTE, escaped=True))
    return found


def _is_escaped(text: str, delimiter: str) -> bool:
    """Return whether there are backslashes, and each of them escapes something."""
    escapes = _ESCAPE.findall(text)
    return bool(escapes) and _MEANT.union(delimiter).issuperset(escapes)


def _whole_share(found: Sequence[Record], dialect: Dialect) -> float:
    """Return the share of records that have the most frequent width and no quote left over in a field."""
    if not found:
        return 0.0
    width = Counter(len(record.cells) for record in found).most_common(1)[0][0]
    if width < 2:
        return 0.0
    return sum(
        record.problem is None
        and len(record.cells) == width
        and not any(_has_leftover(cell, dialect) for cell in record.cells)
        for record in found
    ) / len(found)


def _has_leftover(cell: str, dialect: Dialect) -> bool:
    r"""Return whether a field has quotes left around it, or quotes after backslashes."""
    if dialect.escaped:
        return len(cell) > 1 and cell[0] == cell[-1] == '"'
    text = cell.strip(" ")
    if text[:1] + text[-1:] in MARKS and is_value(text[1:-1]):
        return True
    wrapped = text is not cell and len(text) > 1 and text[0] == text[-1] == dialect.quote
    return wrapped or f"\\{dialect.quote}" in text
