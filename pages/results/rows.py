"""The rows: a sortable table, and the selected row in full with its columns, its explanation and feedback buttons."""

import zlib
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.results.column_widths import LEGIBLE, cell_width, review_width
from pages.results.facts import Scored, View, cached, model_obstacle, predictor_of, star_scales
from pages.results.judging import judge, offer_training, show_judged
from pages.shared import ui
from pages.shared.browser import available_width
from sentiment.display.prediction_words import in_short, remarks
from sentiment.scoring.view import ORDERS, SHOWN_ROWS, Rows, ScoredTable
from sentiment.wording import counted, percent

# Pixels; a row shows three lines of its review, and five where these are short.
ROW_HEIGHT, TALL_ROW_HEIGHT, TABLE_HEIGHT, HEADER_HEIGHT = 70, 110, 528, 38
TICK_WIDTH, NUMBER_WIDTH = 36, 60
PREDICTED_WIDTHS = {"probability": 130, "sentiment": 85, "rating": 95, "flags": 90}
USUAL_WIDTH = 800
# Rows that the width of a column is measured on.
MEASURED = 200
ORDER_KEY, PLACE_KEY, TURN_KEY = "rows_order", "rows_place", "rows_turn"


def show_rows(scored: Scored, view: View) -> None:
    """Draw the rows that pass the filter and the selected one. A fragment: selecting rows does not rerun the page."""
    st.header("Rows", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        order = st.selectbox("Order", ORDERS, key=ORDER_KEY, persist_state="session", width=220)
        offer_training()
    rows: Rows = cached(
        scored, f"rows {view.key} {order}", lambda: scored.facts.table.ordered(view.mask.nonzero()[0], order)
    )
    shown = rows[:SHOWN_ROWS]
    table = f"{zlib.crc32(f'{scored.path} {view.key} {order}'.encode())}"
    place = selected_place(table, len(shown))
    more = f" The first {len(shown):,} are shown." if len(rows) > len(shown) else ""
    st.caption(f"{len(rows):,} of {counted(scored.facts.row_count, 'row')}.{more} Select one to read and judge it.")
    frame = cached(scored, f"cells {view.key} {order}", lambda: scored.facts.table.cells(shown))
    draw_table(scored.facts.table, *on_one_scale(scored, frame), table, place)
    if place is not None:
        show_row(scored, int(shown[place]), table, place, len(shown))


def on_one_scale(scored: Scored, frame: pd.DataFrame) -> tuple[pd.DataFrame, int | None]:
    """Return the rows with the model's stars on the table's own scale, and that scale; None without stars."""
    own, models = star_scales(scored)
    if own and models and own != models:
        rating = scored.facts.table.predicted["rating"]
        frame = frame.assign(**{rating: frame[rating] * own / models})
    return frame, own or models


def selected_place(table: str, count: int) -> int | None:
    """Return the index of the selected row among those shown, from 0; None if none is selected."""
    selection = st.session_state.get(widget_key(table), {}).get("selection", {}).get("rows")
    if selection is not None:
        place = selection[0] if selection else None
    else:
        place = st.session_state.get(f"{PLACE_KEY} {table}")
    st.session_state[f"{PLACE_KEY} {table}"] = place
    return place if place is not None and place < count else None


def widget_key(table: str) -> str:
    """Return the key of the table's widget, which changes at each step to the next row, so that it shows that one."""
    return f"rows_{table}_{st.session_state.get(f'{TURN_KEY} {table}', 0)}"


def step(table: str, place: int) -> None:
    """Select the row at that index."""
    st.session_state[f"{TURN_KEY} {table}"] = st.session_state.get(f"{TURN_KEY} {table}", 0) + 1
    st.session_state[f"{PLACE_KEY} {table}"] = place


def draw_table(table: ScoredTable, frame: pd.DataFrame, scale: int | None, key: str, place: int | None) -> None:
    """Draw the rows with the beginnings of their reviews; the model's stars are out of `scale`."""
    names = table.predicted
    others = [name for name in table.columns if name != table.text_column]
    # If the table itself has a column of that name, the model's is marked as such.
    headed = {name: name if names[name] == name else f"model: {name}" for name in ("probability", "sentiment")}
    widths = column_widths(table, frame, available_width("rows_width", USUAL_WIDTH))
    row_height = ROW_HEIGHT if widths[table.text_column] >= LEGIBLE else TALL_ROW_HEIGHT
    st.dataframe(
        frame,
        key=widget_key(key),
        placeholder="",
        column_order=[table.text_column, *(names[n] for n in ("probability", "sentiment", "rating", "flags")), *others],
        column_config={
            **{name: st.column_config.Column(width=width) for name, width in widths.items()},
            "_index": st.column_config.NumberColumn("row", width=NUMBER_WIDTH),
            names["probability"]: st.column_config.ProgressColumn(
                headed["probability"],
                format="%.3f",
                min_value=0,
                max_value=1,
                color="blue",
                width=PREDICTED_WIDTHS["probability"],
                help="Of positive, 0 to 1",
            ),
            names["sentiment"]: st.column_config.TextColumn(headed["sentiment"], width=PREDICTED_WIDTHS["sentiment"]),
            names["rating"]: st.column_config.NumberColumn(
                "model: stars",
                format="%.1f",
                width=PREDICTED_WIDTHS["rating"],
                help=f"The stars that the model expects{f', out of {scale}' if scale else ''}",
            ),
            names["flags"]: st.column_config.TextColumn(width=PREDICTED_WIDTHS["flags"]),
        },
        height=min(TABLE_HEIGHT, HEADER_HEIGHT + row_height * len(frame)),
        row_height=row_height,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [] if place is None else [place]}},
        alt="Scored rows",
    )


