"""A schedule performs its action, with its role, when it is due; moto stores schedules where the local cloud looks."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.scheduler.models import scheduler_backends

from tests.localcloud.roles import make_role, policy
from tests.localcloud.small_server import create_model, upload_model
from tests.support.waiting import until

TARGET = "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
ONCE = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


@pytest.fixture
def scheduler(local_cloud):
    return boto3.client("scheduler")


def schedule(scheduler, name, seconds=3600, retry=ONCE, role=None, target=TARGET, expression="", given=None, **more):
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    arn = role or make_role("scheduler", "scheduler")
    target = {"Arn": target, "RoleArn": arn, "Input": json.dumps(given or {"EndpointName": name}), "RetryPolicy": retry}
    return scheduler.create_schedule(
        Name=name,
        ScheduleExpression=expression or f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        **more,
    )


def names(scheduler):
    return {each["Name"] for each in scheduler.list_schedules()["Schedules"]}


def endpoint(name):
    create_model(name, upload_model())
    sagemaker = boto3.client("sagemaker")
    variant = {"VariantName": "A", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    until(lambda: sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService")


def there():
    return [each["EndpointName"] for each in boto3.client("sagemaker").list_endpoints()["Endpoints"]]


def test_moto_keeps_schedules_by_region_group_and_name(scheduler):
    schedule(scheduler, "later")
    (group,) = scheduler_backends["123456789012"]["us-east-1"].schedule_groups.values()
    kept = group.schedules["later"]
    assert (kept.state, kept.schedule_expression_timezone, kept.action_after_completion) == ("ENABLED", "UTC", None)
    assert kept.schedule_expression.startswith("at(")
    assert kept.target["Arn"] == TARGET
    assert kept.target["RetryPolicy"] == ONCE


def test_what_is_due_is_done_once_and_goes_when_it_is_to_go(scheduler):
    # There is no such endpoint: DeleteEndpoint fails, and is not retried.
    schedule(scheduler, "passing", 1, ActionAfterCompletion="DELETE")
    schedule(scheduler, "staying", 1)
    schedule(scheduler, "later")
    until(lambda: names(scheduler) == {"staying", "later"})
    until(lambda: scheduler.get_schedule(Name="staying")["State"] == "DISABLED")
    assert scheduler.get_schedule(Name="later")["State"] == "ENABLED"


def test_role_without_the_permission_ends_nothing(local_cloud, scheduler):
    role = make_role("scheduler", "scheduler")
    endpoint("runs")
    schedule(scheduler, "runs", role=role)
    allowed = {"Effect": "Allow", "Action": "sagemaker:DeleteModel", "Resource": "*"}
    boto3.client("iam").put_role_policy(RoleName="scheduler", PolicyName="all", PolicyDocument=policy(allowed))
    assert "not authorized to perform: sagemaker:DeleteEndpoint" in local_cloud.fire("runs")
    assert there() == ["runs"]
    allowed["Action"] = "sagemaker:DeleteEndpoint"
    boto3.client("iam").put_role_policy(RoleName="scheduler", PolicyName="all", PolicyDocument=policy(allowed))
    assert local_cloud.fire("runs") == ""
    assert there() == []


def test_role_that_is_gone_by_then_ends_nothing(local_cloud, scheduler):
    schedule(scheduler, "late")
    iam = boto3.client("iam")
    iam.delete_role_policy(RoleName="scheduler", PolicyName="all")
    iam.delete_role(RoleName="scheduler")
    assert "cannot be assumed" in local_cloud.fire("late")


def test_refused_end_is_tried_again_as_often_as_it_may_be(local_cloud, scheduler):
    endpoint("busy")
    local_cloud.set_endpoint_status("busy", "SystemUpdating")
    schedule(scheduler, "busy", 1, retry={"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600})
    assert "Cannot update in-progress endpoint" in local_cloud.fire("busy")
    assert there() == ["busy"]
    local_cloud.set_endpoint_status("busy", "InService")
    until(lambda: there() == [])
    until(lambda: scheduler.get_schedule(Name="busy")["State"] == "DISABLED")


@pytest.mark.parametrize("name", ["missing", "sagemaker-role", "new"])
def test_schedule_wants_a_role_that_the_scheduler_can_take_on(local_cloud, scheduler, monkeypatch, name):
    arn = f"arn:aws:iam::123456789012:role/{name}"
    if name != "missing":
        make_role(name, "sagemaker" if name == "sagemaker-role" else "scheduler")
    if name == "new":
        monkeypatch.setattr(local_cloud.machinery, "role_settling_seconds", 3600)
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        schedule(scheduler, "one", role=arn)


def test_recurring_schedule_calls_a_function(local_cloud, scheduler):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "import logging\ndef handle(event, context):\n    logging.warning(event['word'])\n")
    made = boto3.client("lambda").create_function(
        FunctionName="sweep",
        Runtime="python3.12",
        Handler="app.handle",
        Role=make_role("sweep", "lambda"),
        Code={"ZipFile": packed.getvalue()},
    )
    schedule(scheduler, "often", target=made["FunctionArn"], expression="rate(30 minutes)", given={"word": "swept"})
    assert local_cloud.fire("often") == ""
    events = boto3.client("logs").filter_log_events(logGroupName="/aws/lambda/sweep")["events"]
    assert any("swept" in event["message"] for event in events)
    assert scheduler.get_schedule(Name="often")["State"] == "ENABLED"
