"""Watch training jobs, here and on SageMaker, and compare them; stop, resume, clone, delete, use, download one."""

import zlib
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from pages.shared import ui
from pages.train.sagemaker_job import draw_bring_home, draw_place, follow_orphaned, is_coming_home
from sentiment.cloud.aws import prices
from sentiment.display import job_table, training_curves
from sentiment.display.training_summary import gain, verdict
from sentiment.errors import SentimentError
from sentiment.evaluation.comparison import MINIMUM_JUDGED
from sentiment.jobs import model_library, registry
from sentiment.jobs.registry import Job
from sentiment.system import storage
from sentiment.training.loop.log_lines import EpochRow

REFRESH = "2s"
LOG_LINES = 15
FAILED_LINES = 30
ADDRESS_KEY, TURN_KEY = "monitor_address", "monitor_turn"


def pick(found: Sequence[Job]) -> list[Job]:
    """Draw the list and return the selected jobs, initially the newest.

    The URL contains the ids of jobs that were selected by hand, so that a reload, a link and Back restore them.
    """
    wanted = st.query_params.get_all("run")
    rows = [row for row, job in enumerate(found) if job.id in wanted] or [0]
    warn_of_unknown(wanted, found)
    if wanted != st.session_state.get(ADDRESS_KEY, wanted):
        # The URL was changed by a link or by Back: a new widget opens with its selection.
        st.session_state[TURN_KEY] = st.session_state.get(TURN_KEY, 0) + 1
    # Rows are selected by index, so another list needs another widget.
    key = f"jobs_{zlib.crc32(' '.join(job.id for job in found).encode())}_{st.session_state.get(TURN_KEY, 0)}"
    table = job_table.job_table(found)
    if table["cost"].isna().all():
        table = table.drop(columns="cost")
    event = st.dataframe(
        # The cost is sorted as a number, and displayed like costs everywhere.
        table.style.format({"cost": prices.amount} if "cost" in table else {}, na_rep=""),
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": rows}},
        column_config={
            "progress": st.column_config.ProgressColumn(format="%.0f\N{NO-BREAK SPACE}%%", min_value=0, max_value=100),
            "cost": st.column_config.NumberColumn(help="On SageMaker: so far, or as billed"),
            "accuracy": st.column_config.NumberColumn(
                format="%.4f",
                help="Of the finished model, or of the best epoch so far on the validation part; none for a model "
                f"that was judged on fewer than {MINIMUM_JUDGED} reviews",
            ),
        },
        placeholder="",
        alt="All training jobs, newest first",
    )
    selected = [found[row] for row in event["selection"]["rows"] if row < len(found)]
    if [job.id for job in selected] != [found[row].id for row in rows]:
        st.query_params["run"] = [job.id for job in selected]
    st.session_state[ADDRESS_KEY] = st.query_params.get_all("run")
    return selected


def warn_of_unknown(wanted: Sequence[str], found: Sequence[Job]) -> None:
    """State which jobs of the URL do not exist."""
    unknown = [identifier for identifier in wanted if identifier not in {job.id for job in found}]
    if unknown:
        names = ui.plain(", ".join(unknown))
        st.warning(f"There is no job called {names}: it may have been deleted.", icon=":material/search_off:")


def draw_jobs(selected: Sequence[Job], of_language: bool) -> None:
    """Draw the curves of jobs of the same kind, with a summary sentence for each."""
    # A model that was fine-tuned with a frozen network has no curve.
    rows = {job.id: job.rows for job in selected if not job.settings.get("freeze")}
    words = {job.id: in_words(job, of_language) for job in selected}
    draw_curves(rows, " ".join(f"{name}: {sentence}" for name, sentence in words.items()), of_language)
    for name, sentence in words.items():
        st.markdown(sentence if len(words) == 1 else f"**{ui.plain(name)}** {sentence}")


def in_words(job: Job, of_language: bool) -> str:
    """Return the result or the progress of a job in a sentence."""
    if not job.settings.get("freeze"):
        return verdict(job.rows, finished=not job.is_active, of_language=of_language)
    doing = "Fits the model to the labels." if job.is_active else "Fitted the model to the labels."
    return ui.plain(gain(job)) or doing


def draw_curves(rows: Mapping[str, Sequence[EpochRow]], spoken: str, of_language: bool) -> None:
    """Draw loss and accuracy side by side, by name; `spoken` summarizes them for screen readers."""
    smoothing, log = st.session_state.get("smoothing", 0.0), st.session_state.get("log_scale", False)
    titles = training_curves.LANGUAGE_TITLES if of_language else training_curves.TITLES
    if any(rows.values()):
        for column, (measure, title) in zip(st.columns(2), titles.items(), strict=True):
            chart = training_curves.training_curves(rows, measure, smoothing=smoothing, log=log, titles=titles)
            column.markdown(f"**{title}**  :small[train ─  validation ┄  best ●]")
            column.altair_chart(chart, key=f"curves_{measure}_{of_language}", alt=f"{title} by epoch. {spoken}")
        if of_language:
            st.caption(
                "The faint line is lower: between epochs the right word is compared with a few random ones only."
            )


def show_shipped() -> None:
    """Draw the training curves of the shipped model while there is no job to show."""
    shipped = next((card for card in ui.models() if card.directory == storage.SHIPPED_BUNDLE), None)
    if shipped and shipped.history:
        st.header("The model that ships with the project", anchor=False)
        said = f"Validation accuracy reached {max(row['validation_accuracy'] for row in shipped.history):.4f}."
        draw_curves({"shipped": shipped.history}, said, of_language=False)


