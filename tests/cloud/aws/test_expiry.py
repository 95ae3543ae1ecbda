from datetime import UTC, datetime, timedelta

import boto3
import pytest

from sentiment.cloud.aws import account, expiry, ownership, roles
from sentiment.errors import CloudError
from tests.support.cloud_things import endpoint_names, make_endpoint
from tests.support.waiting import until

NAME = "review-sentiment-tiny"


@pytest.fixture
def here(local_cloud):
    return account.connect()


def scheduled(name=NAME):
    return boto3.client("scheduler").get_schedule(GroupName=expiry.GROUP, Name=name)


def set_end(here, name, at):
    expiry.schedule_deletion(here, name, at, roles.create_role(here, "scheduler"))


def in_seconds(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_an_endpoint_ends_by_itself_and_its_schedule_goes(here):
    make_endpoint(here, NAME)
    make_endpoint(here, "review-sentiment-other")
    set_end(here, NAME, in_seconds(1))
    until(lambda: endpoint_names() == ["review-sentiment-other"], 30)
    until(lambda: not boto3.client("scheduler").list_schedules()["Schedules"], 30)


def test_schedule_calls_sagemaker_itself_by_our_role_in_a_group_with_our_tags(here):
    set_end(here, NAME, datetime(2031, 2, 3, 4, 5, 6, 7, UTC))
    told = scheduled()
    assert told["ScheduleExpression"] == "at(2031-02-03T04:05:06)"
    assert told["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
    assert told["Target"]["RoleArn"].endswith("role/review-sentiment-scheduler-us-east-1")
    assert told["Target"]["Input"] == f'{{"EndpointName": "{NAME}"}}'
    assert told["ActionAfterCompletion"] == "DELETE"
    scheduler = boto3.client("scheduler")
    arn = scheduler.get_schedule_group(Name=expiry.GROUP)["Arn"]
    named = ownership.from_tag_list(scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"])
    assert ownership.is_ours(named)


def test_extending_moves_the_schedule_and_the_tag(here):
    set_end(here, NAME, in_seconds(3600))
    make_endpoint(here, NAME)
    later = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    expiry.extend(here, NAME, later)
    assert scheduled()["ScheduleExpression"] == "at(2031-02-03T04:05:06)"
    arn = here.call("sagemaker", "describe_endpoint", EndpointName=NAME)["EndpointArn"]
    named = here.call("sagemaker", "list_tags", ResourceArn=arn)["Tags"]
    assert ownership.expiry(ownership.from_tag_list(named)) == later
    assert len(boto3.client("scheduler").list_schedules()["Schedules"]) == 1


def test_an_endpoint_without_a_schedule_gets_one_when_it_is_extended(here):
    make_endpoint(here, NAME)
    expiry.extend(here, NAME, expiry.ending(1))
    assert scheduled()["State"] == "ENABLED"


def test_extending_what_is_gone_is_told_and_schedules_nothing(here):
    with pytest.raises(CloudError) as raised:
        expiry.extend(here, NAME, expiry.ending(1))
    assert raised.value.missing
    assert not boto3.client("scheduler").list_schedules()["Schedules"]


def test_cancelling_is_idempotent(here):
    set_end(here, NAME, in_seconds(3600))
    expiry.cancel(here, NAME)
    expiry.cancel(here, NAME)
    assert not boto3.client("scheduler").list_schedules()["Schedules"]


def test_usual_end_is_in_two_hours():
    assert abs((expiry.ending() - in_seconds(7200)).total_seconds()) < 5
