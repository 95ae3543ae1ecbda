from datetime import UTC, datetime, timedelta

import boto3
import pytest

from sentiment.cloud.aws import account, ownership, roles
from sentiment.cloud.ending import expiry
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.errors import CloudError
from tests.support.cloud_things import (
    COLLEAGUE,
    THEIRS,
    US,
    endpoint_names,
    make_autoscaling,
    make_endpoint,
    make_group,
    make_stack,
    named,
)
from tests.support.waiting import until

NAME = named("tiny")


@pytest.fixture
def here(local_cloud):
    return account.connect()


def scheduled(name=NAME):
    return boto3.client("scheduler").get_schedule(GroupName=expiry.group_name(US), Name=name)


def set_end(here, name, at):
    expiry.schedule_deletion(here, name, at, roles.create_role(here, "scheduler"))


def in_seconds(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_an_endpoint_ends_by_itself_and_its_schedule_goes(here):
    make_endpoint(here, NAME)
    make_endpoint(here, named("other"))
    set_end(here, NAME, in_seconds(1))
    until(lambda: endpoint_names() == [named("other")])
    until(lambda: not boto3.client("scheduler").list_schedules()["Schedules"])


def test_schedule_calls_sagemaker_itself_by_our_role_in_a_group_with_our_tags(here):
    set_end(here, NAME, datetime(2031, 2, 3, 4, 5, 6, 7, UTC))
    said = scheduled()
    assert said["ScheduleExpression"] == "at(2031-02-03T04:05:06)"
    assert said["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
    assert said["Target"]["RoleArn"].endswith("role/review-sentiment-scheduler-us-east-1")
    assert said["Target"]["Input"] == f'{{"EndpointName": "{NAME}"}}'
    assert said["ActionAfterCompletion"] == "DELETE"
    scheduler = boto3.client("scheduler")
    arn = scheduler.get_schedule_group(Name=expiry.group_name(US))["Arn"]
    tagged = ownership.from_tag_list(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])
    assert ownership.is_tagged(tagged)


def test_extending_moves_the_schedule_and_the_tag(here):
    set_end(here, NAME, in_seconds(3600))
    make_endpoint(here, NAME)
    later = expiry.ending(100)
    expiry.extend(here, NAME, later)
    assert scheduled()["ScheduleExpression"] == f"at({later:%Y-%m-%dT%H:%M:%S})"
    arn = here.call("sagemaker", "describe_endpoint", EndpointName=NAME)["EndpointArn"]
    tagged = here.call("sagemaker", "list_tags", ResourceArn=arn)["Tags"]
    assert ownership.expiry(ownership.from_tag_list(tagged)) == later
    assert len(boto3.client("scheduler").list_schedules()["Schedules"]) == 1


def test_an_endpoint_without_a_schedule_gets_one_when_it_is_extended(here):
    make_endpoint(here, NAME)
    expiry.extend(here, NAME, expiry.ending(1))
    assert scheduled()["State"] == "ENABLED"


def test_extending_what_is_gone_is_reported_and_schedules_nothing(here):
    with pytest.raises(CloudError) as raised:
        expiry.extend(here, NAME, expiry.ending(1))
    assert raised.value.missing
    assert not boto3.client("scheduler").list_schedules()["Schedules"]


@pytest.mark.parametrize("hours", [0, -1, float("inf"), float("nan"), 14 * 24 + 1])
def test_an_end_is_from_now_up_to_two_weeks_off(hours):
    with pytest.raises(CloudError, match="for up to 14 days"):
        expiry.ending(hours)


def test_extending_further_than_two_weeks_is_refused(here):
    make_endpoint(here, NAME)
    with pytest.raises(CloudError, match="up to 14 days from now"):
        expiry.extend(here, NAME, expiry.ending(300) + timedelta(hours=100))


def test_a_refused_deletion_is_tried_again_for_a_day(here):
    set_end(here, NAME, in_seconds(3600))
    assert scheduled()["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}


KINDS = {
    "real time": {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2},
    "serverless": {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 4}},
    "asynchronous": {"asynchronous": True, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
    "autoscaled": {},
    "published": {},
}


@pytest.mark.parametrize("state", ["InService", "Failed"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_scheduler_s_role_ends_an_endpoint_of_any_kind_once_its_state_allows_it(here, local_cloud, kind, state):
    make_endpoint(here, NAME, **KINDS[kind])
    if kind in ("asynchronous", "autoscaled"):
        make_autoscaling(here, NAME)
    if kind == "published":
        make_stack(here, named("api"))
    set_end(here, NAME, in_seconds(3600))
    for busy in ("Creating", "Updating", "SystemUpdating", "RollingBack"):
        local_cloud.set_endpoint_status(NAME, busy)
        assert "Cannot update in-progress endpoint" in local_cloud.fire(NAME)
        assert endpoint_names() == [NAME]
    local_cloud.set_endpoint_status(NAME, state)
    assert local_cloud.fire(NAME) == ""
    assert endpoint_names() == []
    scaling = boto3.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    assert scaling["ScalableTargets"] == []
    # An end that is due when the endpoint no longer exists finds nothing; other resources remain listed.
    assert "Could not find" in local_cloud.fire(NAME)
    left = {each.kind for each in inventory(here, ["endpoint configuration", "model", "public API"])}
    assert left == {"endpoint configuration", "model"} | ({"public API"} if kind == "published" else set())


def test_a_colleague_s_endpoint_is_extended_in_the_colleague_s_group(here):
    make_endpoint(here, NAME, THEIRS)
    make_group(here, COLLEAGUE, NAME)
    expiry.extend(here, NAME, expiry.ending(3))
    (schedule,) = boto3.client("scheduler").list_schedules()["Schedules"]
    assert schedule["GroupName"] == expiry.group_name(COLLEAGUE)
    assert expiry.scheduled_by_all(here) == {NAME: ownership.owner(COLLEAGUE)}


def test_time_is_said_with_its_date():
    assert expiry.in_words(datetime(2030, 5, 3, 22, 11, tzinfo=UTC)) == "Friday, 3 May at 22:11 UTC"


def test_cancelling_is_idempotent(here):
    set_end(here, NAME, in_seconds(3600))
    expiry.cancel(here, NAME)
    expiry.cancel(here, NAME)
    assert not boto3.client("scheduler").list_schedules()["Schedules"]


def test_usual_end_is_in_two_hours():
    assert abs((expiry.ending() - in_seconds(7200)).total_seconds()) < 5
