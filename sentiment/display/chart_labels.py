"""Labels of charts: legible on light and dark, percent written as in the text, long names on several lines."""

import json
import textwrap
from collections.abc import Iterable

import altair as alt

from sentiment.display import palette

# Vega knows the background that the dashboard draws a chart on; a chart without one is in the report, on white.
TEXT = alt.ExprRef(
    f"isValid(background) && luminance(background) < 0.2 ? '{palette.TEXT_ON_DARK}' : '{palette.TEXT_ON_LIGHT}'"
)
LOCALE = alt.Locale(
    number=alt.NumberLocale(decimal=".", thousands=",", grouping=[3], currency=["$", ""], percent="\N{NO-BREAK SPACE}%")
)
LEGIBLE = alt.Config(
    locale=LOCALE,
    axis=alt.AxisConfig(labelColor=TEXT, titleColor=TEXT),
    legend=alt.LegendConfig(labelColor=TEXT, titleColor=TEXT),
)
# About 150 pixels, which leaves more than half of a phone to the chart.
LINE_CHARACTERS = 24
LINE_HEIGHT = 14  # pixels
_FEW = 6  # ticks of an axis


def lines(name: str) -> list[str]:
    """Return a name in lines of at most 24 characters, broken at blanks where there are any.

    Example:
        >>> lines("Hotels of the coast, winter season 2025")
        ['Hotels of the coast,', 'winter season 2025']
    """
    return textwrap.wrap(name, LINE_CHARACTERS) or [name]


def height(names: Iterable[str]) -> int:
    """Return the height in pixels of the label with the most lines."""
    return LINE_HEIGHT * max((len(lines(name)) for name in names), default=1)


def count_axis(most: float) -> alt.Axis:
    """Return the axis of counts from 0 to `most`, with ticks at whole numbers only."""
    if most <= _FEW:
        return alt.Axis(format="d", values=list(range(int(most) + 1)))
    return alt.Axis(format=",d", tickCount=_FEW)


def expression(names: Iterable[str]) -> str:
    """Return the Vega expression that breaks the labels of an axis or a legend with these names into lines."""
    broken = {name: lines(name) for name in names}
    return f"({json.dumps(broken)})[datum.label]"
