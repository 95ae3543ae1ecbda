"""Charts of the answers about a scored table: the trend of a share with its band, and themes by their mentions.

Pure functions from answers to Altair charts, for the page and for the report. The column `described` is the text that a
screen reader announces for a mark; marks that repeat the same data are hidden from it.
"""

from collections.abc import Sequence

import altair as alt
import pandas as pd
from altair.utils.schemapi import UndefinedType

from sentiment.answers.themes.scores import ThemeTable
from sentiment.answers.trend import Change, Trend, Unit
from sentiment.display import chart_labels, palette
from sentiment.wording import counted, percent, tenths

HEIGHT = 300
BAR_HEIGHT, BAR_GAP = 30, 8
FRAME_HEIGHT = 110  # of the legend and the axis, which are part of a chart's height on a page
PERIOD, THEME = "period", "theme"  # the selections: of a point in time, and of a theme
START = "start"  # the field a period is selected by: text, since a time would depend on the browser's time zone
_PERIOD_LABELS = {"day": "%-d %b %Y", "week": "%-d %b %Y", "month": "%b %Y", "quarter": "Q%q %Y"}
_MOST_TICKS = 60  # with more periods, the axis has fewer ticks, at round dates
_SHARE = alt.Axis(format="%", tickCount=5)


def trend_chart(trend: Trend, title: str = "negative") -> alt.LayerChart:
    """Return the share in each period as a line on its 95 % band, one line per group, with a rule at each level change.

    A click on a point selects its period (`PERIOD`).
    """
    groups = [name for name in trend.frame["group"].drop_duplicates() if name]
    colours = [palette.SERIES[number % len(palette.SERIES)] for number in range(len(groups))] or [palette.NEGATIVE]
    written = chart_labels.expression(groups)
    legend = alt.Legend(orient="top", title=None, labelLimit=0, labelExpr=written) if groups else None
    colour = alt.Color("group:N", legend=legend, scale=alt.Scale(domain=groups or [""], range=colours))
    labels = _PERIOD_LABELS[trend.unit]
    axis = alt.Axis(format=labels, grid=False, labelOverlap="parity", labelFlush=False, values=_ticks(trend))
    x = alt.X("period:T", title=trend.unit, axis=axis)
    y = alt.Y("share:Q", title=title, axis=_SHARE, scale=alt.Scale(zero=True))
    starts = trend.frame["period"].dt.strftime("%Y-%m-%d")
    base = alt.Chart(trend.frame.assign(described=_periods_in_words(trend), **{START: starts}))
    tooltip = [
        alt.Tooltip("period:T", title=trend.unit, format=labels),
        *([alt.Tooltip("group:N")] if groups else []),
        alt.Tooltip("share:Q", title="negative", format=".1%"),
        alt.Tooltip("low:Q", title="from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("rows:Q", format=",d"),
    ]
    clicked = alt.selection_point(name=PERIOD, fields=[START], on="click", nearest=False)
    points = base.mark_point(filled=True, size=70, opacity=1, cursor="pointer")
    layers = [
        base.mark_area(opacity=0.15, aria=False).encode(x=x, y=alt.Y("low:Q", axis=_SHARE), y2="high:Q", color=colour),
        *_change_rules(trend.changes, x),
        base.mark_line(strokeWidth=2, aria=False).encode(x=x, y=y, color=colour),
        points.encode(x=x, y=y, color=colour, tooltip=tooltip, description="described:N").add_params(clicked),
    ]
    return alt.LayerChart(layer=layers, height=HEIGHT, config=chart_labels.LEGIBLE)


def theme_chart(table: ThemeTable) -> alt.LayerChart:
    """Return the mentions of each theme as a bar with its negative share in orange; most negative mentions first.

    If only some of the mentions were scored, their share stands for all. A click selects a bar's theme (`THEME`).
    """
    frame = pd.DataFrame(
        [
            (
                one.name,
                spoken,
                rows,
                one.negative_share,
                one.rows,
                f"{one.name}: {spoken} in {counted(round(rows), 'row')}",
            )
            for one in table.themes
            for negative in [one.rows * one.negative_share if one.judged else 0]
            for spoken, rows in (("negative", negative), ("other", one.rows - negative))
        ],
        columns=["theme", "spoken", "rows", "share", "mentions", "described"],
    )
    names = [one.name for one in table.themes]
    colour = alt.Scale(domain=["negative", "other"], range=[palette.NEGATIVE, palette.UNCERTAIN])
    clicked = alt.selection_point(name=THEME, fields=["theme"], on="click")
    axis = alt.Axis(labelExpr=chart_labels.expression(names), labelLimit=0, labelOverlap=False)
    counts = chart_labels.count_axis(max((one.rows for one in table.themes), default=0))
    y = alt.Y("theme:N", sort=names, title=None, axis=axis)
    bars = (
        alt.Chart(frame)
        .mark_bar(cursor="pointer")
        .encode(
            y=y,
            x=alt.X("rows:Q", title="rows that mention it", axis=counts, stack="zero"),
            color=alt.Color("spoken:N", title=None, scale=colour, legend=alt.Legend(orient="top")),
            order=alt.Order("spoken:O"),
            tooltip=[
                alt.Tooltip("theme:N"),
                alt.Tooltip("mentions:Q", title="rows", format=",d"),
                alt.Tooltip("share:Q", title="negative", format=".1%"),
            ],
            description="described:N",
        )
        .add_params(clicked)
    )
    words = (
        alt.Chart(frame[frame["spoken"] == "negative"])
        .mark_text(align="left", dx=5, color=chart_labels.TEXT, aria=False)
        .encode(y=y, x="mentions:Q", text=alt.Text("share:Q", format=".0%"))
    )
    bar_height = max(BAR_HEIGHT, chart_labels.height(names) + BAR_GAP)
    height = bar_height * max(1, len(names)) + FRAME_HEIGHT
    return alt.LayerChart(layer=[bars, words], height=height, config=chart_labels.LEGIBLE)


def _periods_in_words(trend: Trend) -> list[str]:
    """Return one sentence for each row of the trend's frame."""
    return [
        f"{f'{line.group}, ' if line.group else ''}{_period(line.period, trend.unit)}: {tenths(line.share)} of "
        f"{counted(line.rows, 'row')} negative, 95 % interval {tenths(line.low)} to {tenths(line.high)}"
        for line in trend.frame.itertuples()
    ]


def _ticks(trend: Trend) -> Sequence[alt.DateTime] | UndefinedType:
    """Return the periods as ticks of the axis, so that a label stands below its point."""
    periods = trend.frame["period"].drop_duplicates()
    if len(periods) > _MOST_TICKS:
        return alt.Undefined
    return [alt.DateTime(year=one.year, month=one.month, date=one.day) for one in periods]


def _period(begin: pd.Timestamp, unit: Unit) -> str:
    if unit == "quarter":
        return f"Q{begin.quarter} {begin.year}"
    return f"{begin:%b %Y}" if unit == "month" else _date(begin)


def _date(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b %Y}"


def _change_rules(changes: Sequence[Change], x: alt.X) -> list[alt.Chart]:
    if not changes:
        return []
    rows = [
        (
            one.group,
            one.period,
            one.before,
            one.after,
            f"Change on {_date(one.period)}: {percent(one.before)} negative before, {percent(one.after)} after",
        )
        for one in changes
    ]
    frame = pd.DataFrame(rows, columns=["group", "period", "before", "after", "described"])
    tooltip = [
        alt.Tooltip("period:T", title="changed", format="%-d %b %Y"),
        alt.Tooltip("before:Q", format=".0%"),
        alt.Tooltip("after:Q", format=".0%"),
    ]
    rule: alt.Chart = alt.Chart(frame).mark_rule(strokeDash=[4, 3], strokeWidth=2, color=palette.UNCERTAIN)
    return [rule.encode(x=x, tooltip=tooltip, description="described:N")]
