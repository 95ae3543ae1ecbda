"""Transforms of the dashboard: each a process of its own with a run directory, found again after a restart."""

import re

from sentiment.cloud.aws.account import Account
from sentiment.jobs import registry
from sentiment.jobs.registry import Job
from sentiment.jobs.scoring_request import BatchRequest

_FILES = re.compile(r".* · (\d+) of (\d+) files")


def start(account: Account, request: BatchRequest, instance_type: str, instances: int) -> Job:
    """Start to score a table on SageMaker. JobError when it cannot be launched."""
    place = {"instance-type": instance_type, "instances": instances, "region": account.region}
    given = place | ({"profile": account.profile} if account.profile else {})
    flags = [f"--{name}={value}" for name, value in given.items()]
    settings = request.settings() | {"instance_type": instance_type, "instances": instances}
    return registry.start("transform", [*request.arguments(), *flags, "--yes"], settings, request.path.stem)


def recent() -> list[Job]:
    """Every transform, newest first."""
    return registry.all_jobs("transform")


def progress(job: Job) -> tuple[str, float]:
    """What a job said last, and the share of its files that are scored, 0 to 1."""
    line = next(iter(job.last_lines(1)), "Beginning")
    found = _FILES.fullmatch(line)
    share = int(found[1]) / int(found[2]) if found else 0.0
    return ("Stopping the job on AWS" if job.state == "stopping" else line), share


def outcome(job: Job) -> str:
    """What a finished job has done and what it cost, in a sentence; empty before."""
    ending = job.config.get("outcome", {})
    # Earlier runs noted it with the path of the file in front, which is one on the server.
    return str(ending.get("sentence", "")).removeprefix(f"{ending.get('output')}: ")
