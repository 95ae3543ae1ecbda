"""The table page before scoring: choose a table, see how it is read, and change that."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import server, ui
from pages.shared.table_reading import asked_options, choose_reading, preview_of, take_upload
from sentiment.errors import TableError
from sentiment.jobs import scoring_request
from sentiment.jobs.scoring_request import BatchRequest, Choice
from sentiment.system import storage
from sentiment.tables import uploads
from sentiment.tables.preview import TablePreview
from sentiment.tables.table import Problem
from sentiment.wording import counted

TABLE_KEY, FRESH_KEY = "table", "table_is_fresh"


def choose_table() -> tuple[Path, bool]:
    """Draw the ways to choose a table; return the current one, initially the sample, and whether it is new."""
    for take_what_is_offered in (take_uploaded, take_path):
        try:
            take_what_is_offered()
        except TableError as error:
            # The previous table below the error would look like the one that was meant.
            st.session_state.pop(TABLE_KEY, None)
            ui.show_error(error)
    chosen: Path = st.session_state.get(TABLE_KEY, storage.SAMPLE_REVIEWS)
    fresh = st.session_state.pop(FRESH_KEY, False)
    return (chosen, fresh) if chosen.is_file() else (storage.SAMPLE_REVIEWS, False)


def take_uploaded() -> None:
    """Make an uploaded table the current one."""
    path = take_upload(
        "A table with one review per row: CSV, TSV, Excel, Parquet or JSON",
        "upload_turn",
        "Larger tables can be read from the server's own disk: its owner names the folders that are open to users in "
        f"the environment variable `{uploads.ALLOWED_FOLDERS}`.",
    )
    if path is not None:
        take(path)


def take_path() -> None:
    """Draw the field for a path on the server, if the server's owner has opened folders to users."""
    folders = uploads.allowed_folders()
    if not folders:
        return
    where = ui.plain(", ".join(str(folder) for folder in folders))
    with st.form("path", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input("Or a path on the server", placeholder="reviews.csv", help=f"A file in {where}")
        asked = st.form_submit_button("Open")
    if asked and typed:
        take(uploads.named_path(typed, anywhere=server.is_local()))


def take(path: Path) -> None:
    """Make this table the current one."""
    st.session_state[TABLE_KEY], st.session_state[FRESH_KEY] = path, True
    st.rerun()


def show_table(path: Path, choice: Choice) -> tuple[BatchRequest | None, Any]:
    """Draw the table and how it is read; return the request to score it, and a place next to it for the button."""
    options = asked_options(path)
    try:
        preview = preview_of(path, options)
        if (text_column := asked_text_column(path, preview)) != preview.text_column:
            options = replace(options, text_column=text_column)
            preview = preview_of(path, options)
    except TableError as error:
        ui.show_error(error)
        choose_reading(path)
        return None, st.container()
    button_place = show_headline(path, preview)
    obstacle = obstacle_to_scoring(preview)
    if obstacle:
        st.info(ui.plain(obstacle), icon=":material/info:")
    show_rows(preview)
    show_problems(preview.problems, preview.problem_count)
    choose_reading(path, preview.detected, preview.sheets)
    request = scoring_request.request_of(path, options, preview, choice) if not obstacle else None
    return request, button_place


def obstacle_to_scoring(preview: TablePreview) -> str:
    """Return why a readable table cannot be scored as it is, and what to do; "" if it can."""
    if not preview.row_count:
        elsewhere = "another sheet below, or another table" if len(preview.sheets) > 1 else "another table"
        return f"It has names of columns and no rows: choose {elsewhere}."
    if preview.text_column is None:
        return f"It {preview.obstacle}"
    readable = preview.row_count - preview.problem_count
    if not readable:
        return "None of its rows can be read: change how it is read below, or choose another table."
    if preview.texts.empty == readable:
        return (
            f"There is nothing to score: column {preview.text_column} is empty in every row. "
            "Choose another text column, or another table."
        )
    return ""


def show_headline(path: Path, preview: TablePreview) -> Any:
    """Draw a one-line summary of the table, and the choice of the text column; return the place after it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(gap="xxsmall"):
            is_sample = path == storage.SAMPLE_REVIEWS
            name = f"Sample: {preview.row_count} film reviews" if is_sample else preview.name
            facts = filter(None, ("" if is_sample else counted(preview.row_count, "row"), preview.reading))
            st.markdown(f"**{ui.plain(name)}** · {ui.plain(' · '.join(facts))}")
            st.caption(ui.plain(preview.remarks) or ("Every row can be read." if preview.row_count else ""))
        st.selectbox(
            "Text column",
            preview.columns,
            None if preview.text_column is None else preview.columns.index(preview.text_column),
            key=text_key(path, preview),
            placeholder="Choose the reviews",
            width=220,
            persist_state="session",
        )
        return st.container(width="content")


def show_rows(preview: TablePreview) -> None:
    """Draw the first rows; the column of the longest texts is the widest."""
    frame = pd.DataFrame(preview.rows, columns=list(preview.columns))
    st.dataframe(frame, hide_index=True, placeholder="", alt=f"The first rows of {preview.name}")


def show_problems(problems: tuple[Problem, ...], count: int) -> None:
    """Draw which rows cannot be read, and why; nothing if all can."""
    if not problems:
        return
    with st.expander(f"{counted(count, 'unreadable row')} (left unscored)"):
        rows = [(problem.number, problem.sentence) for problem in problems]
        st.dataframe(pd.DataFrame(rows, columns=["line", "why"]), hide_index=True, alt="Rows that cannot be read")
        if count > len(problems):
            st.caption(f"The first {len(problems):,} of them.")


def asked_text_column(path: Path, preview: TablePreview) -> str | None:
    """Return the chosen text column, else the detected one."""
    return st.session_state.get(text_key(path, preview)) or preview.text_column


def text_key(path: Path, preview: TablePreview) -> str:
    """Return the key of the text column's widget; it differs for other columns."""
    return f"text {path} {zlib.crc32(repr(preview.columns).encode())}"
