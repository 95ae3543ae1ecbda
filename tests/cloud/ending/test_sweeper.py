"""The function that ends expired resources, created as by a deployment and started as by the schedule."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from sentiment.cloud.aws import account, roles
from sentiment.cloud.aws.ownership import tag_list, tags
from sentiment.cloud.ending import expiry, sweeper
from tests.support.cloud_things import COLLEAGUE, US, endpoint_names, make_endpoint, make_training_job, named

PAST, FUTURE = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
WAITING = "trap 'exit 0' TERM; sleep 600 & wait"


@pytest.fixture
def here(local_cloud):
    return account.connect()


@pytest.fixture
def swept(here):
    """Start the function like the schedule, and return its output."""
    sweeper.create(here, roles.create_role(here, "scheduler"))
    name = sweeper.function_name(here)

    def start():
        answer = boto3.client("lambda").invoke(FunctionName=name)
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    return start


def schedules():
    return [each["Name"] for each in boto3.client("scheduler").list_schedules()["Schedules"]]


def test_what_is_past_its_end_is_ended_and_nothing_else(here, swept):
    make_endpoint(here, named("late"), tag_list(tags(US, PAST)))
    make_endpoint(here, named("due"), tag_list(tags(US, FUTURE)))
    make_endpoint(here, named("bob"), tag_list(tags(COLLEAGUE, PAST)))
    make_endpoint(here, "prod-review-sentiment-v2", tag_list(tags(US, PAST)))
    make_training_job(here, named("job"), WAITING, tag_list(tags(US, PAST)))
    assert swept() == {"ended": 2, "left": 1}
    assert sorted(endpoint_names()) == sorted(["prod-review-sentiment-v2", named("due"), named("bob")])
    job = here.call("sagemaker", "describe_training_job", TrainingJobName=named("job"))
    assert job["TrainingJobStatus"] in ("Stopping", "Stopped")
    assert schedules() == ["sweep"]


def test_what_cannot_be_ended_now_is_ended_by_the_next_sweep(here, swept, local_cloud):
    make_endpoint(here, named("late"), tag_list(tags(US, PAST)))
    local_cloud.faults.next_calls("DeleteEndpoint", *["denied"] * 5)
    assert swept() == {"ended": 0, "left": 1}
    local_cloud.faults.clear()
    assert swept() == {"ended": 1, "left": 0}


def test_the_sweeper_stops_once_nothing_is_left_to_end(here, swept):
    role = roles.create_role(here, "scheduler")
    expiry.schedule_deletion(here, named("due"), expiry.ending(), role)
    swept()
    assert sorted(schedules()) == [named("due"), "sweep"]
    expiry.cancel(here, named("due"))
    assert swept() == {"ended": 0, "left": 0}
    assert schedules() == []


def test_it_is_made_once_and_its_code_brought_up_to_date(here, swept):
    functions = boto3.client("lambda")
    name = sweeper.function_name(here)
    current = functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"]
    functions.update_function_code(FunctionName=name, ZipFile=sweeper._packed() + b"older")
    sweeper.create(here, roles.create_role(here, "scheduler"))
    assert functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"] == current
    assert [each["FunctionName"] for each in functions.list_functions()["Functions"]] == [name]
    (schedule,) = boto3.client("scheduler").list_schedules()["Schedules"]
    said = boto3.client("scheduler").get_schedule(GroupName=schedule["GroupName"], Name="sweep")
    assert said["ScheduleExpression"] == "rate(30 minutes)"
    assert said["Target"]["Arn"].endswith(name)


def test_it_goes_with_its_log_and_only_once(here, swept):
    name = sweeper.function_name(here)
    for _ in range(2):
        sweeper.delete(here, name)
    assert list(sweeper.all_sweepers(here)) == []
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []
