"""Lambda function that deletes resources past their planned end, in case the planned deletion failed.

EventBridge Scheduler starts it every half hour. It relies only on the tags of existing resources: project, owner and
expiry time. When the owner has nothing left that could expire, it deletes the schedule that starts it.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

PROJECT = "review-sentiment"
NAME = re.compile(os.environ["NAMES"])  # the form of the project's names
OWNER, GROUP, SCHEDULE = os.environ["OWNER"], os.environ["GROUP"], os.environ["SCHEDULE"]

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)
sagemaker = boto3.client("sagemaker")
scheduler = boto3.client("scheduler")


def handle(event: Any, context: Any) -> dict[str, int]:
    """End what is past its end; return how many resources were ended and how many are left."""
    now = datetime.now(UTC)
    ended = left = 0
    for name, arn, end in things():
        expires = expiry_of_ours(arn)
        if expires is None:
            continue
        if expires > now or not done(end, name):
            left += 1
        else:
            ended += 1
    if not left and not planned():
        scheduler.delete_schedule(GroupName=GROUP, Name=SCHEDULE)
    return {"ended": ended, "left": left}


def things() -> Iterator[tuple[str, str, Callable[[str], Any]]]:
    """Yield each resource that may be the project's and costs money: name, ARN and the call that ends it."""
    for each in listed("list_endpoints", "Endpoints"):
        if each["EndpointStatus"] != "Deleting":
            yield each["EndpointName"], each["EndpointArn"], lambda name: sagemaker.delete_endpoint(EndpointName=name)
    for each in listed("list_training_jobs", "TrainingJobSummaries", StatusEquals="InProgress"):
        yield (
            each["TrainingJobName"],
            each["TrainingJobArn"],
            lambda name: sagemaker.stop_training_job(TrainingJobName=name),
        )
    for each in listed("list_transform_jobs", "TransformJobSummaries", StatusEquals="InProgress"):
        yield (
            each["TransformJobName"],
            each["TransformJobArn"],
            lambda name: sagemaker.stop_transform_job(TransformJobName=name),
        )


def listed(operation: str, items: str, **more: str) -> Iterator[dict[str, Any]]:
    """Yield the items of a list operation whose name contains the project's."""
    for page in sagemaker.get_paginator(operation).paginate(NameContains=PROJECT, **more):
        yield from page[items]


def expiry_of_ours(arn: str) -> datetime | None:
    """Return a resource's expiry time from its tags; None if it is not the owner's or has none."""
    try:
        pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        named = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    except ClientError as error:
        log.warning("%s: %s", arn, error)
        return None
    if named.get("project") != PROJECT or named.get("created-by") != OWNER or not NAME.fullmatch(arn.split("/")[-1]):
        return None
    try:
        return datetime.strptime(named["expires-at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None


def done(end: Callable[[str], Any], name: str) -> bool:
    """End a resource and return whether that succeeded; if not, the next sweep tries again."""
    try:
        end(name)
    except ClientError as error:
        log.warning("%s: %s", name, error)
        return False
    log.info("ended %s", name)
    return True


def planned() -> bool:
    """Whether the group has another schedule: an endpoint may just be being created."""
    pages = scheduler.get_paginator("list_schedules").paginate(GroupName=GROUP)
    return any(each["Name"] != SCHEDULE for page in pages for each in page["Schedules"])
