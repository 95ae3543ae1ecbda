"""Widths in pixels of the columns of a table of rows, chosen so that the reviews get the width that is left."""

from collections.abc import Iterable

NARROWEST, WIDEST = 60, 200
CHARACTER, PADDING = 7, 24
# A review in a narrower column takes more lines than a row shows.
LEGIBLE = 400


def cell_width(name: str, values: Iterable[object]) -> int:
    """Return the width of a column that shows its name and most of its values whole, 60 to 200 pixels.

    Example:
        >>> cell_width("hotel", ["Harbour View"])
        108
    """
    longest = max(len(name), *(len(str(value)) for value in values), 0)
    return min(WIDEST, max(NARROWEST, CHARACTER * longest + PADDING))


def review_width(available: int, fixed: int, verdict: int, others: int) -> int:
    """Return the width of the reviews' column.

    The table is `available` wide. `fixed` is what stands left of the reviews, `verdict` the columns that should be seen
    beside them, and `others` the remaining ones. The reviews get what all of these leave if that is legible, otherwise
    what the first two leave, otherwise everything right of the first: the table then scrolls sideways.

    Example:
        >>> review_width(available=1_460, fixed=95, verdict=205, others=500)
        660
        >>> review_width(available=350, fixed=95, verdict=205, others=500)
        255
    """
    choices = (available - fixed - verdict - others, available - fixed - verdict, available - fixed)
    return next((width for width in choices if width >= LEGIBLE), choices[-1])
