"""The columns of the training table: which contains the reviews, which the labels, and what the labels mean."""

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
from sentiment.data.labels.mapping import LabelMapping
from sentiment.jobs.training_request import TrainingRequest
from sentiment.tables.rows import ReadOptions
from sentiment.text.cleaning import clean
from sentiment.wording import counted

# Below this many labelled rows, fine-tuning the shipped model beats training from scratch.
FEW_ROWS = 5_000
SAMPLES = 3
SAMPLE_CHARACTERS = 200


@dataclass(frozen=True)
class DataChoice:
    """The training data; `ready` is False while it is not usable, `few` marks a small table."""

    path: Path
    text_column: str | None = None
    label_column: str | None = None
    mapping: LabelMapping | None = None
    ready: bool = True
    few: bool = False
    options: ReadOptions = field(default_factory=ReadOptions)


def choose_texts(path: Path, cloned: TrainingRequest | None) -> DataChoice:
    """Draw the choice of the text column for pretraining, with some of its reviews; labels are ignored."""
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
    """Draw the choice of columns and label values, with three reviews of each class, and any problems."""
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
    """Return the options for reading the table: as chosen here, else those of the cloned job."""
    asked = asked_options(path)
    return cloned.options if cloned and asked == ReadOptions() else asked


def show_survey(found: Survey) -> None:
    """Draw the training reviews, with counts and examples, and every problem with them."""
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
    """Return the beginning of a review, without its own markup and with Markdown escaped."""
    return ui.plain(shorten(clean(review), SAMPLE_CHARACTERS, placeholder=" …"))
