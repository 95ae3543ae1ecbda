"""A schedule is done when it is due, and moto keeps schedules where the local cloud looks for them."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto.scheduler.models import scheduler_backends

from sentiment.localcloud.account.schedules import TARGET
from tests.support.waiting import until

ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.fixture
def scheduler(local_cloud):
    return boto3.client("scheduler")


def schedule(scheduler, name, seconds, **more):
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    target = {"Arn": TARGET, "RoleArn": ROLE, "Input": json.dumps({"EndpointName": name})}
    return scheduler.create_schedule(
        Name=name,
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        **more,
    )


def names(scheduler):
    return {each["Name"] for each in scheduler.list_schedules()["Schedules"]}


def test_moto_keeps_schedules_by_region_group_and_name(scheduler):
    schedule(scheduler, "later", 3600)
    (group,) = scheduler_backends["123456789012"]["us-east-1"].schedule_groups.values()
    kept = group.schedules["later"]
    assert (kept.state, kept.schedule_expression_timezone, kept.action_after_completion) == ("ENABLED", "UTC", None)
    assert kept.schedule_expression.startswith("at(")
    assert kept.target["Arn"] == TARGET


def test_what_is_due_is_done_once_and_goes_when_it_is_to_go(scheduler):
    # There is no such endpoint: DeleteEndpoint is refused, which is the end of it.
    schedule(scheduler, "passing", 1, ActionAfterCompletion="DELETE")
    schedule(scheduler, "staying", 1)
    schedule(scheduler, "later", 3600)
    until(lambda: names(scheduler) == {"staying", "later"}, 30)
    until(lambda: scheduler.get_schedule(Name="staying")["State"] == "DISABLED", 30)
    assert scheduler.get_schedule(Name="later")["State"] == "ENABLED"
