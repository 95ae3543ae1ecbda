"""Delimited text (CSV, TSV) as a table: find out how the file is written, fit its records to its columns."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import has_header, has_telling_name
from sentiment.tables.formats import encoding
from sentiment.tables.formats.csv_records import NO_DELIMITER, Dialect, Record, records
from sentiment.tables.rows import Format, ReadOptions, Row

_DELIMITERS = (",", ";", "\t", "|")
_SPELT = {"tab": "\t", "\\t": "\t"}
_SAMPLE = 200
_SURE_SHARE = 0.6
_PROSE_SHARE = 0.9


@dataclass(frozen=True)
class CsvSource:
    """A delimited text file; `dialect` and `encoding` tell how it is written."""

    path: Path
    encoding: encoding.Encoding
    dialect: Dialect
    header: tuple[str, ...]
    has_header: bool
    line_end: str
    format: Format = "csv"

    @property
    def detected(self) -> dict[str, str]:
        """Encoding, delimiter, quote and header, for showing."""
        return {
            "encoding": self.encoding.name,
            "delimiter": "tab" if self.dialect.delimiter == "\t" else self.dialect.delimiter,
            "quote": self.dialect.quote,
            "header": "yes" if self.has_header else "no",
        }

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Every row; `only` changes nothing, as all cells of a line are read anyway."""
        found = records(encoding.lines(self.path, self.encoding), self.dialect)
        if self.has_header:
            next(record for record in found if record.cells)
        width = len(self.header)
        for record in found:
            yield _fitted(record, width)


def open_csv(path: Path, options: ReadOptions) -> CsvSource:
    """Find out how a delimited text file is written. Raises TableError when there is nothing in it."""
    found = encoding.find_encoding(path, options.encoding)
    first_lines = list(itertools.islice(encoding.lines(path, found), _SAMPLE))
    dialect = _dialect(path, found, first_lines, options)
    first, *rest = _sample(path, found, dialect) or [[]]
    if not first:
        raise TableError(f"{path.name} is empty.")
    headed = has_header(first, rest) if options.header is None else options.header
    if headed:
        header = first
    else:
        width = Counter(map(len, [first, *rest])).most_common(1)[0][0]
        header = [f"column_{position}" for position in range(1, width + 1)]
    line_end = "\r\n" if first_lines[0].endswith("\r\n") else "\n"
    return CsvSource(path, found, dialect, tuple(header), headed, line_end)


def _fitted(record: Record, width: int) -> Row:
    """The record as a row of the table: padded, or rid of empty surplus fields."""
    number, cells, problem = record
    if len(cells) < width:
        cells.extend([""] * (width - len(cells)))
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > width and problem is None:
        problem = f"Line {number} has {len(cells)} fields, but the table has {width} columns."
    return Row(number, cells, problem)


def _sample(path: Path, found: encoding.Encoding, dialect: Dialect) -> list[list[str]]:
    """The cells of the first records that are not blank."""
    whole = (record.cells for record in records(encoding.lines(path, found), dialect) if record.cells)
    return list(itertools.islice(whole, _SAMPLE))


def _dialect(path: Path, found: encoding.Encoding, first_lines: list[str], options: ReadOptions) -> Dialect:
    quote = _one_character("quote", options.quote) if options.quote else _quote(first_lines)
    if options.delimiter == NO_DELIMITER:
        return Dialect(NO_DELIMITER, quote)
    if options.delimiter:
        return Dialect(_one_character("delimiter", options.delimiter), quote)
    return Dialect(_delimiter(path, found, quote), quote)


def _one_character(name: str, value: str) -> str:
    character = _SPELT.get(value, value)
    if len(character) != 1 or character in "\r\n":
        raise TableError(f'The {name} must be one character, such as "," or ";", not "{value}".')
    return character


def _quote(first_lines: list[str]) -> str:
    """The single quote when most lines have a field wrapped in it and none has one in double quotes."""
    lines = first_lines[1:]
    double = sum(1 for line in lines if re.search(r'(?:^|[,;\t|])"', line))
    single = sum(1 for line in lines if re.search(r"(?:^|[,;\t|])'[^']*'(?:[,;\t|\r\n]|$)", line))
    return "'" if single > len(lines) / 2 and not double else '"'


def _delimiter(path: Path, found: encoding.Encoding, quote: str) -> str:
    """The delimiter that cuts most records into as many fields as the first one, or none."""
    ranks = {delimiter: _regularity(_sample(path, found, Dialect(delimiter, quote))) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: ranks[delimiter])
    # Sentences have commas too: only a file whose name promises a table is believed to be an irregular one.
    promised = path.suffix.lower() in (".csv", ".tsv", ".tab")
    share, fields = ranks[best]
    rows = _sample(path, found, Dialect(best, quote))
    if fields < 2 or _mostly_uncut(rows) or (not promised and (share < _SURE_SHARE or _is_prose(rows))):
        return NO_DELIMITER
    return best


def _mostly_uncut(rows: Sequence[list[str]]) -> bool:
    """Whether most records have no such delimiter, and the first one is no header that promises columns."""
    return not has_telling_name(rows[0]) and sum(len(cells) == 1 for cells in rows) > len(rows) / 2


def _is_prose(rows: Sequence[list[str]]) -> bool:
    """Whether the records are sentences cut at their commas: a space follows each, and a word stands before it."""
    if has_telling_name(rows[0]):
        return False
    followed = [cell.startswith(" ") for cells in rows for cell in cells[1:] if cell]
    return sum(followed) > _PROSE_SHARE * len(followed) and all(re.search(r"[^\W\d_]", cells[0]) for cells in rows)


def _regularity(rows: Sequence[list[str]]) -> tuple[float, int]:
    """The share, 0 to 1, of rows as wide as the first (a short one counts half), and that width.

    A first row of one field says nothing: (0, 0).
    """
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, 0
    return sum(_fit(cells, width) for cells in rows) / len(rows), width


def _fit(cells: list[str], width: int) -> float:
    if len(cells) >= width:
        return 0.0 if any(cells[width:]) else 1.0
    return 0.5 if len(cells) > 1 else 0.0
