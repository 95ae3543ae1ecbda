"""The filter bar: one filter for everything on the result page, stored in the page's URL.

The URL is the source of truth. Widgets open with its values and write changes back to it. A click elsewhere on the
page, a link or the Back button changes only the URL: the bar then draws new widgets, and so do the clickable charts and
tables, which would otherwise report an old click again.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import streamlit as st

from pages.shared import ui
from sentiment.answers.facts import TableFacts
from sentiment.answers.filters import QUERY_NAMES, Filter
from sentiment.prediction import SENTIMENTS

DRAWN_KEY, TURN_KEY = "filter_drawn", "filter_turn"
# What the link asked for and the table lacks, until the filter is changed.
MISSING_KEY = "filter_missing"


def in_address() -> Filter:
    """Return the filter of the page's URL."""
    return Filter.from_query({name: st.query_params.get_all(name) for name in QUERY_NAMES})


def address() -> dict[str, list[str]]:
    """Return the query parameters of job and filter, for opening another page about the same table."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def write(wanted: Filter) -> None:
    """Write the filter to the page's URL, as one step of the browser's history."""
    others = {name: values for name, values in address().items() if name not in QUERY_NAMES}
    st.query_params.from_dict(others | wanted.to_query())


def narrow(**changes: Any) -> None:
    """Change fields of the filter. For callbacks and for clicks on charts and tables."""
    _next_turn()
    write(replace(in_address(), **changes))


def clear() -> None:
    """Clear the filter."""
    _next_turn()
    write(Filter())


def clicked_key(name: str) -> str:
    """Return the key of a chart or table whose clicks narrow the filter; it changes after each click and each Back.

    A script run that is interrupted, as by a quick Back, leaves its widgets' values behind. Under the same key, the
    chart would report its old click again, and the filter that the user has just left would return.
    """
    return f"{name} {st.session_state.get(TURN_KEY, 0)}"


def _next_turn() -> None:
    st.session_state[TURN_KEY] = st.session_state.get(TURN_KEY, 0) + 1


def choose_filter(facts: TableFacts, themes: tuple[str, ...], scales: tuple[int | None, int | None]) -> Filter:
    """Draw the bar and return the filter; `scales` are the star scales of the table and of the model."""
    now = in_address()
    is_opened = now != st.session_state.get(DRAWN_KEY)
    if is_opened:
        _next_turn()
    turn = str(st.session_state.get(TURN_KEY, 0))
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key="filter_bar"):
        chosen = _ask_text(now, turn)
        chosen = _ask_sentiments(facts, chosen, turn)
        chosen = _ask_group(facts, chosen, turn)
        chosen = _ask_dates(facts, chosen, turn)
        with st.popover(_more_label(now), icon=":material/tune:"):
            chosen = _ask_stars(scales, chosen, turn)
            chosen = _ask_flags(facts, chosen, turn)
            chosen = _ask_phrase(chosen, turn)
            chosen = _ask_theme(themes, chosen, turn)
    if is_opened:
        st.session_state[MISSING_KEY] = unavailable(now, chosen).words()
    elif chosen != now:
        st.session_state[MISSING_KEY] = ""
    if missing := st.session_state[MISSING_KEY]:
        st.warning(
            f"The link asks for {ui.plain(missing)}, which this table does not have. That condition is left out.",
            icon=":material/filter_alt_off:",
        )
    if chosen != now:
        write(chosen)
    st.session_state[DRAWN_KEY] = chosen
    return chosen


def unavailable(asked: Filter, opened: Filter) -> Filter:
    """Return the conditions of a link that the bar, `opened` with it, does not have since the table lacks them."""
    groups = tuple(name for name in asked.groups if name not in opened.groups)
    has_dates = opened.date_column == asked.date_column and (opened.first or opened.last)
    return Filter(
        group_column=asked.group_column,
        groups=groups,
        date_column="" if has_dates else asked.date_column,
        first=asked.first,
        last=asked.last,
        theme=asked.theme if asked.theme != opened.theme else "",
    )


def show_filter(wanted: Filter, rows: int, row_count: int) -> None:
    """State which rows the page covers, with a button to clear the filter."""
    if wanted.is_empty:
        st.caption(f"All {row_count:,} rows." if row_count > 1 else "1 row.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{rows:,} of {row_count:,} rows** · {ui.plain(wanted.words())}", width="content")
        st.button("Clear filter", type="tertiary", icon=":material/filter_alt_off:", on_click=clear, key="clear_filter")


def category_columns(facts: TableFacts) -> list[str]:
    """Return the columns that rows can be grouped by."""
    return [one.column for one in facts.groupings if one.kind == "category"]


def date_columns(facts: TableFacts) -> list[str]:
    """Return the columns that contain dates."""
    return [one.column for one in facts.groupings if one.kind == "date"]


def _ask_text(now: Filter, turn: str) -> Filter:
    typed = st.text_input("Review contains", now.text, type="search", live=True, key=f"text {turn}", width=200)
    return replace(now, text=(typed or "").strip())


def _ask_sentiments(facts: TableFacts, now: Filter, turn: str) -> Filter:
    present = [name for name in SENTIMENTS if facts.scores.counts[name] or name in now.sentiments]
    chosen = st.multiselect(
        "Sentiment", present, list(now.sentiments), placeholder="All", key=f"sentiments {turn}", width=200
    )
    return replace(now, sentiments=tuple(name for name in SENTIMENTS if name in chosen))


def _ask_group(facts: TableFacts, now: Filter, turn: str) -> Filter:
    columns = category_columns(facts)
    if not columns:
        return now
    column = now.group_column if now.group_column in columns else columns[0]
    if len(columns) > 1:
        column = st.selectbox("Group by", columns, columns.index(column), key=f"group_by {turn}", width=140)
    names = sorted(facts.categories(column).names)
    known = [name for name in now.groups if name in names] if column == now.group_column else []
    chosen = st.multiselect(
        ui.plain(column.replace("_", " ").capitalize()),
        names,
        known,
        placeholder="All",
        key=f"groups {column} {turn}",
        width=200,
    )
    return replace(now, group_column=column if chosen or column != columns[0] else "", groups=tuple(chosen))


def _ask_dates(facts: TableFacts, now: Filter, turn: str) -> Filter:
    columns = date_columns(facts)
    if not columns:
        return now
    column = now.date_column if now.date_column in columns else columns[0]
    span = date_span(facts, column)
    if span is None:
        return now
    first, last = span
    asked = (max(now.first or first, first), min(now.last or last, last)) if now.first or now.last else span
    opened = asked if asked[0] <= asked[1] else span
    # It opens with the whole span: Streamlit resets an empty range at each run, and warns about that in its log.
    chosen = st.date_input("Date", opened, first, last, key=f"dates {turn}", format="YYYY-MM-DD", width=230)
    if not isinstance(chosen, tuple) or len(chosen) != 2:  # only the first day so far
        return now
    is_asked = asked == opened == chosen and now.date_column == column
    if chosen == span and not is_asked:
        return replace(now, date_column="", first=None, last=None)
    return replace(now, date_column=column, first=chosen[0], last=chosen[1])


def date_span(facts: TableFacts, column: str) -> tuple[date, date] | None:
    """Return the first and the last day in a date column; None if no date is readable."""
    days = facts.dates(column)
    known = days[~np.isnat(days)]
    return (known.min().item(), known.max().item()) if len(known) else None


def _ask_stars(scales: tuple[int | None, int | None], now: Filter, turn: str) -> Filter:
    own, models = scales
    top = own or models
    if not top:
        return now
    full = (1, top)
    known = (max(1, round(now.stars[0])), min(top, round(now.stars[1]))) if now.stars else full
    whose = "Stars" if own else "Stars expected by the model"
    low, high = st.slider(whose, 1, top, known, key=f"stars {turn}")
    return replace(now, stars=None if (low, high) == full else (float(low), float(high)))


def _ask_flags(facts: TableFacts, now: Filter, turn: str) -> Filter:
    present = list(dict.fromkeys([*facts.scores.flag_counts, *now.flags]))
    chosen = st.multiselect(
        "Flags",
        present,
        list(now.flags),
        format_func=lambda flag: flag.replace("_", " "),
        placeholder="Any",
        key=f"flags {turn}",
    )
    return replace(now, flags=tuple(chosen))


def _ask_phrase(now: Filter, turn: str) -> Filter:
    typed = st.text_input(
        "Phrase", now.phrase, key=f"phrase {turn}", help="Whole words in any case, such as: smelled of damp"
    )
    return replace(now, phrase=" ".join((typed or "").casefold().split()))


def _ask_theme(themes: tuple[str, ...], now: Filter, turn: str) -> Filter:
    known = now.theme if now.theme in themes else None
    if not themes:
        return now
    options = [None, *themes]
    chosen = st.selectbox(
        "Theme", options, options.index(known), format_func=lambda name: name or "Any", key=f"theme {turn}"
    )
    return replace(now, theme=chosen or "")


def _more_label(now: Filter) -> str:
    count = sum(map(bool, (now.stars, now.flags, now.phrase, now.theme)))
    return f"More filters ({count})" if count else "More filters"
