"""Score jobs of the dashboard: one for each table, reading and model, identified by its request."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Required

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from sentiment.errors import JobError
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.run_directory import SCORED, found_or_started
from sentiment.model.bundle import Card
from sentiment.scoring.score import ScoringProgress
from sentiment.system import storage
from sentiment.tables import uploads
from sentiment.tables.preview import TablePreview
from sentiment.tables.rows import ReadOptions
from sentiment.tables.table import Problem
from sentiment.wording import duration

_LINE = re.compile(r"rows=(\d+) of=(\d+) rows_per_second=(\d+)(?: seconds_left=(\d+))?")


@dataclass(frozen=True)
class Choice:
    """The model to score a table with: a bundle on this machine, or the one behind a SageMaker endpoint.

    `name` is its name on the page, `band` its uncertain band of probability. `directory` is that of the bundle; None if
    an endpoint's bundle is not on this machine. With an `endpoint`, `variant` is the model of it to call, and `profile`
    and `region` locate it.
    """

    name: str
    fingerprint: str
    band: tuple[float, float]
    directory: Path | None
    endpoint: str = ""
    variant: str | None = None
    profile: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class BatchRequest:
    """A table to score with a model, as stored in a job.

    `options` are the user's settings, `detected` is the complete way the file is read. The other fields are from its
    `Choice`.
    """

    path: Path
    options: ReadOptions
    rows: int
    columns: tuple[str, ...]
    text_column: str
    detected: dict[str, str]
    reading: str
    digest: str
    model: Path | None
    model_name: str
    fingerprint: str
    band: tuple[float, float]
    endpoint: str = ""
    variant: str | None = None
    profile: str | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError if the text column is not among the columns."""
        self.columns.index(self.text_column)

    @property
    def key(self) -> str:
        """A key that is equal for requests with the same result: 64 hex digits."""
        decides = [self.digest, self.detected, self.text_column, self.fingerprint]
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

    @property
    def text_index(self) -> int:
        """The index of the text column."""
        return self.columns.index(self.text_column)

    def arguments(self) -> list[str]:
        """The arguments of scripts/score.py for this request, without the run directory."""
        return [str(self.path), *self.options.written(), *self._scorer_flags()]

    def settings(self) -> dict[str, Any]:
        """The request as plain values, for a job's `config.json`."""
        model = None if self.model is None else str(self.model)
        return asdict(self) | {"path": str(self.path), "model": model, "key": self.key}

    def _scorer_flags(self) -> list[str]:
        if not self.endpoint:
            return [f"--model={self.model}"]
        named = {"endpoint": self.endpoint, "variant": self.variant, "profile": self.profile, "region": self.region}
        return [f"--{name}={value}" for name, value in named.items() if value]


class _Summary(TypedDict, total=False):
    """What the result page shows of the summary in `config.json`."""

    problems: Required[list[Problem]]
    problem_count: Required[int]


_SCHEMA, _SUMMARY = TypeAdapter(BatchRequest), TypeAdapter(_Summary)


def bundle_choice(card: Card, name: str) -> Choice:
    """Return the choice of a bundle on this machine, displayed as `name`."""
    calibration = card.config.calibration
    return Choice(name, card.fingerprint, (calibration.low, calibration.high), card.directory)


def request_of(path: Path, options: ReadOptions, preview: TablePreview, choice: Choice) -> BatchRequest | None:
    """Return the request to score the table in `path`, read with `options`; None without a text column."""
    if preview.text_column is None:
        return None
    return BatchRequest(
        path=path,
        options=options,
        rows=preview.row_count,
        columns=preview.columns,
        text_column=preview.text_column,
        detected=preview.detected,
        reading=preview.reading,
        digest=preview.digest,
        model=choice.directory,
        model_name=choice.name,
        fingerprint=choice.fingerprint,
        band=choice.band,
        endpoint=choice.endpoint,
        variant=choice.variant,
        profile=choice.profile,
        region=choice.region,
    )


