"""What our jobs and endpoints have printed, which CloudWatch keeps after them, in log groups that have no tags.

Whose a log is follows from the job: SageMaker knows the tags of jobs that have ended, too. An endpoint is forgotten
once it is deleted; its log is ours by its name, of the form that only `ownership.resource_name` gives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, is_resource_name
from sentiment.cloud.housekeeping.sagemaker_resources import our_tags
from sentiment.errors import CloudError

# By log group, what a job is called in its ARN: all jobs of a kind share a group, and a stream begins with its job.
_JOBS = {"/aws/sagemaker/TrainingJobs": "training-job", "/aws/sagemaker/TransformJobs": "transform-job"}
_ENDPOINTS = "/aws/sagemaker/Endpoints/"


@dataclass(frozen=True)
class Log:
    """What one job or endpoint has printed: some streams of a log group, or the whole group when there are none."""

    owner: str
    group: str
    streams: tuple[str, ...] = ()


def kept(account: Account) -> list[Log]:
    """Return the logs of our jobs, and of our endpoints that are no more.

    Raises:
        CloudError: as from `Account.call`.
    """
    return [*_of_jobs(account), *_of_endpoints(account)]


def kept_in_words(account: Account) -> str:
    """Say how many there are, such as "3 logs of jobs and endpoints that have ended".

    Empty when there are none, or when they may not be looked at.
    """
    try:
        number = len(kept(account))
    except CloudError:
        return ""
    return f"{number} log{'s' if number != 1 else ''} of jobs and endpoints that have ended" if number else ""


def delete(account: Account, log: Log) -> None:
    """Delete a log; nothing happens when it is gone. CloudError as from `Account.call`."""
    for stream in log.streams:
        with _unless_missing():
            account.call("logs", "delete_log_stream", logGroupName=log.group, logStreamName=stream)
    if not log.streams:
        with _unless_missing():
            account.call("logs", "delete_log_group", logGroupName=log.group)


def _of_jobs(account: Account) -> Iterator[Log]:
    for group, kind in _JOBS.items():
        for job, streams in groupby(_streams(account, group), lambda stream: stream.partition("/")[0]):
            of_job = tuple(streams)
            if our_tags(account, f"arn:{account.partition}:sagemaker:{account.region}:{account.number}:{kind}/{job}"):
                yield Log(job, group, of_job)


def _streams(account: Account, group: str) -> list[str]:
    """The streams of a group that begin with our name, by name; none before the first job of the account."""
    asked = {"logGroupName": group, "logStreamNamePrefix": f"{PROJECT_NAME}-"}
    found: list[str] = []
    with _unless_missing():
        found.extend(
            each["logStreamName"] for each in account.pages("logs", "describe_log_streams", "logStreams", **asked)
        )
    return sorted(found)


def _of_endpoints(account: Account) -> Iterator[Log]:
    prefix = f"{_ENDPOINTS}{PROJECT_NAME}-"
    for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
        endpoint = group["logGroupName"].removeprefix(_ENDPOINTS)
        if is_resource_name(endpoint) and not _exists(account, endpoint):
            yield Log(endpoint, group["logGroupName"])


def _exists(account: Account, endpoint: str) -> bool:
    found = False
    with _unless_missing():
        found = bool(account.call("sagemaker", "describe_endpoint", EndpointName=endpoint))
    return found


@contextmanager
def _unless_missing() -> Iterator[None]:
    """Pass over what is not there. CloudError for every other refusal."""
    try:
        yield
    except CloudError as error:
        if not error.missing:
            raise
