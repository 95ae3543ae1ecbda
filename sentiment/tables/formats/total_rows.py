"""Rows that sum up a table, or count its rows, below its data or in between: they are not reviews."""

import re
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import is_value
from sentiment.tables.rows import cell_text

_LONGEST = 40
_TOTAL = re.compile(r"(?:grand |sub-?)?totals?:?|(?:overall )?(?:average|mean|sum|count|median):?", re.IGNORECASE)
# What databases and reports write below a table: "(8 rows)", "8 rows selected.", "Applied filters: …".
_NOTE = re.compile(
    r"\(\d[\d,]* rows?(?: affected)?\)|\d[\d,]* rows? (?:selected|in set|returned|affected)\b.{0,40}|"
    r"Applied filters:\s.{0,2000}",
    re.IGNORECASE | re.DOTALL,
)


def is_note(cells: Sequence[Any]) -> bool:
    """Return whether a row has nothing but a count of rows, or the filters of a report, in its first cell.

    Examples:
        >>> is_note(["(8 rows)", ""]), is_note(["8 rows of seats", ""])
        (True, False)
    """
    text = cell_text(cells[0]).strip() if cells else ""
    return _NOTE.fullmatch(text) is not None and not any(cell_text(cell).strip() for cell in cells[1:])


def is_total(cells: Sequence[Any], first_name: str) -> bool:
    """Return whether a row has an empty first cell, then a word such as "Total", and otherwise numbers only.

    The empty cell tells it from a review that is one of these words: such a row has its number, name or date. A first
    column without a name `first_name` is empty in every row, as at the left edge of a drawn table.

    Examples:
        >>> is_total(["", "Total", "23"], "id"), is_total(["7", "Average", "3"], "id")
        (True, False)
    """
    if not first_name.strip() or not cells or cell_text(cells[0]).strip():
        return False
    filled = [text for cell in cells if (text := cell_text(cell).strip())]
    words, numbers = filled[:1], filled[1:]
    return (
        all(len(word) <= _LONGEST and _TOTAL.fullmatch(word) is not None for word in words)
        and len(numbers) > 0
        and all(map(is_value, numbers))
    )