def column_widths(table: ScoredTable, frame: pd.DataFrame, available: int) -> dict[str, int]:
    """Return the widths in pixels of the table's own columns in a page that is `available` wide."""
    others = {name: cell_width(name, frame[name].head(MEASURED)) for name in table.columns if name != table.text_column}
    verdict = PREDICTED_WIDTHS["probability"] + PREDICTED_WIDTHS["sentiment"]
    rest = sum(PREDICTED_WIDTHS.values()) - verdict + sum(others.values())
    return others | {table.text_column: review_width(available, TICK_WIDTH + NUMBER_WIDTH, verdict, rest)}


def show_row(scored: Scored, row: int, table: str, place: int, count: int) -> None:
    """Draw a row, numbered from 0: its verdict, its own columns, feedback and navigation buttons, and explanation."""
    from pages.score.why import show_why  # imports torch, which a page without a selected row does not need

    with st.container(border=True), ui.errors_shown():
        review = scored.facts.table.review(row)
        obstacle = model_obstacle(scored)
        prediction = None if obstacle else predictor_of(scored).score([review])[0]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Row {row + 1:,}** · {place + 1:,} of {count:,}", width="content")
            if prediction is not None:
                judge(review, prediction, scored.request.fingerprint)
            back, on = (table, place - 1), (table, place + 1)
            st.button("Previous", key="previous_row", shortcut="P", on_click=step, args=back, disabled=place == 0)
            st.button("Next", key="next_row", shortcut="N", on_click=step, args=on, disabled=place + 1 == count)
        show_judged(review)
        show_cells(scored, row)
        if prediction is None:
            st.markdown(ui.plain(review))
            st.info(obstacle, icon=":material/info:")
            return
        sure = "" if prediction.probability is None else f" {percent(prediction.probability)} positive ·"
        st.markdown(f"**{prediction.sentiment.capitalize()}** ·{sure} {in_short(prediction, star_scales(scored)[1])}")
        for remark in remarks(prediction):
            st.caption(ui.plain(remark))
        show_why(predictor_of(scored), review, prediction)


def show_cells(scored: Scored, row: int) -> None:
    """Draw the table's own columns of the row, next to its review."""
    table = scored.facts.table
    own = [name for name in table.columns if name != table.text_column]
    cells = table.cells(np.array([row]))[own].iloc[0]
    known: list[tuple[str, Any]] = [(name, value) for name, value in cells.items() if not pd.isna(value)]
    if known:
        st.caption(" · ".join(f"{ui.plain(str(name))}: **{ui.plain(str(value))}**" for name, value in known))
