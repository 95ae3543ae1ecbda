"""Groups and trend: the groups as a table, the share of negative reviews over time as a line."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.results.facts import Scored, View, cached
from pages.results.filter_bar import category_columns, clicked_key, date_columns, narrow
from pages.shared import ui
from sentiment.answers.groups import Group, group_table, in_words, listed_and_small, small_counted
from sentiment.answers.outcome import Mask
from sentiment.answers.trend import MOST_GROUPS, UNITS, Trend, period_bounds, trend
from sentiment.display import answer_charts
from sentiment.wording import counted, percent

HEIGHT = 340
TOGETHER = "All rows together"
ORDER = (
    "Groups that are worse than the rest by more than chance come first, those that are better last. Otherwise the "
    "lower end of the interval decides, so that a few rows put no group on top."
)


def show_groups(scored: Scored, view: View, mask: Mask) -> None:
    """Draw the groups of a column, worst first. `mask` is that of the view without its filter by group."""
    wanted = view.wanted
    st.header("Where", anchor=False)
    columns = category_columns(scored.facts)
    if not columns:
        st.caption("No column of this table has 2 to 500 different values to group the rows by.")
        return
    first = columns.index(wanted.group_column) if wanted.group_column in columns else 0
    column = str(
        st.selectbox("Group by", columns, first, key=f"groups of {scored.job.id} {wanted.group_column}", width=200)
    )
    groups: list[Group] = cached(
        scored,
        f"groups {column} {replace(wanted, group_column='', groups=())} {view.about}",
        lambda: group_table(scored.facts.categories(column), view.outcome, mask),
    )
    shown = _ask_small(groups)
    event: Any = st.dataframe(
        group_frame(shown),
        key=clicked_key(f"group table {scored.job.id} {column} {view.key}"),
        hide_index=True,
        height=min(HEIGHT, 38 + 35 * max(1, len(shown))),
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "group": st.column_config.TextColumn(column, width=115),
            "rows": st.column_config.NumberColumn(format="localized", width=50, help="Scored rows"),
            "negative": st.column_config.NumberColumn(
                format="%.0f\N{NO-BREAK SPACE}%%", width=70, help=f"Share {view.about} of the scored rows"
            ),
            "interval": st.column_config.TextColumn("95 % interval", width=95),
            "difference": st.column_config.NumberColumn(
                "vs rest", format="%+.0f pp", width=65, help="Percentage points more than all other rows"
            ),
            "mark": st.column_config.TextColumn(
                "stands out", width=80, help="Marked when the difference is more than chance after as many comparisons"
            ),
        },
        alt=f"Share {view.about} by {column}, worst first. {in_words(groups)}",
    )
    st.caption(ui.plain(in_words(groups)), help=ORDER)
    chosen = tuple(shown[row].name for row in event["selection"]["rows"] if row < len(shown))
    if chosen and (column, chosen) != (wanted.group_column, wanted.groups):
        narrow(group_column=column, groups=chosen)
        st.rerun()


def _ask_small(groups: list[Group]) -> list[Group]:
    """Return the groups to list, with the small ones at the end if the user asks for them."""
    listed, small = listed_and_small(groups)
    if not small:
        return listed
    asked = st.toggle(f"Show {small_counted(small)}", key="small groups")
    return listed + small if asked else listed


def group_frame(groups: Sequence[Group]) -> pd.DataFrame:
    """Return one row per group: name, rows, percent negative, its interval, difference in points, a mark."""
    columns = ["group", "rows", "negative", "interval", "difference", "mark"]
    return pd.DataFrame([_group_row(group) for group in groups], columns=columns)


def show_trend(scored: Scored, view: View) -> None:
    """Draw the share of negative reviews over time, for all selected rows or for up to five groups."""
    wanted = view.wanted
    st.header("Since when", anchor=False)
    dates = date_columns(scored.facts)
    if not dates:
        st.caption("This table has no column of dates.")
        return
    with st.container(horizontal=True):
        unit = st.selectbox(
            "Period", [None, *UNITS], format_func=lambda name: (name or "automatic").capitalize(), width=150
        )
        splits = [None, *category_columns(scored.facts)]
        split = st.selectbox("Split by", splits, format_func=lambda name: name or TOGETHER, width=200)
        if len(dates) > 1:
            first = dates.index(wanted.date_column) if wanted.date_column in dates else 0
            dates = [str(st.selectbox("Date column", dates, first, width=150))]
    found: Trend = cached(
        scored,
        f"trend {dates[0]} {unit} {split} {view.key}",
        lambda: trend_of(scored, view, dates[0], unit, split),
    )
    if found.frame.empty:
        st.caption("None of these rows has a date that can be read.")
        return
    event: Any = st.altair_chart(
        answer_charts.trend_chart(found, view.about),
        key=clicked_key(f"trend {scored.job.id} {view.key}"),
        on_select="rerun",
        selection_mode=answer_charts.PERIOD,
        alt=f"Share {view.about} by {found.unit}. {changes_in_words(found)}",
    )
    left_out = f" Leaves out {counted(found.left_out, 'row')} without a date." if found.left_out else ""
    st.caption(f"{changes_in_words(found)}{left_out}")
    if points := event["selection"].get(answer_charts.PERIOD):
        begin, end = period_bounds(pd.Timestamp(points[0][answer_charts.START]), found.unit)
        if (begin, end) != (wanted.first, wanted.last):
            narrow(date_column=dates[0], first=begin, last=end)
            st.rerun()


def trend_of(scored: Scored, view: View, dates: str, unit: Any, split: str | None) -> Trend:
    """Return the trend of the selected rows; with `split`, one line per selected group, or for the five largest."""
    wanted, outcome, mask = view.wanted, view.outcome, view.mask
    if split is None:
        return trend(scored.facts.dates(dates), outcome, mask, unit)
    categories = scored.facts.categories(split)
    groups = wanted.groups if split == wanted.group_column and wanted.groups else ()
    if not groups:
        by_size = sorted(group_table(categories, outcome, mask), key=lambda group: -group.rows)
        groups = tuple(group.name for group in by_size[:MOST_GROUPS])
    return trend(scored.facts.dates(dates), outcome, mask, unit, categories, groups)


def changes_in_words(found: Trend) -> str:
    """Return in sentences where the share changed by more than chance."""
    if not found.changes:
        return "No lasting change that chance does not explain."
    return " ".join(
        ui.plain(
            f"{f'{change.group}: ' if change.group else ''}{percent(change.before)} before "
            f"{change.period:%-d %B %Y}, {percent(change.after)} from then on."
        )
        for change in found.changes
    )


def _group_row(group: Group) -> tuple[str, int, float, str, float, str]:
    mark = "" if not group.stands_out else "▲ worse" if group.difference > 0 else "▼ better"
    interval = f"{percent(group.low)} to {percent(group.high)}"
    return group.name, group.rows, 100 * group.share, interval, 100 * group.difference, mark
