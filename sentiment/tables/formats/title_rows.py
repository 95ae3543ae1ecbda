"""Rows above the header without data: titles, notes, names of groups of columns."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import has_strong_name, has_sure_header, has_telling_name
from sentiment.tables.rows import cell_text

_MOST_TITLES = 20
_MOST_ABOVE_ONE_COLUMN = 5


def title_rows(rows: Sequence[Sequence[Any]]) -> int:
    """Return how many of the first rows (none of them blank) are titles: narrower than the table, above its header.

    The result is 0 unless a row of names follows that is as wide as most rows, with values below it.
    """
    widths = [_filled(row) for row in rows]
    width = Counter(widths).most_common(1)[0][0] if widths else 0
    if width < 2:
        return _above_single_column(rows)
    names = [cell_text(cell) for cell in rows[0]]
    if _is_group_of_names(names, rows[1:]):
        return 1
    if has_strong_name(names) or (widths[0] > 1 and has_telling_name(names)):
        return 0
    for place in range(1, min(_MOST_TITLES, len(rows) - 1)):
        if widths[place - 1] >= width:
            return _header_below_period(rows, widths, width)
        below = rows[place + 1 :]
        regular = sum(filled >= width - 1 for filled in widths[place + 1 :])
        if widths[place] >= width and 2 * regular >= len(below) and has_sure_header(rows[place], below):
            return place
    return 0


def _header_below_period(rows: Sequence[Sequence[Any]], widths: Sequence[int], width: int) -> int:
    """Return how many titles precede a header with a usual name of a review column, if a delimiter splits one of them.

    An example is "Reviews" above "May 1, 2024 - May 31, 2024".
    """
    if widths[0] >= width:
        return 0
    places = range(1, min(_MOST_ABOVE_ONE_COLUMN, len(rows) - 1))
    named = (i for i in places if widths[i] >= width and has_strong_name(cell_text(cell) for cell in rows[i]))
    return next((i for i in named if has_sure_header(rows[i], rows[i + 1 :])), 0)


def _is_group_of_names(names: Sequence[str], below: Sequence[Sequence[Any]]) -> bool:
    """Return whether the first row names groups of columns, as pandas writes multi-level names, with names below."""
    filled = [name for name in names if name.strip()]
    return (
        len(set(filled)) < len(filled)
        and bool(below)
        and not has_telling_name(filled)
        and has_telling_name(cell_text(cell) for cell in below[0])
        and has_sure_header(below[0], below[1:]) is True
    )


def _above_single_column(rows: Sequence[Sequence[Any]]) -> int:
    """Return the number of rows above the name of a single column of reviews."""
    names = [[cell_text(cell) for cell in row] for row in rows[: _MOST_ABOVE_ONE_COLUMN + 1]]
    if not names or has_telling_name(names[0]):
        return 0
    return next((place for place, row in enumerate(names) if place and has_strong_name(row)), 0)


def _filled(row: Sequence[Any]) -> int:
    """Return the number of cells up to and including the last non-empty one."""
    return max((place for place, cell in enumerate(row, start=1) if cell_text(cell).strip()), default=0)
