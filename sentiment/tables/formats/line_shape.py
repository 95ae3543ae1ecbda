"""What the lines of a delimited file have in common when every quote in them is content."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sentiment.tables.columns import is_value

_REGULAR_SHARE = 0.8
_VALUE_SHARE = 0.9


@dataclass(frozen=True)
class LineShape:
    """How many fields a line has, and which of them hold numbers or dates."""

    width: int
    values: tuple[int, ...]

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether fields that were cut at every delimiter can be a row."""
        return len(cells) == self.width and all(is_value(cells[i].strip(' "')) for i in self.values)

    def fits_all(self, lines: Iterable[Sequence[str]]) -> bool:
        """Whether each line can be a row of its own."""
        return all(map(self.fits, lines))


def line_shape(lines: Sequence[str], delimiter: str) -> LineShape | None:
    """The shape that most lines have; None when there is none that tells a row from a part of a review.

    A sentence has commas and semicolons of its own: with those, a column of numbers or dates has to tell. Few
    sentences have a tab.
    """
    rows = [text.split(delimiter) for line in lines if (text := line.rstrip("\r\n"))]
    widths = Counter(map(len, rows)).most_common(1)
    if not widths or widths[0][0] < 2 or widths[0][1] < _REGULAR_SHARE * len(rows):
        return None
    width = widths[0][0]
    below = [row for row in rows if len(row) == width][1:]
    values = tuple(
        i
        for i in range(width)
        if below and sum(is_value(row[i].strip(' "')) for row in below) >= _VALUE_SHARE * len(below)
    )
    return LineShape(width, values) if values or delimiter == "\t" else None
