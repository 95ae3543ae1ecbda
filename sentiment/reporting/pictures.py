"""Charts as self-explanatory images: with a title, the number of rows, and the source.

They are drawn by vl-convert on this machine, without a browser and without any request.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt

from sentiment.display import chart_labels

WIDTH = 640
# Relative to the height on the page: a chart then fills the width of a printed page, with full-size text, and leaves
# room for the text.
_REPORT_HEIGHT = 0.5
_PIXELS_PER_INCH = 144
_INK, _GREY, _LINE = "#1b1f24", "#57606a", "#d9dee4"
_FONT = "system-ui, sans-serif"


@dataclass(frozen=True)
class Caption:
    """The text above the chart of an image: a title, the number of rows, and the source."""

    title: str
    count: str
    source: str


def svg(chart: alt.Chart | alt.LayerChart, caption: Caption) -> str:
    """Return the chart with its caption as SVG for a report: 640 pixels wide, and half of its own height."""
    import vl_convert  # slow to import

    flat = chart.properties(height=round(_REPORT_HEIGHT * chart.height))
    return str(vl_convert.vegalite_to_svg(_drawn(flat, caption), allowed_base_urls=[]))


def png(chart: alt.Chart | alt.LayerChart, caption: Caption) -> bytes:
    """Return the chart with its caption as PNG, at 144 pixels per inch."""
    import vl_convert  # slow to import

    drawn = _drawn(chart, caption)
    return bytes(vl_convert.vegalite_to_png(drawn, ppi=_PIXELS_PER_INCH, scale=1.5, allowed_base_urls=[]))


def _drawn(chart: alt.Chart | alt.LayerChart, caption: Caption) -> dict[str, Any]:
    """Return the chart's specification, dark on white whatever the dashboard's theme."""
    title = alt.TitleParams(
        text=caption.title,
        subtitle=[caption.count, caption.source],
        anchor="start",
        fontSize=16,
        color=_INK,
        subtitleColor=_GREY,
        subtitleFontSize=11,
        offset=12,
    )
    axis = alt.AxisConfig(
        labelColor=_GREY,
        titleColor=_GREY,
        titleFontWeight="normal",
        domainColor=_LINE,
        tickColor=_LINE,
        gridColor=_LINE,
    )
    framed = chart.properties(width=WIDTH, title=title, background="white", padding=16)
    specification: dict[str, Any] = (
        framed.configure(font=_FONT, axis=axis, locale=chart_labels.LOCALE)
        .configure_view(stroke=None)
        .configure_legend(labelColor=_INK, titleColor=_GREY)
        .to_dict()
    )
    return specification