def draw_state(job: Job) -> None:
    """Draw the job's progress, or why it failed."""
    if job.state == "failed":
        st.error(ui.plain(job.reason), title=f"{job.id} has failed", icon=":material/error:")
    elif job.is_active:
        progress = job.progress
        st.progress(progress.share if progress else 0.0, text=f"{job.state}: {job_table.progress_in_words(job)}")
    draw_place(job)


def draw_actions(job: Job) -> None:
    """Draw the buttons that the job's state allows, and handle clicks."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if job.is_active and st.button("Stop", disabled=job.state == "stopping", help="Keeps the best epoch so far"):
            job.stop()
            st.rerun()
        if job.can_resume and st.button("Resume", help="Continues from the last checkpoint"):
            job.resume()
            st.rerun()
        draw_bring_home(job)
        if job.bundle and st.button("Use this model", type="primary", help="Scores reviews with it"):
            st.session_state[ui.MODEL_KEY] = job.id
            st.switch_page("pages/score/review.py")
        if job.pretrained and st.button(
            "Train from it", type="primary", help="Opens the form to train further from it"
        ):
            st.switch_page("pages/train/launch.py", query_params={"start": job.id})
        if job.bundle:
            st.download_button(
                "Download the bundle",
                data=partial(model_library.exported, job.id),
                file_name=f"{job.id}.tar.gz",
                mime="application/gzip",
                on_click="ignore",
            )
            st.page_link(
                "pages/models/manage.py",
                label="Name and notes",
                icon=":material/neurology:",
                query_params={ui.MODEL_KEY: job.id},
            )
        if st.button("Clone with changes", help="Opens the form with this job's settings"):
            st.switch_page("pages/train/launch.py", query_params={"from": job.id})
        if st.button("Delete", disabled=job.is_active, help="Stop it first" if job.is_active else None):
            st.session_state["deleting"] = job.id
            st.rerun()


def draw_record(job: Job) -> None:
    """Draw the command that repeats the job, and its log."""
    st.markdown("**Command to repeat it**")
    st.code(job.command, language="bash", wrap_lines=True)
    st.markdown("**Last lines of the log**")
    count = FAILED_LINES if job.state == "failed" else LOG_LINES
    st.code("\n".join(job.last_lines(count)) or "No output yet.", language=None)


def draw_differences(selected: Sequence[Job]) -> None:
    """Draw the settings that differ between the jobs."""
    st.markdown("**What differs**")
    found = job_table.differing_settings(selected)
    if found.empty:
        st.caption("Nothing: these jobs have the same settings.")
    else:
        st.dataframe(found, placeholder="", alt="Settings that differ between the selected jobs")


def watch() -> None:
    """Draw everything that changes. The page's only fragment: it reruns every two seconds while a job is active."""
    found = follow_orphaned(registry.all_jobs())
    draw_selection(pick(found))
    # This is last: a page that is rerun before it reaches its buttons would lose a click on one of them.
    if activity(found) != st.session_state["activity"] and not st.session_state.get("deleting"):
        st.rerun()


def draw_selection(selected: Sequence[Job]) -> None:
    """Draw one job, or several side by side."""
    if not selected:
        st.caption("Select a job, or several to compare them.")
        return
    try:
        if len(selected) == 1:
            draw_state(selected[0])
            draw_actions(selected[0])
        for of_language in (False, True):
            if learning := [job for job in selected if (job.kind == "pretrain") is of_language]:
                draw_jobs(learning, of_language)
        if len(selected) == 1:
            draw_record(selected[0])
        else:
            draw_differences(selected)
    except SentimentError as error:
        ui.show_error(error)


def activity(found: Sequence[Job]) -> list[tuple[str, str, bool]]:
    """Return what the page around the fragment depends on: the jobs, their states, and downloads of models."""
    return [(job.id, job.state, is_coming_home(job)) for job in found]


def forget_deletion() -> None:
    """Close the confirmation dialog permanently."""
    st.session_state["deleting"] = None


@st.dialog("Delete this job?", on_dismiss=forget_deletion)
def confirm_deletion(job: Job) -> None:
    """Ask for confirmation before the job's directory is removed."""
    st.write(f"Deletes {ui.plain(job.id)}, its log and its model. This cannot be undone.")
    if st.button("Delete the job", type="primary"):
        job.delete()
        st.query_params.pop("run", None)
        forget_deletion()
        st.rerun()


st.title("Monitor")
found_jobs = follow_orphaned(registry.all_jobs())
st.session_state["activity"] = activity(found_jobs)
if not found_jobs:
    warn_of_unknown(st.query_params.get_all("run"), found_jobs)
    st.info("No model has been trained here yet. A job that you start shows here with its training curves.")
    st.page_link("pages/train/launch.py", label="Train a model", icon=":material/model_training:")
    show_shipped()
else:
    st.caption(job_table.counts_in_words(found_jobs))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        live = st.toggle("Live", value=True, key="live", help="Refresh every 2 s")
        st.toggle("Logarithmic loss", key="log_scale")
        st.slider("Smoothing", 0.0, 0.95, 0.0, 0.05, key="smoothing", width=240)
    to_delete = [job for job in found_jobs if job.id == st.session_state.get("deleting")]
    if to_delete:
        confirm_deletion(to_delete[0])
    moving = live and not to_delete and any(job.is_active or is_coming_home(job) for job in found_jobs)
    st.fragment(watch, run_every=REFRESH if moving else None)()
