"""Estimates of how long a training run would take on this machine, always measured and never guessed.

The best source is a finished job with the same data and network. Otherwise `scripts/estimate.py` trains on a part of
the data for some seconds, as a job of its own, and its result is stored.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import found_or_started
from sentiment.jobs.training_request import TrainingRequest
from sentiment.system import storage

# Settings that do not affect the time of an epoch.
TIMELESS = frozenset({"epochs", "patience", "learning_rate", "weight_decay", "clip", "seed"})
# Share of the processors that other work may take before a measurement reports it.
BUSY = 0.4


@dataclass(frozen=True)
class Estimate:
    """Seconds for all epochs (an upper bound if training stops early), and the source of the figure."""

    seconds: float
    source: str


def known(request: TrainingRequest) -> Estimate | None:
    """Return the estimate from the latest similar finished job, else from a measurement; None if there is neither."""
    wanted = _signature(request.settings())
    epochs = request.config.epochs
    for job in registry.all_jobs(request.kind):
        if job.state == "done" and job.history and _signature(job.settings) == wanted:
            pace = statistics.median(row["seconds"] for row in job.history)
            preparing = max(0.0, job.elapsed - sum(row["seconds"] for row in job.history))
            return Estimate(preparing + pace * epochs, f"as {job.id} took on this machine")
    measured = measurement(request)
    if measured is None or measured.state != "done":
        return None
    pace, preparing = measured.config["seconds_per_epoch"], measured.config["seconds_preparing"]
    busy = " while it was busy with other work" if measured.config["busy"] > BUSY else ""
    return Estimate(preparing + pace * epochs, f"measured on this machine with a part of the data{busy}")


def measurement(request: TrainingRequest) -> Job | None:
    """Return the latest measurement for such a run, in whatever state; None if there was none."""
    wanted = _signature(request.settings())
    return next((job for job in registry.all_jobs("estimate") if _signature(job.settings) == wanted), None)


def measure(request: TrainingRequest) -> Job:
    """Start a measurement, which takes some seconds, or return the one that is already running.

    Raises:
        JobError: it cannot be launched.
    """
    with found_or_started(storage.home() / registry.FOLDERS["estimate"], repr(_signature(request.settings()))):
        latest = measurement(request)
        if latest is not None and latest.is_active:
            return latest
        return registry.start("estimate", request.arguments(), request.settings(), "estimate")


def _signature(settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the settings that affect the time of an epoch."""
    return tuple(sorted((name, repr(value)) for name, value in settings.items() if name not in TIMELESS))
