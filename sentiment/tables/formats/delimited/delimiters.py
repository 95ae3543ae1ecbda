"""Detects the delimiter of a text file: the one that gives most records the same number of fields, or none."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import has_header, has_row_names, has_sure_header, has_telling_name
from sentiment.tables.formats.delimited.csv_records import NO_DELIMITER, Dialect, Record
from sentiment.tables.formats.delimited.dialect_variants import Sample, variants

DELIMITERS = (",", ";", "\t", "|", "│")
# Those of Hive, of mainframes and of R, which separates by spaces: accepted only if every line is regular.
_RARE_DELIMITERS = ("\x01", "\x1f", "~", "^", "¦", "§", ":", " ")
SURE_SHARE = 0.6
_PROSE_SHARE = 0.9
_FEWEST_SENTENCES = 2
_REGULAR_SHARE = 0.95
_MANY_NAMES = 10


def cells_of(sample: Sequence[Record]) -> list[list[str]]:
    """Return the fields of records."""
    return [record.cells for record in sample]


def find_delimiter(path: Path, quote: str, text: str, sample: Sample) -> str:
    """Return the delimiter that splits most records into as many fields as the first one, or none."""
    rows = {delimiter: cells_of(sample(Dialect(delimiter, quote))) for delimiter in DELIMITERS}
    ranks = {delimiter: regularity(cells) for delimiter, cells in rows.items()}
    # If two delimiters are equally regular, one of them may be splitting sentences at their commas.
    best = max(DELIMITERS, key=lambda delimiter: (ranks[delimiter], not _is_prose(rows[delimiter])))
    # Sentences have commas too: an irregular file is accepted as a table only if its name indicates one.
    promised = path.suffix.lower() in (".csv", ".tsv", ".tab")
    share, fields = ranks[best]
    is_doubtful = share < _REGULAR_SHARE or (_is_prose(rows[best]) and not holds_columns(rows[best]))
    if is_doubtful and (other := _unusual_delimiter(quote, text, sample)):
        return other
    unsure = _are_clauses(rows[best], _is_quoted(text, best, quote)) or (
        not promised and (share < SURE_SHARE or _is_prose(rows[best]))
    )
    if fields >= _MANY_NAMES and _mostly_uncut(rows[best]) and not _is_prose(rows[best][:1]):
        raise TableError(
            f"{path.name} has {fields:,} names in its first line, but most lines below have one field; check how it "
            'was written. If each line is a review all the same, give "none" as the delimiter.'
        )
    return NO_DELIMITER if fields < 2 or unsure or _mostly_uncut(rows[best]) else best


def _unusual_delimiter(quote: str, text: str, sample: Sample) -> str | None:
    """Return a rare delimiter, or one with spaces or escapes, that splits nearly all lines alike; None without one."""
    if text.partition("\n")[0].rstrip("\r").isidentifier():
        return None  # a first record of one field is never regular enough
    ranks: dict[tuple[float, int, int], str] = {}
    for delimiter in (*DELIMITERS, *_RARE_DELIMITERS):
        for dialect in variants(Dialect(delimiter, quote), text) if delimiter in text else ():
            cells = cells_of(sample(dialect))
            share, fields = regularity(cells)
            if share >= _REGULAR_SHARE and fields > 1 and not _is_prose(cells) and holds_columns(cells):
                ranks[share, fields, -len(ranks)] = delimiter
    return ranks[max(ranks)] if ranks else None


def holds_columns(rows: Sequence[list[str]]) -> bool:
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


def _are_clauses(rows: Sequence[list[str]], is_quoted: bool) -> bool:
    """Return whether the records are sentences: the parts after the commas go on in lower case, or none is a column.

    A program that writes columns puts no space after each delimiter, and quotes texts with commas. Repeated values,
    such as labels, and a header are a column's as well.
    """
    if len(rows) < _FEWEST_SENTENCES or not _is_prose(rows) or holds_columns(rows):
        return False
    parts = [cell[1:2] for cells in rows for cell in cells[1:] if cell]
    if sum(map(str.islower, parts)) > _PROSE_SHARE * len(parts):
        return True
    return not is_quoted and not has_header(rows[0], rows[1:]) and all(map(_is_varied, zip_longest(*rows)))


def _is_quoted(text: str, delimiter: str, quote: str) -> bool:
    """Return whether a field next to another one is in quotes; a doubled quote is content."""
    delimiter, quote = re.escape(delimiter), re.escape(quote)
    whole = rf"^{quote}(?:[^{quote}]|{quote}{quote})*+{quote} ?{delimiter}"
    return re.search(rf"{delimiter} ?{quote}|{whole}", text, re.MULTILINE) is not None


def _is_varied(column: Sequence[str | None]) -> bool:
    """Return whether most texts of a column occur once."""
    filled = [cell for cell in column if cell]
    return 2 * len(set(filled)) > len(filled)


def regularity(rows: Sequence[list[str]]) -> tuple[float, int]:
    """Return the share, 0 to 1, of rows as wide as the first (a shorter one counts half), and that width.

    If the rows have row names, as written by R, they are one field wider than the first. A first row of one field is
    not informative: (0, 0).
    """
    width = len(rows[0]) if rows else 0
    if width and has_row_names(rows[0], rows[1:]) and has_header(rows[0], [cells[1:] for cells in rows[1:]]):
        share = sum(_fit(cells, width + 1) for cells in rows[1:]) / len(rows[1:])
        return (SURE_SHARE if width == 1 else share), width + 1
    if width < 2:
        return 0.0, 0
    return sum(_fit(cells, width) for cells in rows) / len(rows), width


def _fit(cells: list[str], width: int) -> float:
    if len(cells) >= width:
        return 0.0 if any(cells[width:]) else 1.0
    return 0.5 if len(cells) > 1 else 0.0
