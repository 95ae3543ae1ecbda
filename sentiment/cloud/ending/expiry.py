"""Planned end of endpoints: EventBridge Scheduler deletes each one, even while this machine is switched off.

Each owner's schedules are in a group of their own, because only groups can have tags. The schedule of an endpoint has
the endpoint's name. One more schedule is recurring: it starts the sweeper, which deletes what outlives its end.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sentiment.cloud.aws import roles
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import unless_missing
from sentiment.cloud.aws.ownership import (
    CREATOR_TAG,
    PROJECT_NAME,
    PROJECT_TAG,
    from_tag_list,
    is_tagged,
    owner,
    owner_folder,
    sagemaker_tags,
    tag_list,
    tags,
)
from sentiment.errors import CloudError

DEFAULT_HOURS = 2.0
LONGEST_HOURS = 24 * 14
SWEEP = "sweep"  # the name of the recurring schedule
SWEEP_MINUTES = 30
# A refused deletion, mostly because the endpoint is being updated, is retried for a day at growing intervals.
_RETRIES = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}


def group_name(creator: str) -> str:
    """Return the name of the group that holds an owner's schedules; `creator` is an ARN or the owner's tag."""
    return f"{PROJECT_NAME}-{owner_folder(creator)}"


def ending(hours: float = DEFAULT_HOURS) -> datetime:
    """Return the time `hours` hours from now, in UTC and whole seconds.

    Raises:
        CloudError: the number is not positive, or longer than an endpoint may live.
    """
    if not 0 < hours <= LONGEST_HOURS:
        raise CloudError(f"An endpoint can live for up to {LONGEST_HOURS // 24} days, not {hours:g} hours.")
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


def in_words(moment: datetime) -> str:
    """Format a time with its date, such as "Monday, 30 November at 22:11 UTC"."""
    return f"{moment.astimezone(UTC):%A, %-d %B at %H:%M} UTC"


def schedule_deletion(account: Account, endpoint_name: str, at: datetime, role_arn: str, creator: str = "") -> None:
    """Schedule the deletion of an endpoint, replacing an earlier time.

    Call it before the endpoint is created, so that no endpoint is ever without an end.

    Args:
        at: When the endpoint is deleted.
        role_arn: A role that the scheduler may assume, as created by `roles.create_role(account, "scheduler")`.
        creator: The endpoint's owner as its tag names it; the caller if empty.

    Raises:
        CloudError: as from `Account.call`.
    """
    target = {
        "Arn": f"arn:{account.partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
        "RoleArn": role_arn,
        "Input": json.dumps({"EndpointName": endpoint_name}),
        "RetryPolicy": _RETRIES,
    }
    _put(
        account,
        creator or account.arn,
        Name=endpoint_name,
        Description=f"Deletes the endpoint {endpoint_name} of Review Sentiment",
        ScheduleExpression=f"at({at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
        ActionAfterCompletion="DELETE",
        Target=target,
    )


def schedule_sweeps(account: Account, function_arn: str, role_arn: str) -> None:
    """Schedule the sweeper every half hour. CloudError as from `Account.call`."""
    _put(
        account,
        account.arn,
        Name=SWEEP,
        Description="Deletes resources of Review Sentiment that are past their end",
        ScheduleExpression=f"rate({SWEEP_MINUTES} minutes)",
        Target={"Arn": function_arn, "RoleArn": role_arn, "Input": "{}", "RetryPolicy": _RETRIES},
    )


def extend(account: Account, endpoint_name: str, at: datetime) -> None:
    """Move the end of an endpoint to a later or earlier time, and update its tags.

    Raises:
        CloudError: as from `Account.call`; `missing` if there is no such endpoint. Also if the time is later than an
            endpoint may live.
    """
    if at > ending(LONGEST_HOURS):
        raise CloudError(f"An endpoint can live up to {LONGEST_HOURS // 24} days from now: choose an earlier end.")
    endpoint = account.call("sagemaker", "describe_endpoint", EndpointName=endpoint_name)
    role = roles.create_role(account, "scheduler")
    # The owner stays the same when a colleague extends an endpoint.
    creator = sagemaker_tags(account, endpoint["EndpointArn"]).get(CREATOR_TAG) or owner(account.arn)
    roles.once_usable(lambda: schedule_deletion(account, endpoint_name, at, role, creator))
    named = tag_list(tags(creator, at))
    account.call("sagemaker", "add_tags", ResourceArn=endpoint["EndpointArn"], Tags=named)


def cancel(account: Account, endpoint_name: str, creator: str = "") -> None:
    """Delete the schedule of an endpoint, if there is one.

    `creator` is the endpoint's owner as its tag names it; the caller if empty.

    Raises:
        CloudError: as from `Account.call`.
    """
    with unless_missing():
        account.call("scheduler", "delete_schedule", GroupName=group_name(creator or account.arn), Name=endpoint_name)


def delete_group(account: Account) -> None:
    """Delete this owner's group with all its schedules. CloudError as from `Account.call`."""
    with unless_missing():
        account.call("scheduler", "get_schedule_group", Name=group_name(account.arn))
        account.call("scheduler", "delete_schedule_group", Name=group_name(account.arn))


def groups(account: Account) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield the groups of all owners, each with its tags. CloudError as from `Account.call`.

    This owner's group is recognised by its name even without tags, because its schedules still delete endpoints.
    """
    listed = account.pages("scheduler", "list_schedule_groups", "ScheduleGroups", NamePrefix=f"{PROJECT_NAME}-")
    for group in listed:
        answer = account.call("scheduler", "list_tags_for_resource", ResourceArn=group["Arn"])
        named = from_tag_list(answer.get("Tags", []))
        if PROJECT_TAG not in named and group["Name"] == group_name(account.arn):
            named = tags(account.arn)
        if is_tagged(named):
            yield group, named


def scheduled(account: Account, group: str) -> list[str]:
    """Return the names of the endpoints that a group's schedules delete; none if there is no group. CloudError."""
    found: list[str] = []
    with unless_missing():
        listed = account.pages("scheduler", "list_schedules", "Schedules", GroupName=group)
        found.extend(each["Name"] for each in listed)
    return [name for name in found if name != SWEEP]


def scheduled_by_all(account: Account) -> dict[str, str]:
    """Return the owner of each endpoint's schedule, by the endpoint's name."""
    return {
        name: named.get(CREATOR_TAG, owner(account.arn))
        for group, named in groups(account)
        for name in scheduled(account, group["Name"])
    }


def _put(account: Account, creator: str, **schedule: Any) -> None:
    """Create or update an owner's schedule; completely, because an update resets whatever it does not name."""
    whole: Mapping[str, Any] = {
        "GroupName": group_name(creator),
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        **schedule,
    }
    try:
        account.call("scheduler", "update_schedule", **whole)
    except CloudError as error:
        if not error.missing:
            raise
        _make_group(account, creator)
        account.call("scheduler", "create_schedule", **whole)


def _make_group(account: Account, creator: str) -> None:
    """Create an owner's group if it does not exist."""
    try:
        account.call("scheduler", "get_schedule_group", Name=group_name(creator))
    except CloudError as error:
        if not error.missing:
            raise
        account.call("scheduler", "create_schedule_group", Name=group_name(creator), Tags=tag_list(tags(creator)))
