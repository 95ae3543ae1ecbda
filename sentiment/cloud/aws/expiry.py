"""When an endpoint ends: EventBridge Scheduler deletes it by itself, also when this machine is switched off.

Our schedules are in a group of their own, because only a group can have tags. The one of an endpoint has its name.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sentiment.cloud.aws import roles
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.ownership import PROJECT_NAME, tag_list, tags
from sentiment.errors import CloudError

DEFAULT_HOURS = 2.0
GROUP = PROJECT_NAME


def ending(hours: float = DEFAULT_HOURS) -> datetime:
    """Return the time so many hours from now, in UTC and whole seconds."""
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


def schedule_deletion(account: Account, endpoint_name: str, at: datetime, role_arn: str) -> None:
    """Have an endpoint deleted at a time, instead of at the time that was set before.

    To be called before the endpoint is made, so that none is ever without an end. The role is one that the
    scheduler may take on, as `roles.create_role(account, "scheduler")` makes it.

    Raises:
        CloudError: as from `Account.call`.
    """
    schedule = _schedule(account, endpoint_name, at, role_arn)
    try:
        account.call("scheduler", "update_schedule", **schedule)
    except CloudError as error:
        if not error.missing:
            raise
        _make_group(account)
        account.call("scheduler", "create_schedule", **schedule)


def extend(account: Account, endpoint_name: str, at: datetime) -> None:
    """Have an endpoint live until a time, later or sooner than was set, and say so in its tags.

    Raises:
        CloudError: as from `Account.call`; `missing` when there is no such endpoint.
    """
    endpoint = account.call("sagemaker", "describe_endpoint", EndpointName=endpoint_name)
    role = roles.our_role(account, "scheduler") or roles.create_role(account, "scheduler")
    roles.once_assumable(lambda: schedule_deletion(account, endpoint_name, at, role))
    named = tag_list(tags(account.arn, at))
    account.call("sagemaker", "add_tags", ResourceArn=endpoint["EndpointArn"], Tags=named)


def cancel(account: Account, endpoint_name: str) -> None:
    """Take back what was scheduled for an endpoint that is deleted; nothing happens when nothing was.

    Raises:
        CloudError: as from `Account.call`.
    """
    try:
        account.call("scheduler", "delete_schedule", GroupName=GROUP, Name=endpoint_name)
    except CloudError as error:
        if not error.missing:
            raise


def _schedule(account: Account, endpoint_name: str, at: datetime, role_arn: str) -> Mapping[str, Any]:
    """Return the whole schedule: an update forgets what it does not name."""
    return {
        "GroupName": GROUP,
        "Name": endpoint_name,
        "Description": f"Ends the endpoint {endpoint_name} of Review Sentiment",
        "ScheduleExpression": f"at({at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": f"arn:{account.partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": role_arn,
            "Input": json.dumps({"EndpointName": endpoint_name}),
        },
    }


def _make_group(account: Account) -> None:
    try:
        account.call("scheduler", "create_schedule_group", Name=GROUP, Tags=tag_list(tags(account.arn)))
    except CloudError as error:
        if error.code != "ConflictException":  # it is there already
            raise
