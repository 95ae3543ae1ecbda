"""Fine-tuning the model that scored a table on that table's labels: the job, its gain, and scoring the table again."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from sentiment.errors import BundleError, JobError
from sentiment.jobs import registry, scoring_request
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import found_or_started
from sentiment.jobs.scoring_request import BatchRequest
from sentiment.jobs.training_request import TrainingRequest
from sentiment.model import bundle
from sentiment.scoring.label_check import LabelCheck
from sentiment.system import storage
from sentiment.training.loop.config import PRESETS


@dataclass(frozen=True)
class Gain:
    """Accuracies, 0 to 1, before and after on `rows` labelled rows, each held out from the training that scores it.

    `is_kept` states that nothing was gained, so that the result predicts like the model that it started from.
    """

    before: float
    after: float
    rows: int
    is_kept: bool


def request_of(scored: BatchRequest, check: LabelCheck) -> TrainingRequest:
    """Return the request to fine-tune the model that scored the table, or the shipped one if that is not local."""
    start = scored.model if scored.model and (scored.model / "config.json").is_file() else storage.SHIPPED_BUNDLE
    return TrainingRequest(
        data=scored.path,
        config=replace(PRESETS["fine-tune"], start="shipped" if start == storage.SHIPPED_BUNDLE else str(start)),
        text_column=scored.text_column,
        label_column=check.column,
        mapping=check.mapping,
        options=replace(scored.options, text_column=None),
    )


def find(request: TrainingRequest) -> Job | None:
    """Return the newest job with the same request; None if there is none, or if its model was deleted."""
    wanted = json.loads(json.dumps(request.settings()))
    found = next((job for job in registry.all_jobs("train") if job.settings == wanted), None)
    return None if found and found.state == "done" and found.bundle is None else found


def start(request: TrainingRequest) -> Job:
    """Start the job, or return the active one with the same request.

    Raises:
        JobError: it cannot be launched.
    """
    with found_or_started(storage.home() / registry.FOLDERS["train"], json.dumps(request.settings())):
        job = find(request)
        if job is not None and job.is_active:
            return job
        return registry.start("train", request.arguments(), request.settings(), f"{request.data.stem}-fine-tuned")


def training_on_labels_of(scored: BatchRequest) -> Job | None:
    """Return the job that trained the model of a scored table, if it was trained on that very table; else None."""
    if scored.model is None:
        return None
    try:
        job = registry.load(scored.model.parent)
    except (JobError, OSError):  # imported or shipped: it has no job
        return None
    return job if job.settings.get("data") == str(scored.path) else None


def gain_of(job: Job) -> Gain | None:
    """Return the gain of a finished job; None for a job that was not fine-tuning on few labels, or has no model."""
    try:
        report = bundle.describe(job.bundle).report if job.bundle else {}
    except BundleError:
        return None
    if "before" not in report:
        return None
    before, after = report["before"], report["validation"]
    return Gain(before["accuracy"], after["accuracy"], after["reviews"], before["bce"] == after["bce"])


def score_again(scored: BatchRequest, model: Path) -> Job:
    """Start to score a table again, with the model in that directory.

    Raises:
        BundleError: the directory is not a complete bundle.
        JobError: the job cannot be launched.
    """
    choice = scoring_request.bundle_choice(bundle.describe(model), model.parent.name)
    return scoring_request.start(
        replace(
            scored,
            model=choice.directory,
            model_name=choice.name,
            fingerprint=choice.fingerprint,
            band=choice.band,
            endpoint="",
            variant=None,
            profile=None,
            region=None,
        )
    )
