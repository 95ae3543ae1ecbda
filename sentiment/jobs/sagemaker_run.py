"""The record of a SageMaker job in its run directory: where it should run, and its latest state.

`config.json` holds the former under `sagemaker`; `sagemaker.json` holds the latter, written atomically by the one
process that follows the job. Nothing here talks to AWS.
"""

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from sentiment.errors import JobError
from sentiment.jobs import aws_console
from sentiment.system.storage import write_json

STANDING = "sagemaker.json"
Outcome = Literal["Completed", "Stopped", "Failed"]
ENDED: tuple[Outcome, ...] = ("Completed", "Stopped", "Failed")
# SageMaker's names for the steps of a job, with ours.
_PHASES = {
    "Starting": "Waiting for an instance",
    "Pending": "Waiting for an instance",
    "LaunchingMLInstances": "Waiting for an instance",
    "PreparingTrainingStack": "Preparing the instance",
    "Downloading": "Fetching image and data",
    "DownloadingTrainingImage": "Fetching image and data",
    "Training": "Training",
    "Interrupted": "Interrupted: the spot instance was taken away, another one continues from the checkpoint",
    "Uploading": "Saving the model",
    "Stopping": "Stopping",
}
# A job waits for spot instances up to its maximum time; this much later it has certainly ended, observed or not.
_CERTAINLY_OVER_SECONDS = 86_400


@dataclass(frozen=True)
class Place:
    """The place where a job should run, its maximum seconds, and the price of an instance hour, if known.

    Its data is kept in S3 for `keep_data_days`; with 0 it is deleted when the job has ended.

    The job's name begins with `base_name`, which is unique to it; `image` is empty for AWS's PyTorch image.
    """

    region: str
    role: str
    base_name: str
    instance_type: str = "ml.m5.xlarge"
    max_seconds: int = 3600
    spot: bool = False
    profile: str | None = None
    image: str = ""
    hourly: float | None = None
    instances: int = 1
    keep_data_days: int = 7

    @property
    def machines(self) -> str:
        """The instances it runs on, such as "2 × ml.g5.xlarge"."""
        return f"{self.instances} × {self.instance_type}" if self.instances > 1 else self.instance_type

    @property
    def data_days(self) -> int:
        """The maximum number of days that its data is stored in S3: as long as the job may need it."""
        return max(self.keep_data_days, -(-self.max_wait_seconds // 86_400))

    @property
    def max_wait_seconds(self) -> int:
        """The maximum seconds of a job including the time that it waits for an instance."""
        return 2 * self.max_seconds if self.spot else self.max_seconds


@dataclass(frozen=True)
class Standing:
    """The latest state of a job: SageMaker's state, phase and failure reason, and times in seconds since 1970.

    `log_stream`, `log_time` (ms) and `log_seen` (events of that time) mark the position up to which its log has been
    read, and `log_bytes` is the length of the run's own log at that point.
    """

    job_name: str = ""
    status: str = ""
    phase: str = ""
    launched: float | None = None
    started: float | None = None
    ended: float | None = None
    billed_seconds: int | None = None
    failure: str = ""
    artefact: str = ""
    log_stream: str = ""
    log_time: int = 0
    log_seen: int = 0
    log_bytes: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether SageMaker has reported that the job is over."""
        return self.status in ENDED

    @property
    def phase_in_words(self) -> str:
        """The current phase of the job in words."""
        return _PHASES.get(self.phase, self.phase)


@dataclass(frozen=True)
class SageMakerRun:
    """A run directory's job on SageMaker."""

    place: Place
    standing: Standing

    @property
    def lives(self) -> bool:
        """Whether there is, or may be, a job that costs money."""
        launched, limit = self.standing.launched, self.place.max_wait_seconds + _CERTAINLY_OVER_SECONDS
        return launched is not None and not self.standing.has_ended and time.time() < launched + limit

    @property
    def cost(self) -> float | None:
        """The cost in dollars: as billed once it has ended, before that an upper bound; None if the price is unknown.

        Spot instances turn out cheaper than the bound. SageMaker's time begins before the script starts, so a running
        job has cost slightly more. SageMaker counts time once and bills it for each instance.
        """
        standing = self.standing
        if self.place.hourly is None:
            return None
        seconds: float = 0.0
        if standing.billed_seconds is not None:
            seconds = standing.billed_seconds
        elif standing.started is not None:
            seconds = (standing.ended or time.time()) - standing.started
        return self.place.hourly * self.place.instances * seconds / 3600

    @property
    def console(self) -> str:
        """The address of the job in the AWS console; empty before there is a job."""
        if not self.standing.job_name:
            return ""
        region = self.place.region
        partition = self.place.role.split(":")[1] if self.place.role.startswith("arn:") else "aws"
        return aws_console.page(partition, region, f"sagemaker/home?region={region}#/jobs/{self.standing.job_name}")


_PLACE, _STANDING = TypeAdapter(Place), TypeAdapter(Standing)


def run_of(config: Mapping[str, Any], directory: Path) -> SageMakerRun | None:
    """Return the SageMaker job of a run directory; None if the run is on this machine."""
    asked = config.get("sagemaker")
    if not isinstance(asked, dict):
        return None
    try:
        place = _PLACE.validate_json(json.dumps(asked), strict=True)
    except ValidationError as error:
        raise JobError(f"{directory / 'config.json'} does not say where on SageMaker the job runs.") from error
    return SageMakerRun(place, read_standing(directory))


def read_standing(directory: Path) -> Standing:
    """Return the state of the job as last written; a new `Standing` before that.

    Raises:
        JobError: the file is damaged.
    """
    path = directory / STANDING
    try:
        return _STANDING.validate_json(path.read_bytes(), strict=True)
    except FileNotFoundError:
        return Standing()
    except (OSError, ValidationError) as error:
        raise JobError(f"{path} is damaged: delete it, then Resume finds the job again by its name.") from error


def write_standing(directory: Path, standing: Standing) -> None:
    """Store the state of the job."""
    write_json(directory / STANDING, dataclasses.asdict(standing))
