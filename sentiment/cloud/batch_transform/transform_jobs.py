"""The dashboard's batch transforms: each runs in its own process with a run directory, and survives a restart."""

import re

from sentiment.cloud.aws.account import Account
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.scoring_request import BatchRequest, is_request

_FILES = re.compile(r".* · (\d+) of (\d+) files")


def start(account: Account, request: BatchRequest, instance_type: str, instances: int) -> Job:
    """Start scoring a table on SageMaker. JobError if the process cannot be launched."""
    place = {"instance-type": instance_type, "instances": instances, "region": account.region}
    given = place | ({"profile": account.profile} if account.profile else {})
    flags = [f"--{name}={value}" for name, value in given.items()]
    settings = request.settings() | {"instance_type": instance_type, "instances": instances}
    return registry.start("transform", [*request.arguments(), *flags, "--yes"], settings, request.path.stem)


def recent() -> list[Job]:
    """Return all batch transforms, newest first."""
    return [job for job in registry.all_jobs("transform") if is_request(job.settings)]


def progress(job: Job) -> tuple[str, float]:
    """Return a job's last message and the share of its files that are scored, from 0 to 1."""
    line = next(iter(job.last_lines(1)), "Beginning")
    found = _FILES.fullmatch(line)
    share = int(found[1]) / int(found[2]) if found else 0.0
    return ("Stopping the job on AWS" if job.state == "stopping" else line), share


def outcome(job: Job) -> str:
    """Describe the result and cost of a finished job in a sentence; empty before it has finished."""
    ending = job.config.get("outcome")
    if not isinstance(ending, dict):
        return ""
    # Earlier releases stored it with the file's path in front, which is a path on the server.
    return str(ending.get("sentence", "")).removeprefix(f"{ending.get('output')}: ")
