"""The offer to fine-tune the model on the table's own labels: one click starts the job, another scores again."""

import streamlit as st

from pages.results.facts import Scored
from pages.score import table_job
from pages.shared import ui
from pages.shared.navigation import redraw_page
from sentiment.data.labelled import MINIMUM_PER_CLASS
from sentiment.display import job_table
from sentiment.errors import JobError
from sentiment.evaluation.comparison import too_few
from sentiment.jobs import fine_tuning, model_library, registry
from sentiment.jobs.fine_tuning import Gain
from sentiment.jobs.registry import Job
from sentiment.scoring.label_check import LabelCheck
from sentiment.wording import counted, tenths

REFRESH = "1s"
# From this many rows on, it takes more than a minute of processor time.
MANY_ROWS = 10_000


def learnt_from_labels(scored: Scored) -> str:
    """Return a warning sentence if the model was trained on these labels; "" if it was not."""
    job = fine_tuning.training_on_labels_of(scored.request)
    if job is None:
        return ""
    gain = fine_tuning.gain_of(job)
    better = f" On rows that it was not trained on, it was right on {tenths(gain.after)}." if gain else ""
    return f"The model that scored this table was trained on these labels, so it knows the answers.{better}"


def show_fine_tuning(scored: Scored, check: LabelCheck) -> None:
    """Draw the offer, the running job, or its gain with a button to score the table again.

    Nothing is drawn for a model that was already trained on these labels.
    """
    if fine_tuning.training_on_labels_of(scored.request) or not scored.request.path.is_file():
        return
    kind = "stars" if check.mapping.scale else "labels"
    request = fine_tuning.request_of(scored.request, check)
    job = fine_tuning.find(request)
    with st.container(border=True, key="fine_tuning"), ui.errors_shown():
        if job is None or job.state in ("failed", "stopped"):
            if job and job.state == "failed":
                st.error(ui.plain(job.reason), icon=":material/error:")
            if offer(check, kind):
                fine_tuning.start(request)
                st.rerun()
            return
        doing = "Fine-tuned" if job.state == "done" else "Fine-tuning"
        st.markdown(f"**{doing} on your {kind}** · {ui.plain(model_library.name(job.id))}")
        if job.is_active:
            st.fragment(watch, run_every=REFRESH)(job)
        else:
            show_gain(scored, job)


def offer(check: LabelCheck, kind: str) -> bool:
    """Draw a description of fine-tuning on the labels; return whether it was requested."""
    positive = int(check.label.sum())
    fewest = min(positive, len(check.label) - positive)
    st.caption(
        f"Fits the model to the {counted(len(check.label), 'row')} with a label, so that it learns how your reviewers "
        f"write. The {kind} and the columns are those above, and this page stays as it is."
        + (" With so many rows it takes some minutes." if len(check.label) >= MANY_ROWS else "")
    )
    if fewest < MINIMUM_PER_CLASS:
        st.caption(
            f"It takes {MINIMUM_PER_CLASS} positive and {MINIMUM_PER_CLASS} negative rows; "
            f"this table has {positive:,} and {len(check.label) - positive:,}."
        )
    words = f"Fine-tune on your {kind}"
    return st.button(words, icon=":material/model_training:", disabled=fewest < MINIMUM_PER_CLASS, key="fine_tune")


def watch(shown: Job) -> None:
    """Draw the job's progress. A fragment: it reruns every second while the job is running."""
    try:
        job = registry.load(shown.directory)
    except (JobError, OSError):  # its folder has been deleted
        redraw_page()
        return
    if not job.is_active:
        redraw_page()
    progress = job.progress
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(progress.share if progress else 0.0, text=job_table.progress_in_words(job))
        if st.button("Stop", disabled=job.state == "stopping", key="stop_fine_tuning"):
            job.stop()
    st.caption("You can leave this page: the job continues, and this page shows the gain.")


def show_gain(scored: Scored, job: Job) -> None:
    """Draw the job's gain, and the next steps."""
    gain = fine_tuning.gain_of(job)
    if gain is None or job.bundle is None:
        st.error("The new model is damaged. Delete it on the page Models.", icon=":material/error:")
        return
    st.markdown(f"{':material/info:' if gain.is_kept else ':material/check:'} {gain_in_words(gain)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if not gain.is_kept and st.button("Score this table again", icon=":material/refresh:", key="score_again"):
            table_job.remember(fine_tuning.score_again(scored.request, job.bundle))
            st.switch_page("pages/score/batch.py", query_params={"job": st.query_params["job"]})
        st.page_link(
            "pages/train/monitor.py",
            label="Show the training",
            icon=":material/monitoring:",
            query_params={"run": job.id},
        )


def gain_in_words(gain: Gain) -> str:
    """Return the gain of fine-tuning in a sentence, with a caution if there are few rows."""
    before, after, rows = tenths(gain.before), tenths(gain.after), counted(gain.rows, "row")
    if gain.is_kept:
        return (
            f"No gain: trained on these {rows}, the model is not right more often on other rows than it is now "
            f"({before}), so it stays as it is."
        )
    judged = f"right on {rows}, each judged by a model that was not trained on it"
    result = (
        f"{before} → **{after}** {judged}."
        if after != before
        else f"{after} {judged}, as before; its probabilities fit better."
    )
    few = " With so few rows, both figures may be off by several points." if too_few(gain.rows) else ""
    return f"{result}{few}"
