"""The choice of a table's label column and of the meaning of its values, kept between reruns."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from pages.shared.lasting import lasting
from sentiment.data import bounded_table
from sentiment.data.examples import CLASS_NAMES
from sentiment.data.labelled import Survey
from sentiment.data.labels.mapping import LabelMapping
from sentiment.jobs.training_request import TrainingRequest
from sentiment.tables.rows import ReadOptions

MOST_VALUES = 200


def ask_meaning(found: Survey, key: str, cloned: TrainingRequest | None = None) -> LabelMapping | None:
    """Draw which labels are negative and which positive, with suggestions; None while a class has none."""
    if found.label_column is None or len(found.values) > MOST_VALUES:
        return None
    guess = found.mapping
    values = list(found.values)
    if len(values) < 2:
        return None
    captions = {value: f"{value or '(empty)'} ({count:,})" for value, count in found.values.items()}
    left, right = st.columns(2)
    chosen = [
        column.multiselect(
            f"Labels that are {CLASS_NAMES[number]}",
            values,
            [value for value in values if guess and guess.label(value) == number],
            format_func=captions.__getitem__,
            **lasting(f"{CLASS_NAMES[number]} {key}", cloned),
        )
        for number, column in ((0, left), (1, right))
    ]
    if not all(chosen) or set(chosen[0]) & set(chosen[1]):
        st.caption("Choose which labels are negative and which positive; the rest is left out.")
        return None
    others = tuple(value for value in values if value not in chosen[0] + chosen[1])
    return LabelMapping(found.label_column, tuple(chosen[0]), tuple(chosen[1]), others, guess.scale if guess else None)


def survey(
    path: Path,
    text: str | None,
    label: str | None,
    mapping: LabelMapping | None,
    options: ReadOptions | None = None,
) -> Survey:
    """Return the survey of the table, which is read again only if the file or the arguments have changed."""
    reading = replace(options or ReadOptions(), text_column=text)
    meaning = mapping.to_json() if mapping else None
    with st.spinner("Reading the table"):
        return _survey(str(path), path.stat().st_mtime_ns, repr(reading), label, meaning, reading)


@st.cache_data(max_entries=16, show_spinner=False)
def _survey(
    path: str, changed: int, reading: str, label: str | None, mapping: str | None, _reading: ReadOptions
) -> Survey:
    meaning = LabelMapping.from_json(mapping) if mapping else None
    return bounded_table.survey(Path(path), _reading, label, meaning)


def place(columns: list[str], name: str | None) -> int | None:
    """Return the index of `name`, None if it is None or missing."""
    return columns.index(name) if name in columns else None
