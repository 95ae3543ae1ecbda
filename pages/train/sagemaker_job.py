"""The part of the monitor page about SageMaker: where a job runs, what it costs, and the download of its model."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.shared import ui
from sentiment.cloud.aws import prices
from sentiment.errors import SentimentError
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.system.background import BackgroundDownload, Received


def draw_place(job: Job) -> None:
    """Draw where on SageMaker the job runs, its cost, and a link to the AWS console; nothing for a local job."""
    run = job.sagemaker
    if run is None:
        return
    kind = f"spot {'instances' if run.place.instances > 1 else 'instance'} " if run.place.spot else ""
    words = f"{kind}{run.place.machines} in {run.place.region}, {prices.amount(run.cost)}"
    billed = "as billed" if run.standing.billed_seconds is not None else "so far"
    link = f"  [Open in the AWS console]({run.console})" if run.console else ""
    st.caption(f"On SageMaker: {words} {billed}.{link}")


def follow_orphaned(found: Sequence[Job]) -> list[Job]:
    """Restart the follower of each job whose follower has died; return the jobs in their new state."""
    return [_followed(job) if job.is_orphaned else job for job in found]


def draw_bring_home(job: Job) -> None:
    """Draw the button that downloads the model of a SageMaker job, or the progress of the download."""
    run = job.sagemaker
    if run is None or not run.standing.artefact or job.bundle:
        return
    coming = _homecoming(job.id)
    if coming.is_running:
        st.progress(coming.share, text=f"Downloading: {coming.done_bytes / 1e6:.1f} MB. You can leave this page.")
        return
    if st.button(
        "Download the model", type="primary", help="Downloads the model, checks it and makes it available for scoring"
    ):
        coming.start(job.directory)
        st.rerun()
    if coming.error:
        st.error(ui.plain(coming.error), icon=":material/error:")


def is_coming_home(job: Job) -> bool:
    """Return whether the job's model is being downloaded."""
    return job.sagemaker is not None and _homecoming(job.id).is_running


@st.cache_resource
def _homecoming(identifier: str) -> BackgroundDownload:
    """Return the download of a job's model, shared by all sessions."""
    return BackgroundDownload(_bring_home)


def _bring_home(directory: Path, report: Received) -> Path:
    from sentiment.cloud.training import training_jobs

    return training_jobs.bring_home(registry.load(directory), report).directory


def _followed(job: Job) -> Job:
    try:
        _follow_again(job.directory)
        return registry.load(job.directory)
    except SentimentError:
        return job


# A follower that fails to start should not be restarted at every poll.
@st.cache_data(ttl=30, show_spinner=False)
def _follow_again(directory: Path) -> None:
    registry.load(directory).follow_again()
