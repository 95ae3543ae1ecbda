"""The common shape of the lines of a delimited file when every quote in them is treated as content."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sentiment.tables.columns import is_value

_REGULAR_SHARE = 0.8
_VALUE_SHARE = 0.9
_UNCLOSED_SHARE = 0.8


@dataclass(frozen=True)
class LineShape:
    """The number of fields of a line, and which of them contain numbers or dates."""

    width: int
    values: tuple[int, ...]

    def fits(self, cells: Sequence[str]) -> bool:
        """Return whether fields that were split at every delimiter can be a row."""
        return len(cells) == self.width and all(is_value(cells[i].strip(' "')) for i in self.values)

    def fits_all(self, lines: Iterable[Sequence[str]]) -> bool:
        """Return whether each line can be a row of its own."""
        return all(map(self.fits, lines))


def line_shape(lines: Sequence[str], delimiter: str) -> LineShape | None:
    """Return the shape of most lines; None if no shape distinguishes a row from a part of a review.

    Sentences contain commas and semicolons: with those delimiters, a column of numbers or dates is required. Few
    sentences contain a tab.
    """
    rows = [text.split(delimiter) for line in lines if (text := line.rstrip("\r\n"))]
    widths = Counter(map(len, rows)).most_common(1)
    if not widths or widths[0][0] < 2 or widths[0][1] < _REGULAR_SHARE * len(rows):
        return None
    if sum(line.count('"') % 2 for line in lines) > _UNCLOSED_SHARE * len(rows):
        return None  # texts in quotes over two lines each, not stray quotes
    width = widths[0][0]
    below = [row for row in rows if len(row) == width][1:]
    values = tuple(
        i
        for i in range(width)
        if below and sum(is_value(row[i].strip(' "')) for row in below) >= _VALUE_SHARE * len(below)
    )
    return LineShape(width, values) if values or delimiter == "\t" else None
