"""Titles and notes that stand above the header of a table."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import has_strong_name, has_sure_header, has_telling_name
from sentiment.tables.rows import cell_text

_MOST_TITLES = 20
_MOST_ABOVE_ONE_COLUMN = 5


def title_rows(rows: Sequence[Sequence[Any]]) -> int:
    """How many of the first rows (none of them blank) are titles: narrower than the table, whose header is below.

    0 unless a row of names follows that is as wide as most rows, and values stand below it.
    """
    widths = [_filled(row) for row in rows]
    width = Counter(widths).most_common(1)[0][0] if widths else 0
    if width < 2:
        return _above_single_column(rows)
    names = [cell_text(cell) for cell in rows[0]]
    if has_strong_name(names) or (widths[0] > 1 and has_telling_name(names)):
        return 0
    for place in range(1, min(_MOST_TITLES, len(rows) - 1)):
        if widths[place - 1] >= width:
            return 0
        below = rows[place + 1 :]
        regular = sum(filled >= width - 1 for filled in widths[place + 1 :])
        if widths[place] >= width and 2 * regular >= len(below) and has_sure_header(rows[place], below):
            return place
    return 0


def _above_single_column(rows: Sequence[Sequence[Any]]) -> int:
    """The rows above the name of a single column of reviews."""
    names = [[cell_text(cell) for cell in row] for row in rows[: _MOST_ABOVE_ONE_COLUMN + 1]]
    if not names or has_telling_name(names[0]):
        return 0
    return next((place for place, row in enumerate(names) if place and has_strong_name(row)), 0)


def _filled(row: Sequence[Any]) -> int:
    """How many cells stand before the last that is not empty, with it."""
    return max((place for place, cell in enumerate(row, start=1) if cell_text(cell).strip()), default=0)
