"""Comparison of the verdicts with the table's own labels, at any threshold; a cell of the matrix opens its rows."""

from typing import Any

import streamlit as st

from pages.results.filter_bar import clicked_key, narrow
from pages.shared import ui
from sentiment.display import result_charts
from sentiment.scoring.label_check import LabelCheck, Measures
from sentiment.wording import counted, tenths

# The row's label, its class at the threshold, and the name of the count in `Measures`.
CELLS = (("positive", "negative", "positive_as_negative"), ("negative", "positive", "negative_as_positive"))


def show_labels(check: LabelCheck, caution: str) -> None:
    """Draw the comparison over all rows. A fragment: only this part reruns when the threshold changes.

    `caution` states why the figures are too optimistic; "" if they are not.
    """
    st.header("Against the labels", anchor=False)
    if caution:
        st.warning(ui.plain(caution), icon=":material/warning:")
    meaning = f"positive is {', '.join(check.mapping.positive)}; negative is {', '.join(check.mapping.negative)}"
    rows = f'All rows with one of these labels in column "{check.column}": {meaning}.'
    left_out = (
        f" Leaves out {counted(check.left_out, 'row')} with another label or none, or without a score."
        if check.left_out
        else ""
    )
    st.caption(ui.plain(rows + left_out))
    threshold = st.slider("Positive from this probability on", 0.0, 1.0, 0.5, 0.01, key="threshold")
    measures = check.at(threshold)
    figures = {
        "Accuracy": (measures.accuracy, f"95 %: {100 * measures.accuracy_low:.1f}–{tenths(measures.accuracy_high)}"),
        "Precision": (measures.precision, "of positive verdicts"),
        "Recall": (measures.recall, "of positive labels"),
    }
    with st.grid(3, min_column_width=160):
        for name, (value, about) in figures.items():
            text = "none" if value is None else tenths(value)
            st.metric(name, text, about, delta_color="off", delta_arrow="off", border=True)
    left, right = st.columns(2)
    left.altair_chart(
        result_charts.threshold_chart(check.curve(), threshold), alt="Accuracy, precision and recall by threshold"
    )
    with right:
        show_matrix(measures, threshold)
    offer_wrong_rows(measures, threshold)


def show_matrix(measures: Measures, threshold: float) -> None:
    """Draw the confusion matrix. A click on a cell filters the page by its rows."""
    event: Any = st.altair_chart(
        result_charts.confusion_matrix(measures),
        key=clicked_key("confusion_matrix"),
        on_select="rerun",
        selection_mode=result_charts.CELL,
        alt=f"{measures.positive_as_positive} positive rows called positive, {measures.positive_as_negative} negative; "
        f"{measures.negative_as_negative} negative rows called negative, {measures.negative_as_positive} positive",
    )
    if cells := event["selection"].get(result_charts.CELL):
        open_cell(str(cells[0]["label"]), str(cells[0]["predicted"]), threshold)


def offer_wrong_rows(measures: Measures, threshold: float) -> None:
    """Draw a button for each type of error, which filters the page by its rows."""
    with st.container(horizontal=True):
        for label, called, field in CELLS:
            count = getattr(measures, field)
            words = f"Show {counted(count, f'{label} row')} called {called}"
            if st.button(words, key=f"cell {label}", type="tertiary", icon=":material/filter_alt:", disabled=not count):
                open_cell(label, called, threshold)


def open_cell(label: str, called: str, threshold: float) -> None:
    """Filter the page by the rows of a cell."""
    narrow(label=label, probability=(threshold, 1.0) if called == "positive" else (0.0, threshold))
    st.rerun()