def request_from(settings: Mapping[str, Any]) -> BatchRequest:
    """Return the request with these `settings()`.

    Raises:
        JobError: they are not those of a request, as in a damaged `config.json`.
    """
    # Jobs created before endpoints were supported lack some fields.
    values = {name: settings[name] for name in BatchRequest.__dataclass_fields__ if name in settings}
    try:
        return _SCHEMA.validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))[:100] or "text column"
        raise JobError(f"The record of this job is damaged: its {place} is not that of a request.") from error


def recent() -> list[Job]:
    """Return every score job of the dashboard, newest first."""
    return [job for job in registry.all_jobs("score") if is_request(job.settings)]


def is_request(settings: Mapping[str, Any]) -> bool:
    """Return whether a request was made on a page: score jobs of the command line have other settings."""
    try:
        return isinstance(settings.get("key"), str) and bool(request_from(settings).key)
    except JobError:
        return False


def find(request: BatchRequest) -> Job | None:
    """Return the newest job with the same request, preferring a finished one; None if there is none."""
    same = [job for job in recent() if job.settings["key"] == request.key]
    return next((job for job in same if result(job)), same[0] if same else None)


def start(request: BatchRequest) -> Job:
    """Start the job, or return the existing one with the same request.

    Raises:
        JobError: it cannot be launched.
    """
    with found_or_started(storage.home() / registry.FOLDERS["score"], request.key):
        job = find(request)
        if job is None:
            return registry.start("score", request.arguments(), request.settings(), request.path.stem)
        return job if job.is_active or result(job) else job.resume()


def progress(job: Job) -> ScoringProgress | None:
    """Return the last reported progress of a job; None before its first report."""
    found = (_LINE.fullmatch(line) for line in reversed(job.last_lines(50)))
    latest = next((match for match in found if match), None)
    if latest is None:
        return None
    done, rows, pace, left = latest.groups()
    return ScoringProgress(int(done), int(rows), float(pace), None if left is None else float(left))


def progress_in_words(job: Job) -> str:
    """Return progress, speed and time left, such as "7,900 of 12,500 rows · 2,140 rows/s · 2 s left"."""
    latest = progress(job)
    if job.state == "stopping":
        return "Stopping after the rows in hand"
    if latest is None:
        return "Reading the table and the model"
    if latest.rows_done == latest.rows:
        return "Writing the scored table"
    words = [f"{latest.rows_done:,} of {latest.rows:,} rows", f"{latest.rows_per_second:,.0f} rows/s"]
    left = latest.seconds_left
    return " · ".join(words if left is None else [*words, f"{duration(left)} left"])


def result(job: Job) -> Path | None:
    """Return the scored table (Parquet) of a finished job; None if there is none yet."""
    path = job.directory / SCORED
    return path if job.state == "done" and path.is_file() else None


def summary_of(job: Job) -> dict[str, Any]:
    """Return the stored `Summary` of a finished job as plain values.

    Raises:
        JobError: it is missing or damaged.
    """
    found: Any = job.config.get("summary")
    if job.kind == "transform":
        found = job.config.get("outcome")
        found = found.get("summary") if isinstance(found, dict) else None
    try:
        _SUMMARY.validate_json(json.dumps(found), strict=True)
    except ValidationError as error:
        raise JobError("The record of this job is damaged: it does not say which rows could not be read.") from error
    summary: dict[str, Any] = found
    return summary


def delete(job: Job) -> None:
    """Remove a job with its result, and its table if that was uploaded for this job only.

    Raises:
        JobError: it is running.
    """
    job.delete()
    uploads.remove(Path(job.settings["path"]), used_tables())


def used_tables() -> set[Path]:
    """Return the tables that any job scores or trains on, here or on SageMaker, including the sample."""
    asked = [*recent(), *registry.all_jobs("transform"), *registry.all_jobs()]
    named = (job.settings.get(name) for job in asked for name in ("path", "data"))
    return {Path(path) for path in named if isinstance(path, str)} | {storage.SAMPLE_REVIEWS}
