"""The table part of the compare page: which model is better on it, and how similar it is to their training data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.shared import ui
from pages.shared.label_columns import ask_meaning, place, survey
from pages.shared.table_reading import choose_upload
from sentiment.data import bounded_table
from sentiment.data.labels.mapping import LabelMapping
from sentiment.data.table_sample import TableSample
from sentiment.display.report_table import Cards
from sentiment.evaluation import comparison, drift
from sentiment.evaluation.metrics import wilson_interval
from sentiment.model.bundle import Card
from sentiment.prediction import Prediction
from sentiment.system.storage import SAMPLE_TABLE
from sentiment.wording import counted, tenths

SAMPLE, UPLOAD = "Sample table", "Upload a table"
RESULT_KEY = "compared_result"
# Seconds to a minute per model; the margin of error is then below one percentage point either way.
MOST_REVIEWS = 5_000
CHUNK = 128


@dataclass(frozen=True)
class Result:
    """Each model's predictions, by name, for a table's reviews; `question` identifies the request."""

    question: str
    sample: TableSample
    predictions: dict[str, list[Prediction]]


def show_table(cards: Cards) -> None:
    """Draw the choice of a table and, once requested, the result. A fragment: only this part reruns."""
    st.header("One table through every model", anchor=False)
    st.caption("With labels: which model is right more often. With or without: is it like their training data?")
    with ui.errors_shown():
        path = choose_path()
        chosen = choose_columns(path) if path else None
        if path is None or chosen is None:
            return
        text_column, mapping = chosen
        models = {name: card.fingerprint for name, card in cards.items()}
        question = repr((str(path), path.stat().st_mtime_ns, text_column, mapping, models))
        if st.button("Compare on this table", type="primary"):
            sample = bounded_table.draw(path, text_column, mapping, MOST_REVIEWS)
            st.session_state[RESULT_KEY] = Result(question, sample, predict(cards, sample.reviews))
        result: Result | None = st.session_state.get(RESULT_KEY)
        if result and result.question == question:
            show_result(cards, result)


def choose_path() -> Path | None:
    """Draw the choice between the sample and an upload, which is stored on disk; None while there is none."""
    source = st.segmented_control(
        "Table",
        [SAMPLE, UPLOAD],
        default=SAMPLE,
        required=True,
        format_func=ui.option,
        key="compared_source",
        persist_state="session",
    )
    if source == SAMPLE:
        return SAMPLE_TABLE
    return choose_upload("One review per row, with labels if there are any", "compared")


def choose_columns(path: Path) -> tuple[str, LabelMapping | None] | None:
    """Draw the choice of columns and labels; None without a review column, no mapping without usable labels."""
    first = survey(path, None, None, None)
    columns, known = list(first.columns), [None, *first.columns]
    left, right = st.columns(2)
    text = left.selectbox(
        "Column of the reviews",
        columns,
        place(columns, first.text_column),
        key=f"reviews of {path}",
        persist_state="session",
    )
    label = right.selectbox(
        "Column of the labels",
        known,
        known.index(first.label_column),
        format_func=lambda name: name or "none",
        key=f"labels of {path}",
        persist_state="session",
    )
    if text is None:
        st.caption("Choose the column that holds the reviews.")
        return None
    return text, choose_mapping(path, text, label) if label else None


def choose_mapping(path: Path, text: str, label: str) -> LabelMapping | None:
    """Draw which labels are negative and which positive; None, with the reason, if they cannot be used."""
    found = survey(path, text, label, None)
    mapping = ask_meaning(found, f"compared {path} {label}")
    if mapping is not None and mapping != found.mapping:
        found = survey(path, text, label, mapping)
    for problem in found.problems:
        st.caption(f":material/info: The labels cannot be used. {ui.plain(problem)}")
    return None if found.problems else mapping


def predict(cards: Cards, reviews: Sequence[str]) -> dict[str, list[Prediction]]:
    """Return each model's predictions for the reviews, and draw the progress."""
    bar = st.progress(0.0)
    predictions: dict[str, list[Prediction]] = {name: [] for name in cards}
    total = len(reviews) * len(cards)
    for number, (name, card) in enumerate(cards.items()):
        predictor = ui.predictor(card.directory)
        for start in range(0, len(reviews), CHUNK):
            done = number * len(reviews) + start
            bar.progress(done / total, text=f"{ui.plain(name)}: {start:,} of {len(reviews):,} reviews")
            predictions[name] += predictor.score(reviews[start : start + CHUNK])
    bar.empty()
    return predictions


