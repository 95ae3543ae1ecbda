"""Score a table: choose it, watch the job that scores it, look at the result and take it away.

The address keeps the job (`?job=…`), so a reload shows it again; the job itself is a process of its own.
"""

import streamlit as st

from pages.score.scorer_choice import choose_scorer
from pages.score.table_choice import choose_table, show_problems, show_table
from pages.score.table_result import show_result
from sentiment import batch_jobs, job_table, jobs, ui
from sentiment.errors import JobError
from sentiment.jobs import Job
from sentiment.tables import Problem

JOB_KEY = "table_job"
REFRESH = "1s"
RECENT = 5


def opened_job() -> Job | None:
    """Return the job of the address, or the one that this session looked at last; None when there is none."""
    identifier = st.query_params.get("job") or st.session_state.get(JOB_KEY)
    if not identifier:
        return None
    try:
        job = jobs.find("score", identifier)
    except JobError as error:
        ui.show_error(error)
        forget_job()
        return None
    remember_job(job)
    return job


def remember_job(job: Job) -> None:
    """Keep the job in the address and in the session."""
    st.session_state[JOB_KEY] = st.query_params["job"] = job.id


def forget_job() -> None:
    """Let the page open with the choice of a table again."""
    st.session_state.pop(JOB_KEY, None)
    st.query_params.pop("job", None)


def choose() -> None:
    """Draw the choice of table and model, and start the job when asked to or when it is known already."""
    left, right = st.columns([3, 1])
    with right, ui.errors_shown():
        choice = choose_scorer()
    with left:
        path, fresh = choose_table()
    request, button_place = show_table(path, choice)
    known = batch_jobs.find(request) if request else None
    with button_place:
        words = label(known, request.rows if request else 0)
        asked = st.button(words, type="primary", disabled=request is None, key="start")
    if request and (asked or (fresh and known)):
        with ui.errors_shown():
            remember_job(batch_jobs.start(request))
        st.rerun()


def label(known: Job | None, rows: int) -> str:
    """Return what the button does, by what has been done with this table before."""
    if known is None:
        return f"Score {rows:,} {'row' if rows == 1 else 'rows'}" if rows else "Score"
    return "Show the result" if batch_jobs.result(known) else "Show the progress" if known.is_active else "Continue"


def show_recent() -> None:
    """Draw the earlier tables, to open or to delete."""
    found = batch_jobs.recent()
    if not found:
        return
    st.subheader("Earlier tables", anchor=False)
    shown = found if st.session_state.get("all_tables") else found[:RECENT]
    for job in shown:
        with st.container(horizontal=True, vertical_alignment="center", key=f"earlier_{job.id}"):
            request = batch_jobs.request_from(job.settings)
            if st.button(ui.plain(request.path.name), type="tertiary", key=f"open_{job.id}", help="Open"):
                remember_job(job)
                st.rerun()
            told = f"{job_table.state_in_words(job.state)} · {request.rows:,} rows · {request.model_name}"
            st.caption(ui.plain(f"{told} · {job_table.duration(job.age)} ago"), width="content")
            with st.popover("", type="tertiary", icon=":material/delete:", disabled=job.is_active, help="Delete"):
                st.write("The scored table goes away, and the upload when nothing else uses it.")
                if st.button("Delete it", key=f"delete_{job.id}"):
                    batch_jobs.delete(job)
                    st.rerun()
    if len(found) > RECENT:
        st.toggle(f"All {len(found)}", key="all_tables")


def watch(identifier: str, was_active: bool) -> None:
    """Draw how far the job is. The page's only fragment with a clock: it runs each second while the job works."""
    job = jobs.find("score", identifier)
    if job.is_active != was_active:
        st.rerun()
    if not job.is_active:
        return
    progress = batch_jobs.progress(job)
    share = progress.rows_done / progress.rows if progress and progress.rows else 0.0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(share, text=batch_jobs.progress_in_words(job))
        if st.button("Cancel", disabled=job.state == "stopping", help="What is done is kept"):
            job.stop()
    st.caption("You may leave or close this page: the scoring goes on, and its address brings you back.")


def show_job(job: Job) -> None:
    """Draw a job: its table, then its progress, why it ended early, or its result."""
    request = batch_jobs.request_from(job.settings)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        told = filter(None, (f"{request.rows:,} rows", f"text column {request.text_column}", request.reading))
        words = " · ".join([*told, f"model {request.model_name}"])
        st.markdown(f"**{ui.plain(request.path.name)}** · {ui.plain(words)}", width="content")
        st.button("Another table", on_click=forget_job, icon=":material/arrow_back:")
    st.fragment(watch, run_every=REFRESH if job.is_active else None)(job.id, job.is_active)
    if job.state in ("stopped", "failed"):
        show_interrupted(job)
    elif result := batch_jobs.result(job):
        problems = job.config["summary"]["problems"]
        show_problems(tuple(Problem(**one) for one in problems), job.config["summary"]["problem_count"])
        show_result(result, request)


def show_interrupted(job: Job) -> None:
    """Draw why a job ended early, what is kept of it, and the way on."""
    progress = batch_jobs.progress(job)
    kept = (
        f"{progress.rows_done:,} of {progress.rows:,} rows are scored and kept." if progress else "No row is done yet."
    )
    if job.state == "failed":
        st.error(ui.plain(job.reason), title="The scoring has failed", icon=":material/error:")
        st.write(kept)
    else:
        st.info(f"The scoring was stopped. {kept}", icon=":material/pause_circle:")
    if st.button("Continue", type="primary"):
        with ui.errors_shown():
            job.resume()
        st.rerun()


st.title("Score a table")
job = opened_job()
if job is not None:
    show_job(job)
else:
    choose()
    show_recent()
