"""Prepare a SageMaker training job: where it runs, what it costs, and its start as a run on this machine."""

import re
import secrets
from pathlib import Path

from sentiment.cloud.aws import ownership, prices
from sentiment.cloud.aws.account import Account
from sentiment.errors import CloudError
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.sagemaker_run import Place
from sentiment.jobs.training_request import TrainingRequest
from sentiment.wording import duration, opening

MAXIMUM_SECONDS = 28 * 86_400  # SageMaker's own limit for a job
MAXIMUM_INSTANCES = 20  # with more, each one's share of a batch becomes too small
KEEP_DATA_DAYS, MOST_KEPT_DAYS = Place.keep_data_days, 365
_BASE_ROOM = ownership.LONGEST_NAME - 15  # the SDK adds a hyphen and 14 digits


def place(
    account: Account,
    name: str,
    role: str,
    instance_type: str,
    max_seconds: int,
    *,
    instances: int = 1,
    spot: bool = False,
    image: str = "",
    keep_data_days: int = KEEP_DATA_DAYS,
) -> Place:
    """Return where a new job should run, under a unique name and with today's price.

    Raises:
        CloudError: the maximum time is outside SageMaker's limits, there are too many instances, the data would be
            kept too long, or the role is not an ARN.
    """
    if not re.fullmatch(r"arn:aws[\w-]*:iam::\d{12}:role/.+", role):
        raise CloudError(f"{role} is not a role's ARN: give one like arn:aws:iam::{account.number}:role/NAME.")
    if not 60 <= max_seconds <= MAXIMUM_SECONDS:
        raise CloudError("The maximum time of a job must be between 1 minute and 28 days: choose another.")
    if not 1 <= instances <= MAXIMUM_INSTANCES:
        raise CloudError(
            f"A job runs on 1 to {MAXIMUM_INSTANCES} instances, not on {instances}: choose another number."
        )
    if not 0 <= keep_data_days <= MOST_KEPT_DAYS:
        raise CloudError(f"Data can be kept in S3 for 0 to {MOST_KEPT_DAYS} days: --keep-data {KEEP_DATA_DAYS}.")
    mark = f"-{secrets.token_hex(3)}"
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower())
    base = f"{ownership.PROJECT_NAME}-{slug}"[: _BASE_ROOM - len(mark)].strip("-") + mark
    hourly = prices.hourly("training", instance_type, account.region)
    return Place(
        account.region,
        role,
        base,
        instance_type,
        max_seconds,
        spot,
        account.profile,
        image,
        hourly,
        instances,
        keep_data_days,
    )


def price_in_words(
    instance_type: str, region: str, spot: bool, max_seconds: int, expected_seconds: float | None, instances: int = 1
) -> str:
    """Describe what a job would cost: expected, if this machine's speed is known, and at most.

    The expected cost is left out for several instances, because their speed-up is not known.
    """

    def cost(seconds: float) -> str:
        return prices.sentence("training", instance_type, region, seconds, instances)

    most = f"at most {cost(max_seconds).removeprefix('about ')}"
    known = expected_seconds is not None and expected_seconds < max_seconds and instances == 1
    expected = (
        f"{cost(expected_seconds)}, if it is as fast as this machine; {most}" if expected_seconds and known else most
    )
    if instances == 1 and expected_seconds is not None and expected_seconds >= max_seconds:
        expected += (
            f". It will probably reach its time limit first: this machine would take {duration(expected_seconds)}"
        )
    spot_note = " On a spot instance it is usually less than half of that." if spot else ""
    return f"{opening(expected)}.{spot_note}"


def start(request: TrainingRequest, name: str, place: Place, directory: Path | None = None) -> Job:
    """Start the process that launches and follows the job, with its own run directory: a new one, or `directory`.

    Raises:
        CloudError: there are more processes than reviews per step.
        JobError: as from `jobs.start`.
    """
    processes = place.instances * max(1, prices.graphics_processors(place.instance_type))
    if processes > (reviews := request.config.batch_size):
        raise CloudError(
            f"A training step uses {reviews} reviews, too few for the {processes} processes on {place.machines}: "
            "raise batch_size, or use fewer instances."
        )
    return registry.start(
        "train", [*request.arguments(), *_flags(name, place)], request.settings(), name, place, directory
    )


def _flags(name: str, place: Place) -> list[str]:
    """Return the equivalent flags of `scripts/cloud.py train`, with confirmation switched off."""
    flags = ["--name", name, "--instance-type", place.instance_type, "--role", place.role, "--region", place.region]
    flags += ["--max-minutes", f"{place.max_seconds / 60:g}", "--yes"]
    flags += ["--instances", str(place.instances)] if place.instances > 1 else []
    flags += ["--spot"] if place.spot else []
    flags += ["--keep-data", str(place.keep_data_days)] if place.keep_data_days != KEEP_DATA_DAYS else []
    flags += ["--profile", place.profile] if place.profile else []
    return [*flags, "--image", place.image] if place.image else flags
