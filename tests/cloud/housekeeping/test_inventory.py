from datetime import UTC, datetime

import boto3
import pytest

from sentiment.cloud.aws import account, ownership, roles, s3
from sentiment.cloud.ending import expiry
from sentiment.cloud.hosting.endpoints import SERVING
from sentiment.cloud.housekeeping.inventory import in_short, inventory, sentence
from sentiment.cloud.housekeeping.resource import Resource
from sentiment.errors import CloudError
from tests.support.cloud_things import (
    FOREIGN,
    OURS,
    US,
    endpoint_names,
    make_autoscaling,
    make_endpoint,
    make_model,
    make_stack,
    make_training_job,
    named,
)

WAITING = "trap 'exit 0' TERM; sleep 600 & wait"


@pytest.fixture
def here(local_cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    return account.connect()


def found(here):
    return {(each.kind, each.name): each for each in inventory(here)}


def thing(kind="endpoint", hourly=0.0):
    return Resource(kind, "name", "arn", "link", US, hourly=hourly)


def test_empty_account_has_nothing_of_ours(here):
    assert list(inventory(here)) == []
    assert sentence([], "eu-west-1") == "Nothing on AWS in eu-west-1"


def test_endpoint_is_listed_with_its_machines_price_age_and_end(here):
    until = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    tagged = ownership.tag_list(ownership.tags(US, until))
    make_endpoint(here, named("a"), tagged, InstanceType="ml.m5.large", InitialInstanceCount=2)
    listed = found(here)
    endpoint = listed["endpoint", named("a")]
    assert endpoint.running
    assert endpoint.hourly == pytest.approx(0.23)
    assert endpoint.detail == "2 × ml.m5.large"
    assert endpoint.expires == until
    assert (datetime.now(UTC) - endpoint.created).total_seconds() < 60
    assert endpoint.link.startswith(
        "https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1#/endpoints/"
    )
    for kind in ("endpoint configuration", "model"):
        assert not listed[kind, named("a")].running
        assert listed[kind, named("a")].hourly == 0


def test_serverless_endpoint_is_paid_by_use_and_an_unknown_machine_has_no_price(here):
    make_endpoint(here, named("s"), ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5})
    make_endpoint(here, named("x"), InstanceType="ml.p3.16xlarge", InitialInstanceCount=1)
    listed = found(here)
    assert listed["endpoint", named("s")].detail == "serverless, 2 GB"
    assert listed["endpoint", named("s")].hourly == 0
    assert listed["endpoint", named("x")].hourly is None
    assert (
        sentence(listed.values(), "eu-west-1") == "2 resources running in eu-west-1, paid by use and an unknown amount"
    )


def test_working_training_job_is_listed_with_its_price_and_not_once_it_has_ended(here):
    make_training_job(here, named("job"), WAITING)
    (job,) = inventory(here, ["training job"])
    assert (job.name, job.status, job.detail) == (named("job"), "InProgress", "2 × ml.m5.xlarge")
    assert job.hourly == pytest.approx(0.46)
    assert sentence([job], "eu-west-1") == "1 resource running in eu-west-1, $0.46 an hour"
    here.call("sagemaker", "stop_training_job", TrainingJobName=job.name)
    boto3.client("sagemaker").get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=job.name, WaiterConfig={"Delay": 1}
    )
    assert list(inventory(here, ["training job"])) == []


def test_files_api_schedules_autoscaling_bucket_and_roles_are_listed(here):
    s3.upload_bytes(here, b"x" * 2_000_000, "data/one")
    s3.upload_bytes(here, b"x", "data/two")
    make_stack(here, named("api"), ownership.tag_list(ownership.tags(US, expiry.ending())))
    roles.create_role(here, "execution")
    expiry.schedule_deletion(here, named("a"), expiry.ending(), roles.create_role(here, "scheduler"))
    make_autoscaling(here, named("a"))
    listed = found(here)
    bucket = s3.bucket_name(here)
    assert listed["public API", named("api")].expires is None  # nothing ends it by itself
    assert listed["files", f"{bucket}/{s3.prefix(here)}"].detail == "2.0 MB in 2 files"
    assert listed["schedules", expiry.group_name(US)].detail == "1 endpoint to end"
    assert listed["autoscaling", f"endpoint/{named('a')}/variant/AllTraffic"].detail == "1 to 3 instances"
    assert set(listed) >= {
        ("bucket", bucket),
        ("public API", named("api")),
        ("role", "review-sentiment-execution-us-east-1"),
        ("role", "review-sentiment-scheduler-us-east-1"),
    }
    assert sentence(listed.values(), "eu-west-1") == "1 resource running in eu-west-1, paid by use"


