"""The columns of the table to learn from: which holds the reviews, which the labels, and what the labels mean."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import shorten

import streamlit as st

from pages.shared import ui
from pages.shared.label_columns import ask_meaning, place, survey
from pages.shared.lasting import lasting
from pages.shared.table_reading import asked_options, choose_reading, preview_of
from sentiment.data.examples import CLASS_NAMES
from sentiment.data.labelled import Survey
from sentiment.data.labels import LabelMapping
from sentiment.jobs.training_request import TrainingRequest
from sentiment.tables.rows import ReadOptions
from sentiment.text.cleaning import clean
from sentiment.wording import counted

# Below this many labelled rows, going on from the shipped model beats starting from nothing.
FEW_ROWS = 5_000
SAMPLES = 3
SAMPLE_CHARACTERS = 200


@dataclass(frozen=True)
class DataChoice:
    """What to learn from; `ready` is False while something speaks against it, `few` marks a small table."""

    path: Path
    text_column: str | None = None
    label_column: str | None = None
    mapping: LabelMapping | None = None
    ready: bool = True
    few: bool = False
    options: ReadOptions = field(default_factory=ReadOptions)


def choose_texts(path: Path, cloned: TrainingRequest | None) -> DataChoice:
    """Draw which column holds the reviews to learn the language from, with some of them; labels mean nothing here."""
    options = reading_of(path, cloned)
    first = preview_of(path, replace(options, text_column=cloned.text_column if cloned else None))
    columns = list(first.columns)
    place_of_text = place(columns, first.text_column)
    text = st.selectbox("Column of the reviews", columns, place_of_text, **lasting(f"text {path}", cloned))
    if text is None:
        choose_reading(path, first.detected, first.sheets)
        return DataChoice(path, ready=False)
    found = preview_of(path, replace(options, text_column=text))
    st.markdown(f"**{counted(found.row_count - found.texts.empty, 'review')}**")
    for row in found.rows[:SAMPLES]:
        st.caption(excerpt(row[columns.index(text)]))
    choose_reading(path, found.detected, found.sheets)
    return DataChoice(path, text, options=options)


def choose_labels(path: Path, cloned: TrainingRequest | None) -> DataChoice:
    """Draw which columns and values mean what, with three reviews of each class, and what speaks against it."""
    known = (cloned.text_column, cloned.label_column, cloned.mapping) if cloned else (None, None, None)
    options = reading_of(path, cloned)
    first = survey(path, *known, options)
    columns = list(first.columns)
    left, right = st.columns(2)
    place_of_text, place_of_label = place(columns, first.text_column), place(columns, first.label_column)
    text = left.selectbox("Column of the reviews", columns, place_of_text, **lasting(f"text {path}", cloned))
    label = right.selectbox("Column of the labels", columns, place_of_label, **lasting(f"label {path}", cloned))
    found = survey(path, text, label, known[2] if label == known[1] else None, options)
    mapping = ask_meaning(found, f"{path} {label}", cloned)
    if mapping is not None and mapping != found.mapping:
        found = survey(path, text, label, mapping, options)
    show_survey(found)
    choose_reading(path, found.detected, found.sheets)
    few = sum(found.counts.values()) < FEW_ROWS
    ready = mapping is not None and not found.problems
    return DataChoice(path, text, label, mapping, ready=ready, few=few, options=options)


def reading_of(path: Path, cloned: TrainingRequest | None) -> ReadOptions:
    """Return how the table is to be read: as chosen here, else as the cloned job read it."""
    asked = asked_options(path)
    return cloned.options if cloned and asked == ReadOptions() else asked


def show_survey(found: Survey) -> None:
    """Draw the reviews to learn from, counted and with examples, and every reason against learning from them."""
    classes = CLASS_NAMES.items() if found.mapping else []
    for column, (number, name) in zip(st.columns(2), classes, strict=False):
        column.markdown(f"**{counted(found.counts[number], f'{name} review')}**")
        for review in found.samples[number]:
            column.caption(excerpt(review))
    for problem in found.problems:
        st.error(ui.plain(problem), icon=":material/error:")
    for note in found.notes:
        st.caption(ui.plain(note))


def excerpt(review: str) -> str:
    """Return how a review begins, without markup of its own or of Markdown's."""
    return ui.plain(shorten(clean(review), SAMPLE_CHARACTERS, placeholder=" …"))
