"""Score a table: choose it and watch the job that scores it, which leads to the result page.

The job is a separate process; `table_job` keeps it in the URL.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from pages.score import table_job
from pages.score.scorer_choice import choose_scorer
from pages.score.table_choice import choose_table, show_table
from pages.shared import ui
from pages.shared.table_reading import asked_options, preview_of
from sentiment.errors import TableError
from sentiment.jobs import scoring_request
from sentiment.jobs.registry import Job
from sentiment.wording import counted

RECENT = 5


def choose() -> None:
    """Draw the choice of table and model, and start the job if requested, or open the existing one."""
    left, right = st.columns(2)
    with right, ui.errors_shown():
        choice = choose_scorer()
    with left:
        path, fresh = choose_table()
    with table_place(path, fresh):
        request, button_place = show_table(path, choice)
    known = scoring_request.find(request) if request else None
    with button_place:
        words = label(known, request.rows if request else 0)
        asked = st.button(words, type="primary", disabled=request is None, key="start")
    if request and (asked or (fresh and known)):
        with ui.errors_shown():
            job = scoring_request.start(request)
        table_job.open_job(job)


def table_place(path: Path, fresh: bool) -> Any:
    """Return where to draw the table, which has been read by then.

    A new table replaces the previous one while it is being read, so that the previous one is not scored by mistake.
    """
    if not fresh:
        return st.container()
    place = st.empty()
    with suppress(TableError):  # reported where the table is drawn
        preview_of(path, asked_options(path))
    return place.container()


def label(known: Job | None, rows: int) -> str:
    """Return the button's label, depending on any earlier job for this table."""
    if known is None:
        return f"Score {counted(rows, 'row')}" if rows else "Score"
    return (
        "Show the result" if scoring_request.result(known) else "Show the progress" if known.is_active else "Continue"
    )


def show_recent() -> None:
    """Draw the earlier tables, to open or to delete."""
    found = scoring_request.recent()
    if not found:
        return
    st.header("Earlier tables", anchor=False)
    shown = found if st.session_state.get("all_tables") else found[:RECENT]
    for job in shown:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"earlier_{job.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                table_job.draw_earlier(job)
            with st.popover("", type="tertiary", icon=":material/delete:", disabled=job.is_active, help="Delete"):
                st.write("Deletes the scored table, and the upload unless something else uses it.")
                if st.button("Delete it", key=f"delete_{job.id}"):
                    scoring_request.delete(job)
                    st.rerun()
    if len(found) > RECENT:
        st.toggle(f"All {len(found)}", key="all_tables")


def how_far(job: Job) -> tuple[str, float]:
    """Return the job's progress in words and as the share of scored rows."""
    progress = scoring_request.progress(job)
    share = progress.rows_done / progress.rows if progress and progress.rows else 0.0
    return scoring_request.progress_in_words(job), share


def show_job(job: Job) -> None:
    """Draw a job: its table, then its progress or why it ended early. A finished job leads to its result."""
    request = scoring_request.request_from(job.settings)
    facts = filter(None, (counted(request.rows, "row"), f"text column {request.text_column}", request.reading))
    table_job.draw_heading(job, request, " · ".join([*facts, f"model {request.model_name}"]))
    table_job.draw_progress(job, how_far, "Cancel", "What is done is kept")
    if job.state in ("stopped", "failed"):
        show_interrupted(job)
    elif scoring_request.result(job):
        table_job.open_result(job)


def show_interrupted(job: Job) -> None:
    """Draw why a job ended early, which rows are saved, and how to continue."""
    progress = scoring_request.progress(job)
    kept = (
        f"{progress.rows_done:,} of {progress.rows:,} rows are scored and kept." if progress else "No row is done yet."
    )
    table_job.draw_interruption(job, kept, f"The scoring was stopped. {kept}")


st.title("Score a table")
job = table_job.opened("score")
if job is not None:
    show_job(job)
else:
    choose()
    show_recent()
