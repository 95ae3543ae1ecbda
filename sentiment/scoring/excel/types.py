"""Detects text columns that contain only numbers or only dates, so that Excel gets them as such."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sentiment.tables.table import Table

Convert = Callable[[str], Any]

# Up to 15 digits, the precision of Excel. A leading zero is part of a code, and a number in e-notation may be one.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?")
_MOST_DIGITS = 15


def converters(table: Table) -> list[Convert | None]:
    """Return for each column the function that converts its texts to numbers or dates; None if they stay as they are.

    A column is converted only if all its non-blank texts are of the one type. Dates that may be day first or month
    first stay text, and so do the reviews. Unreadable rows are ignored.
    """
    possible: list[list[Convert]] = [list(_KINDS) for _ in table.header]
    seen = [False] * len(table.header)
    if table.text_column is not None:
        possible[table.text_index] = []
    for row in (row for row in table.rows() if not row.problem):
        for place, (kinds, cell) in enumerate(zip(possible, row.cells, strict=False)):
            if kinds and isinstance(cell, str) and cell.strip():
                seen[place] = True
                kinds[:] = [kind for kind in kinds if kind(cell) is not None]
    return [kinds[0] if known and len(kinds) == 1 else None for kinds, known in zip(possible, seen, strict=True)]


def converted(cell: Any, convert: Convert | None) -> Any:
    """Return the cell converted to its column's type; a blank text unchanged."""
    return convert(cell) if convert and isinstance(cell, str) and cell.strip() else cell


def _number(text: str) -> int | float | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text) or sum(map(str.isdigit, text)) > _MOST_DIGITS:
        return None
    return float(text) if "." in text else int(text)


def _iso(text: str) -> date | datetime | None:
    text = text.strip()
    try:
        if len(text) == len("2025-05-01"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text) if len(text) > len("2025-05-01") else None
    except ValueError:
        return None
    return None if moment is None or moment.tzinfo else moment


def _written_as(shape: str, pattern: str) -> Convert:
    known = re.compile(shape)

    def convert(text: str) -> date | None:
        text = text.strip()
        try:
            return datetime.strptime(text, pattern).date() if known.fullmatch(text) else None
        except ValueError:
            return None

    return convert


_DAY = r"\d{1,2}"
_KINDS: tuple[Convert, ...] = (
    _number,
    _iso,
    _written_as(rf"{_DAY}\.{_DAY}\.\d{{4}}", "%d.%m.%Y"),
    _written_as(rf"{_DAY}/{_DAY}/\d{{4}}", "%d/%m/%Y"),
    _written_as(rf"{_DAY}/{_DAY}/\d{{4}}", "%m/%d/%Y"),
    _written_as(rf"{_DAY}-{_DAY}-\d{{4}}", "%d-%m-%Y"),
    _written_as(rf"{_DAY}-{_DAY}-\d{{4}}", "%m-%d-%Y"),
    _written_as(rf"\d{{4}}/{_DAY}/{_DAY}", "%Y/%m/%d"),
)
