"""Jobs in readable form: a table with one row per job, times and states in words."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from sentiment.display import report_table
from sentiment.errors import BundleError
from sentiment.evaluation.comparison import too_few
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import STATES, JobState
from sentiment.model import bundle
from sentiment.wording import duration

# A shape next to the word, so that the state is visible at a glance and without colour.
MARKS: dict[JobState, str] = {
    "queued": "◌",
    "running": "●",
    "stopping": "◐",
    "done": "✓",
    "stopped": "■",
    "failed": "✕",
}


def job_table(jobs: Sequence[Job]) -> pd.DataFrame:
    """Return one row per job: name, task, place, state, percent done, epoch, time, dollars, accuracy, age.

    Dollars are missing for a job on this machine, and if the price is unknown. The percentage is missing before the
    first log line. The accuracy, 0 to 1, is missing before the first epoch, for a model evaluated on few reviews, and
    for a language model, whose next-word accuracy is not comparable.
    """
    columns = ["job", "task", "runs on", "state", "progress", "epoch", "time", "cost", "accuracy", "age"]
    return pd.DataFrame([_row(job) for job in jobs], columns=columns)


def differing_settings(jobs: Sequence[Job]) -> pd.DataFrame:
    """Return the settings that differ between the jobs: one row per setting, one column per job, values as text."""
    names = sorted({name for job in jobs for name in job.settings})
    values = {name: [str(job.settings.get(name, "")) for job in jobs] for name in names}
    varying = {name: row for name, row in values.items() if len(set(row)) > 1}
    return pd.DataFrame.from_dict(varying, orient="index", columns=[job.id for job in jobs])


def state_in_words(state: JobState) -> str:
    """Return the state with its mark, such as "● running"."""
    return f"{MARKS[state]} {state}"


def counts_in_words(jobs: Sequence[Job]) -> str:
    """Return the number of jobs in each state that occurs, such as "● running 2   ✓ done 7"."""
    counts = Counter(job.state for job in jobs)
    return "   ".join(f"{state_in_words(state)} {counts[state]}" for state in STATES if counts[state])


def progress_in_words(job: Job) -> str:
    """Return the progress of an active job, such as "Epoch 4 of 8, step 120 of 350, 3 min left"."""
    progress = job.progress
    if progress is None:
        return _beginning(job)
    parts = [f"Epoch {progress.epoch} of {progress.epochs}"]
    if progress.steps:
        parts.append(f"step {progress.step:,} of {progress.steps:,}")
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return ", ".join(parts)


def _beginning(job: Job) -> str:
    """Return what a job is doing before its first log line."""
    run = job.sagemaker
    if run is None or run.standing.phase == "Training":
        return "Reading the data"
    return run.standing.phase_in_words or "Sending code and data to SageMaker"


def _row(job: Job) -> tuple[str, str, str, str, float | None, str, str, float | None, float | None, str]:
    progress = job.progress
    share = 1.0 if job.state == "done" else progress.share if progress else None
    epoch = f"{len(job.history)}/{job.settings.get('epochs', '?')}"
    task, accuracy = ("language model", None) if job.kind == "pretrain" else ("sentiment", _accuracy(job))
    state, age = state_in_words(job.state), f"{duration(job.age)} ago"
    run = job.sagemaker
    where, cost = (run.place.machines, run.cost) if run else ("this computer", None)
    percent = None if share is None else 100 * share
    return job.id, task, where, state, percent, epoch, _time(job), cost, accuracy, age


def _accuracy(job: Job) -> float | None:
    """Return the accuracy; None if the finished model was evaluated on too few reviews for a comparison."""
    try:
        judged = report_table.measured(bundle.describe(job.bundle)) if job.bundle else None
    except BundleError:
        return job.accuracy
    return None if judged and too_few(judged[1]["reviews"]) else job.accuracy


def _time(job: Job) -> str:
    if not job.is_active:
        return f"took {duration(job.elapsed)}"
    progress = job.progress
    if progress is None or progress.seconds_left is None:
        return "starting"
    return f"{duration(progress.seconds_left)} left"
