import json
import os
import re
import subprocess
import sys

import boto3
import pytest

from sentiment.cloud.aws import account, roles
from sentiment.cloud.aws import s3 as uploads
from sentiment.cloud.ending import expiry
from sentiment.cloud.housekeeping import teardown
from sentiment.cloud.housekeeping.inventory import inventory
from sentiment.errors import CloudError
from sentiment.system.storage import PROJECT
from tests.support.cloud_things import (
    FOREIGN,
    endpoint_names,
    make_autoscaling,
    make_endpoint,
    make_model,
    make_stack,
    make_training_job,
    named,
)
from tests.support.waiting import until

NAME = named("tiny")
# Ends when it is asked to, and leaves a model, like a job that is stopped.
STOPPABLE = "trap 'echo model > /opt/ml/model/weights; exit 0' TERM; sleep 600 & wait"


def roles_of_ours():
    """Return the names of roles with our prefix; tests create other roles for their endpoints."""
    names = [each["RoleName"] for each in boto3.client("iam").list_roles()["Roles"]]
    return [name for name in names if name.startswith("review-sentiment")]


@pytest.fixture
def here(local_cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    return account.connect()


def make_everything(here):
    uploads.upload_bytes(here, b"x", "data/one")
    roles.create_role(here, "execution")
    expiry.schedule_deletion(here, NAME, expiry.ending(), roles.create_role(here, "scheduler"))
    make_endpoint(here, NAME)
    make_autoscaling(here, NAME)
    make_stack(here, named("api"))
    make_training_job(here, named("job"), STOPPABLE)


def make_others(here):
    """Create resources that resemble ours and are not."""
    make_endpoint(here, named("theirs"), FOREIGN)
    make_stack(here, named("stack"), FOREIGN)
    make_stack(here, "payments-prod")
    make_endpoint(here, "prod-review-sentiment-v2")
    make_autoscaling(here, named("theirs"))
    boto3.client("s3").put_object(Bucket=uploads.bucket(here), Key="their/data", Body=b"x")
    boto3.client("iam").create_role(RoleName="review-sentiment-role", AssumeRolePolicyDocument="{}")


def run(*arguments, **more):
    command = [sys.executable, PROJECT / "scripts" / "cloud.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_everything_goes_and_doing_it_again_is_nothing_to_do(here):
    make_everything(here)
    kinds = {each.kind for each in inventory(here)}
    assert kinds >= {"training job", "endpoint", "public API", "autoscaling", "model", "schedules", "files", "role"}
    said = []
    teardown.teardown(here, said.append)
    assert list(inventory(here)) == []
    assert f"Deleting: endpoint {NAME}" in said
    assert not boto3.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]
    assert roles_of_ours() == []
    assert uploads.bucket_name(here) not in [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]
    said.clear()
    teardown.teardown(here, said.append)
    assert said == []


def test_a_job_is_stopped_and_what_it_left_goes_too(here):
    make_training_job(here, named("job"), STOPPABLE)
    until(
        lambda: (
            here.call("sagemaker", "describe_training_job", TrainingJobName=named("job"))["SecondaryStatus"]
            == "Training"
        )
    )
    teardown.teardown(here)
    shown = here.call("sagemaker", "describe_training_job", TrainingJobName=named("job"))
    assert shown["TrainingJobStatus"] == "Stopped"
    assert list(inventory(here)) == []


def test_what_is_not_ours_stays(here):
    make_others(here)
    uploads.upload_bytes(here, b"x", "data/one")
    teardown.teardown(here)
    assert sorted(endpoint_names()) == ["prod-review-sentiment-v2", named("theirs")]
    sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
    assert len(sagemaker.list_models()["Models"]) == len(sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 2
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    assert {each["StackName"] for each in stacks} == {"payments-prod", named("stack")}
    scalable = boto3.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    assert len(scalable["ScalableTargets"]) == 1
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=uploads.bucket_name(here))["Contents"]] == ["their/data"]
    assert roles_of_ours() == ["review-sentiment-role"]