def test_what_has_our_name_but_not_our_tags_is_not_ours(here):
    make_endpoint(here, named("theirs"), FOREIGN)
    make_model(here, named("untagged"), [])
    make_endpoint(here, "prod-review-sentiment-v2", OURS)
    make_stack(here, "payments-prod", OURS)
    make_stack(here, named("stack"), FOREIGN)
    make_autoscaling(here, named("theirs"))
    boto3.client("scheduler").create_schedule_group(Name="review-sentiment-theirs", Tags=FOREIGN)
    boto3.client("iam").create_role(RoleName="review-sentiment-execution-us-east-1", AssumeRolePolicyDocument="{}")
    boto3.client("s3").create_bucket(Bucket=s3.bucket_name(here))
    assert list(inventory(here)) == []
    assert endpoint_names()


def test_bucket_that_others_use_too_is_not_ours_any_more(here):
    bucket = s3.bucket(here)
    assert inventory(here, ["bucket"])
    for key in ("a-project/data", "zebra"):
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"x")
        assert list(inventory(here, ["bucket"])) == []
        boto3.client("s3").delete_object(Bucket=bucket, Key=key)


def test_another_region_is_another_inventory(here):
    make_model(here, named("m"), OURS)
    assert list(inventory(account.connect(region="eu-west-1"))) == []


def test_what_cannot_be_looked_at_is_reported_rather_than_left_out(here, local_cloud):
    make_model(here, named("m"))
    local_cloud.faults.next_calls("DescribeStacks", "denied")
    looked = inventory(here)
    assert [each.name for each in looked] == [named("m")]
    (unseen,) = looked.unseen
    assert unseen.sentence.startswith("Public APIs could not be listed. This AWS identity may not do cloudformation:")


def test_when_nothing_at_all_may_be_looked_at_that_is_an_error(here, local_cloud):
    local_cloud.faults.next_calls("ListModels", "denied")
    with pytest.raises(CloudError, match="may not do sagemaker:ListModels"):
        inventory(here, ["model"])


def test_sentence_sums_up_what_runs():
    assert (
        sentence([thing(hourly=0.115), thing("training job", 0.345)], "eu-west-1")
        == "2 resources running in eu-west-1, $0.46 an hour"
    )
    assert sentence([thing(hourly=0.115), thing(hourly=None)], "eu-west-1") == (
        "2 resources running in eu-west-1, $0.12 an hour and an unknown amount"
    )
    assert (
        sentence([thing("model"), thing("files", 0.001)], "eu-west-1")
        == "Nothing running in eu-west-1, 2 resources kept"
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([], "Nothing on AWS"),
        (["model", "files"], "Nothing running, 2 kept"),
        ([0.115, 0.345], "2 running, $0.46 an hour"),
        ([0.115, None], "2 running, $0.12+ an hour"),
        ([0.0], "1 running, paid by use"),
        ([0.0, None], "2 running, price unknown"),
    ],
)
def test_a_summary_fits_the_sidebar(found, words):
    things = [thing(one) if isinstance(one, str) else thing(hourly=one) for one in found]
    assert in_short(things) == words


@pytest.mark.parametrize("state", ["UpdateRollbackFailed", "SystemUpdating", "Updating"])
def test_what_serves_is_billed_whatever_its_state_is_called(here, local_cloud, state):
    make_endpoint(here, named("tiny"))
    local_cloud.set_endpoint_status(named("tiny"), state)
    (endpoint,) = inventory(here, ["endpoint"])
    assert endpoint.hourly > 0
    assert state in SERVING


def test_old_versions_of_files_are_counted(here):
    settings = {"Bucket": s3.bucket(here), "VersioningConfiguration": {"Status": "Enabled"}}
    boto3.client("s3").put_bucket_versioning(**settings)
    for content in (b"old", b"new"):
        s3.upload_bytes(here, content, "data/one")
    (files,) = inventory(here, ["files"])
    assert files.detail == "0.0 MB in 1 file, 1 old version"
