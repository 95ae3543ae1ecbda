"""A table's score job as pages show it: which job is open, its progress, why it ended, earlier ones.

The pages for scoring here and on SageMaker share this. The URL contains the job (`?job=…`), so a reload shows it again;
the job itself is a separate process.
"""

from collections.abc import Callable

import streamlit as st

from pages.shared import navigation, ui
from pages.shared.browser import is_drawn
from sentiment.display import job_table
from sentiment.errors import JobError
from sentiment.jobs import registry, scoring_request
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import JobKind
from sentiment.jobs.scoring_request import BatchRequest
from sentiment.wording import counted, duration

REFRESH = "1s"
# A table of up to this many rows is scored in seconds, so the page polls at a shorter interval.
FEW_ROWS, SOON = 20_000, "300ms"
WATCHED_KEY, LED_ON_KEY = "watched_job", "led_on_job"

# The query parameter of the result page that names a job of each kind.
RESULT_PARAMETERS: dict[JobKind, str] = {"score": "job", "transform": "transform"}

HowFar = Callable[[Job], tuple[str, float]]


def opened(kind: JobKind) -> Job | None:
    """Return the job of the URL, or the last one that this session viewed; None if there is none."""
    identifier = st.query_params.get("job") or st.session_state.get(_key(kind))
    if not identifier:
        return None
    try:
        job = registry.find(kind, identifier)
    except JobError as error:
        ui.show_error(error)
        forget(kind)
        return None
    remember(job)
    return job


def remember(job: Job) -> None:
    """Store the job in the URL and in the session."""
    st.session_state[_key(job.kind)] = st.query_params["job"] = job.id


def open_job(job: Job) -> None:
    """Redraw the page with the job open; a finished one leads to its result."""
    st.session_state.pop(LED_ON_KEY, None)
    remember(job)
    st.rerun()


def forget(kind: JobKind) -> None:
    """Make the page open with the choice of a table again."""
    st.session_state.pop(_key(kind), None)
    st.query_params.pop("job", None)


def open_result(job: Job) -> None:
    """Switch to the result of a finished job; this page then opens with the choice of a table again.

    A job that was watched here had a timed fragment, so the browser must first have drawn the page without it. Users
    who return here from the result are not sent to it again.
    """
    is_watched = st.session_state.get(WATCHED_KEY) == job.id
    is_back = st.session_state.get(LED_ON_KEY) == job.id and not is_watched
    if is_watched or is_back:
        st.success(f"Scored {ui.plain(scoring_request.request_from(job.settings).path.name)}.", icon=":material/check:")
        asked = st.button("Show the result", type="primary", icon=":material/insights:")
        if is_back:
            st.session_state.pop(_key(job.kind), None)  # without a job, the page opens with the choice of a table
        if not asked and (is_back or not is_drawn(f"end of {job.id}")):
            return
    st.session_state.pop(WATCHED_KEY, None)
    st.session_state[LED_ON_KEY] = job.id
    forget(job.kind)
    st.switch_page("pages/results/result.py", query_params={RESULT_PARAMETERS[job.kind]: job.id})


def draw_heading(job: Job, request: BatchRequest, words: str) -> None:
    """Draw what the job scores, and a link to another table."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{ui.plain(request.path.name)}** · {ui.plain(words)}", width="content")
        st.button("Another table", on_click=forget, args=(job.kind,), icon=":material/arrow_back:")


def draw_progress(job: Job, how_far: HowFar, end: str, about_end: str) -> None:
    """Draw the progress of an active job, and the button `end`; `how_far` gives it in words and as a share, 0 to 1.

    The fragment exists only while the job is active. Streamlit drops a late request for a fragment that no longer
    exists; a request for one that does can overwrite the part of the page that reports how the job ended.
    """
    if job.is_active:
        st.session_state[WATCHED_KEY] = job.id
        navigation.timed(_watch, _refresh(job))(job, how_far, end, about_end)


def draw_interruption(job: Job, after_failure: str, after_stop: str) -> None:
    """Draw why a job ended early, what that means for its results, and how to continue."""
    if job.state == "failed":
        st.error(ui.plain(job.reason), title="The scoring has failed", icon=":material/error:")
        st.write(after_failure)
    else:
        st.info(after_stop, icon=":material/pause_circle:")
    if st.button("Continue", type="primary"):
        with ui.errors_shown():
            job.resume()
        st.rerun()


def draw_earlier(job: Job) -> None:
    """Draw an earlier job, to open."""
    request = scoring_request.request_from(job.settings)
    if st.button(ui.plain(request.path.name), type="tertiary", key=f"open_{job.id}", help="Open"):
        open_job(job)
    facts = f"{job_table.state_in_words(job.state)} · {counted(request.rows, 'row')} · {request.model_name}"
    st.caption(ui.plain(f"{facts} · {duration(job.age)} ago"), width="content")


def _watch(shown: Job, how_far: HowFar, end: str, about_end: str) -> None:
    """Draw the progress. The page's only timed fragment: it reruns every second while the job is active."""
    try:
        job = registry.load(shown.directory)
    except (JobError, OSError):  # its folder has been deleted
        forget(shown.kind)
        st.rerun()
    if not job.is_active:
        st.rerun()
    words, share = how_far(job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(share, text=ui.plain(words))
        if st.button(end, disabled=job.state == "stopping", help=about_end):
            job.stop()
    st.caption("You can leave or close this page: scoring continues, and this address leads back to it.")


def _key(kind: JobKind) -> str:
    return f"{kind}_job"


def _refresh(job: Job) -> str:
    return SOON if job.settings.get("rows", FEW_ROWS) < FEW_ROWS else REFRESH