def show_result(cards: Cards, result: Result) -> None:
    """Draw what was compared, which model is right more often, and how the table differs from the training data."""
    count, distinct = len(result.sample.reviews), result.sample.distinct
    drawn = f"{count:,} of {distinct:,} different reviews, drawn at random." if count < distinct else ""
    st.caption(drawn or f"All {count:,} different reviews of the table.")
    labelled = [number for number, label in enumerate(result.sample.labels) if label is not None]
    if labelled:
        show_contest(cards, result, labelled)
    st.markdown("**Is the table like the training data of the models?**")
    for name, card in cards.items():
        show_drift(name, card, result.predictions[name])


def show_contest(cards: Cards, result: Result, rows: Sequence[int]) -> None:
    """Draw the accuracy of each model on the labelled rows, and the first one compared with each of the others.

    A model that was trained on the table knows the labels, so a warning replaces its figures.
    """
    st.markdown(f"**Which is right more often on the {len(rows):,} that have a label?**")
    if familiar := trained_on(cards, result):
        were = "was" if len(familiar) == 1 else "were"
        st.warning(
            f"{ui.plain(' and '.join(familiar))} {were} trained on this table, so a comparison here says nothing about "
            "new reviews. Compare on a table that no model was trained on.",
            icon=":material/warning:",
        )
    labels = [result.sample.labels[row] or 0 for row in rows]
    right = {
        name: comparison.hits([said[row] for row in rows], labels)
        for name, said in result.predictions.items()
        if name not in familiar
    }
    if not right:
        return
    if few := comparison.caution(len(rows)):
        st.markdown(few)
    else:
        show_accuracies(right)
    first, *others = right
    for name in others:
        found = comparison.contest(right[first], right[name])
        st.markdown(f"**{ui.plain(comparison.in_words(found, first, name))}**")
        st.caption(ui.plain(comparison.evidence(found, first, name)))
    if unlabelled := len(result.sample.labels) - len(rows):
        st.caption(
            f"{counted(unlabelled, 'review')} left out: no label, one that does not count, or different labels in "
            "different rows."
        )
    for name, card in cards.items():
        show_reservations(name, card, result, rows)


def show_accuracies(right: Mapping[str, NDArray[np.bool_]]) -> None:
    """Draw the accuracy of each model, by name, with its interval; True (reviews,) where it is correct."""
    for column, (name, hits) in zip(st.columns(len(right)), right.items(), strict=True):
        low, high = wilson_interval(int(hits.sum()), len(hits))
        caption = f"95 %: {tenths(low)} to {tenths(high)}"
        column.metric(name, tenths(hits.mean()), caption, delta_color="off", delta_arrow="off", border=True)


def trained_on(cards: Cards, result: Result) -> list[str]:
    """Return the names of the models that were trained on the compared table."""
    return [name for name, card in cards.items() if card.config.data.get("digest") in result.sample.digests]


def show_reservations(name: str, card: Card, result: Result, rows: Sequence[int]) -> None:
    """Draw the caveats of a model's accuracy on this table."""
    if unscored := sum(result.predictions[name][row].sentiment == "unscored" for row in rows):
        st.caption(f"{ui.plain(name)} left {unscored:,} of the reviews unscored; they count as wrong.")


def show_drift(name: str, card: Card, predictions: Sequence[Prediction]) -> None:
    """Draw how the table differs from the model's training data."""
    known = drift.of_report(card.report)
    caption = (
        drift.compare(known, drift.profile(predictions))
        if known
        else ["Its report card does not describe its training data: an earlier version made it."]
    )
    st.markdown(f"{ui.plain(name)}: {ui.plain(' '.join(caption))}")
