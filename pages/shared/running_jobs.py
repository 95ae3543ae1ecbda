"""The running jobs of every kind in the sidebar, and a note when one has ended."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.shared import navigation, ui
from sentiment.errors import JobError
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import JobKind, JobState

REFRESH = "2s"
SHOWN = 5
LABEL_LENGTH, SHORTEST_TITLE = 28, 12  # characters that the sidebar shows of a link, which does not wrap
ACTIVE_KEY = "active_jobs"
PAGES: dict[JobKind, tuple[str, str]] = {
    "train": ("pages/train/monitor.py", "run"),
    "pretrain": ("pages/train/monitor.py", "run"),
    "score": ("pages/score/batch.py", "job"),
    "transform": ("pages/score/transform.py", "job"),
}
DOING: dict[JobKind, str] = {
    "train": "training",
    "pretrain": "pretraining",
    "score": "scoring",
    "transform": "scoring on SageMaker",
}
ENDINGS: dict[JobState, tuple[str, str]] = {
    "done": ("finished", ":material/check:"),
    "stopped": ("stopped", ":material/stop_circle:"),
    "failed": ("failed", ":material/error:"),
}


def show_running_jobs() -> None:
    """Draw a link to each running job. While there is one, the list is refreshed and ended jobs are announced."""
    active = active_jobs()
    navigation.timed(_watch, REFRESH if active else None)(active)


def active_jobs() -> list[Job]:
    """Return the jobs of every kind that have a page and are running, newest first."""
    return [job for job in registry.all_jobs(*PAGES) if job.is_active]


def title(job: Job) -> str:
    """Return the title of a job: the table that it scores, or the name of its model."""
    path = job.settings.get("path")
    return Path(path).name if isinstance(path, str) else job.name


def link_label(job: Job) -> str:
    """Return the title of a job and what it does, with a title that leaves room for both in the sidebar."""
    room = max(SHORTEST_TITLE, LABEL_LENGTH - len(DOING[job.kind]))
    name = title(job)
    return f"{ui.plain(name if len(name) <= room else f'{name[: room - 1]}…')} · {DOING[job.kind]}"


def _watch(drawn: Sequence[Job]) -> None:
    """Draw the list. A fragment: it reruns every two seconds while a job is running."""
    active = active_jobs()
    _announce_endings(active)
    for job in active[:SHOWN]:
        page, parameter = PAGES[job.kind]
        st.page_link(
            page,
            label=link_label(job),
            icon=":material/pending:",
            help=ui.plain(title(job)),
            query_params={parameter: job.id},
        )
    if len(active) > SHOWN:
        st.caption(f"and {len(active) - SHOWN} more")
    if bool(active) != bool(drawn):
        # The timer is part of the fragment as the page drew it.
        navigation.redraw_page()


def _announce_endings(active: Sequence[Job]) -> None:
    """Announce each job that was running at this session's last check and is not any more."""
    before: set[Path] = st.session_state.get(ACTIVE_KEY, set())
    now = st.session_state[ACTIVE_KEY] = {job.directory for job in active}
    for directory in before - now:
        try:
            job = registry.load(directory)
        except JobError:
            continue  # deleted since
        if job.is_active:
            continue  # resumed since
        word, icon = ENDINGS[job.state]
        st.toast(f"{ui.plain(title(job))}: {DOING[job.kind]} {word}", icon=icon, duration="long")