def test_old_versions_and_cut_off_uploads_go_too(here):
    s3, bucket = boto3.client("s3"), uploads.bucket(here)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"old", b"new"):
        uploads.upload_bytes(here, content, "data/one")
    s3.delete_object(Bucket=bucket, Key=f"{uploads.prefix(here)}data/one")
    uploads.upload_bytes(here, b"x", "data/two")
    s3.create_multipart_upload(Bucket=bucket, Key=f"{uploads.prefix(here)}data/three")
    teardown.teardown(here)
    assert list(inventory(here)) == []
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucket"):
        s3.list_object_versions(Bucket=bucket)


def test_what_is_refused_is_reported_at_the_end_and_the_rest_goes(here, local_cloud):
    make_model(here, NAME)
    make_training_job(here, named("job"), STOPPABLE)
    uploads.upload_bytes(here, b"x", "data/one")
    local_cloud.faults.next_calls("DeleteModel", *["throttled"] * 3)
    with pytest.raises(CloudError, match=rf"Not everything was deleted\. model {NAME}: AWS is throttling requests"):
        teardown.teardown(here)
    assert [each.kind for each in inventory(here)] == ["model"]
    teardown.teardown(here)
    assert list(inventory(here)) == []


def test_while_an_endpoint_cannot_be_deleted_its_schedule_stays(here, local_cloud):
    make_everything(here)
    local_cloud.faults.next_calls("DeleteEndpoint", *["throttled"] * 3)
    with pytest.raises(CloudError, match="throttling requests"):
        teardown.teardown(here)
    assert {each.kind for each in inventory(here)} >= {"endpoint", "schedules", "role"}


def test_killed_half_way_it_goes_on_when_it_is_run_again(here):
    make_everything(here)
    command = [sys.executable, PROJECT / "scripts" / "cloud.py", "teardown", "--yes"]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    # Killed when it has started with the endpoint: the job has been stopped by then, and later resources still exist.
    assert any(line.startswith("Deleting: endpoint ") for line in first.stderr)
    first.kill()
    first.wait()
    first.stderr.close()
    left = {each.kind for each in inventory(here)}
    assert "training job" not in left
    assert {"files", "role"} <= left
    again = run("teardown", "--yes", "--json")
    assert again.returncode == 0, again.stderr
    shown = json.loads(again.stdout)
    assert {each["kind"] for each in shown["taken_down"]} == left
    assert shown["left"] == list(inventory(here)) == []


def test_script_says_what_it_would_take_down_and_asks(here):
    make_endpoint(here, NAME)
    asked = run("teardown", stdin=subprocess.DEVNULL)
    assert asked.returncode != 0
    assert re.search(
        rf"^endpoint +\$0\.12 an hour  {NAME}  user/moto  (creating|in service)  1 × ml\.m5\.large",
        asked.stderr,
        re.MULTILINE,
    )
    assert "Account 123456789012: 1 resource running in us-east-1, $0.12 an hour. Delete all of it?" in asked.stderr
    assert endpoint_names() == [NAME]


def test_script_prints_the_status_in_words_and_as_json(here):
    make_endpoint(here, NAME)
    words = run("status").stdout
    assert "in account 123456789012, us-east-1; list prices of " in words
    assert "1 × ml.m5.large" in words
    assert words.endswith("1 resource running in us-east-1, $0.12 an hour.\n")
    shown = json.loads(run("status", "--json", "--refresh-prices").stdout)
    assert shown["sentence"] == "1 resource running in us-east-1, $0.12 an hour"
    assert {each["kind"] for each in shown["resources"]} == {"endpoint", "endpoint configuration", "model"}
    assert "Nothing on AWS in eu-west-1." in run("status", "--region", "eu-west-1").stdout


def test_script_extends_an_endpoint(here):
    make_endpoint(here, NAME)
    done = run("extend", "--endpoint", NAME, "--hours", "3", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    (endpoint,) = inventory(here, ["endpoint"])
    assert endpoint.expires.isoformat() == json.loads(done.stdout)["expires"]
    assert "This project has no endpoint none in" in run("extend", "--endpoint", "none", "--yes").stderr


def test_script_prints_a_policy_for_the_account(here):
    printed = json.loads(run("policy", "app-user").stdout)
    assert "arn:aws:s3:::sagemaker-*-123456789012/review-sentiment/*" in json.dumps(printed)


def test_without_credentials_each_step_says_how_to_sign_in(here):
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    bare |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    done = run("status", "--region", "us-east-1", env=bare)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("No AWS credentials were found on this machine.")
