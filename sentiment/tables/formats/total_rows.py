"""Rows that sum up a table, below its data or in between: they are not reviews."""

import re
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import is_value
from sentiment.tables.rows import cell_text

_LONGEST = 40
_TOTAL = re.compile(r"(?:grand |sub-?)?totals?:?|(?:overall )?(?:average|mean|sum|count|median):?", re.IGNORECASE)


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
