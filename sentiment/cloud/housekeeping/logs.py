"""The logs of jobs and endpoints, which CloudWatch keeps after these have ended.

SageMaker still knows the tags of ended jobs, which identify the owner of a job's log. It forgets deleted endpoints, so
an endpoint's log group is created before the endpoint, with its own tags and a retention time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import unless_missing
from sentiment.cloud.aws.ownership import CREATOR_TAG, PROJECT_NAME, is_ours, owner
from sentiment.cloud.hosting.endpoint_log import PREFIX as _ENDPOINTS
from sentiment.cloud.housekeeping.sagemaker_resources import our_tags
from sentiment.errors import CloudError

# Each log group's job type in ARNs. Jobs of one kind share a group, and stream names start with the job's name.
_JOBS = {"/aws/sagemaker/TrainingJobs": "training-job", "/aws/sagemaker/TransformJobs": "transform-job"}


@dataclass(frozen=True)
class Log:
    """The log of one job or endpoint: some streams of a log group, or the whole group if `streams` is empty."""

    owner: str
    group: str
    streams: tuple[str, ...] = ()


def kept(account: Account, everyone: bool = False) -> list[Log]:
    """Return the logs of jobs and deleted endpoints, of the caller or of everyone.

    Raises:
        CloudError: as from `Account.call`.
    """
    return [*_of_jobs(account, everyone), *_of_endpoints(account, everyone)]


def kept_in_words(account: Account, everyone: bool = False) -> str:
    """Describe how many logs there are, such as "3 logs of jobs and endpoints that have ended".

    Empty if there are none or if they cannot be listed.
    """
    try:
        number = len(kept(account, everyone))
    except CloudError:
        return ""
    return f"{number} log{'s' if number != 1 else ''} of jobs and endpoints that have ended" if number else ""


def delete(account: Account, log: Log) -> None:
    """Delete a log, if it still exists. CloudError as from `Account.call`."""
    for stream in log.streams:
        with unless_missing():
            account.call("logs", "delete_log_stream", logGroupName=log.group, logStreamName=stream)
    if not log.streams:
        with unless_missing():
            account.call("logs", "delete_log_group", logGroupName=log.group)


def _of_jobs(account: Account, everyone: bool) -> Iterator[Log]:
    for group, kind in _JOBS.items():
        for job, streams in groupby(_streams(account, group), lambda stream: stream.partition("/")[0]):
            of_job = tuple(streams)
            named = our_tags(
                account, f"arn:{account.partition}:sagemaker:{account.region}:{account.number}:{kind}/{job}"
            )
            if named and (everyone or named.get(CREATOR_TAG) == owner(account.arn)):
                yield Log(job, group, of_job)


def _streams(account: Account, group: str) -> list[str]:
    """Return a group's streams that start with the project's name, sorted; none before the account's first job."""
    asked = {"logGroupName": group, "logStreamNamePrefix": f"{PROJECT_NAME}-"}
    found: list[str] = []
    with unless_missing():
        found.extend(
            each["logStreamName"] for each in account.pages("logs", "describe_log_streams", "logStreams", **asked)
        )
    return sorted(found)


def _of_endpoints(account: Account, everyone: bool) -> Iterator[Log]:
    prefix = f"{_ENDPOINTS}{PROJECT_NAME}-"
    for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
        endpoint, arn = group["logGroupName"].removeprefix(_ENDPOINTS), group["arn"].removesuffix(":*")
        named = account.call("logs", "list_tags_for_resource", resourceArn=arn).get("tags", {})
        mine = everyone or named.get(CREATOR_TAG) == owner(account.arn)
        if is_ours(endpoint, named) and mine and not _exists(account, endpoint):
            yield Log(endpoint, group["logGroupName"])


def _exists(account: Account, endpoint: str) -> bool:
    found = False
    with unless_missing():
        found = bool(account.call("sagemaker", "describe_endpoint", EndpointName=endpoint))
    return found
