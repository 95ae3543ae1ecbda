"""Endpoints in the local cloud: real servers, called through unmodified boto3."""

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.localcloud.small_server import create_model, upload_model
from tests.support.waiting import until

SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}}
INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


@pytest.fixture
def sagemaker(local_cloud):
    uri = upload_model()
    for flavour in ("plain", "sweet", "sick", "broken"):
        create_model(flavour, uri, FLAVOUR=flavour)
    return boto3.client("sagemaker")


@pytest.fixture
def runtime(local_cloud):
    return boto3.client("sagemaker-runtime", config=Config(retries={"total_max_attempts": 1}, read_timeout=100))


def configure(name, *variants):
    """Create an endpoint configuration of (variant's name, model, settings)."""
    described = [{"VariantName": variant, "ModelName": model} | settings for variant, model, settings in variants]
    boto3.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=described)


def deploy(name, *variants):
    configure(f"{name}-config", *(variants or [("AllTraffic", "plain", INSTANCES)]))
    boto3.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-config")
    return in_service(name)


def describe(name):
    return boto3.client("sagemaker").describe_endpoint(EndpointName=name)


def settled(name):
    until(lambda: describe(name)["EndpointStatus"] not in ("Creating", "Updating"))
    return describe(name)


def in_service(name):
    endpoint = settled(name)
    assert endpoint["EndpointStatus"] == "InService", endpoint.get("FailureReason")
    return endpoint


def ask(runtime, name, body=b"a fine film", content_type="text/plain", **more):
    return runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType=content_type, **more)


def refused(runtime, *arguments, **more):
    """Return the response of the call's error."""
    with pytest.raises(ClientError) as caught:
        ask(runtime, *arguments, **more)
    return caught.value.response


def test_an_endpoint_is_creating_until_its_ping_is_answered_and_then_scores(sagemaker, runtime):
    configure("config", ("AllTraffic", "plain", INSTANCES))
    sagemaker.create_endpoint(EndpointName="first", EndpointConfigName="config")
    assert describe("first")["EndpointStatus"] == "Creating"
    assert refused(runtime, "first")["Error"]["Code"] == "ValidationError"
    in_service("first")
    answer = ask(runtime, "first")
    assert answer["Body"].read() == b"plain text/plain: a fine film"
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("text/plain", "AllTraffic")
    assert answer["CustomAttributes"] == "model=plain"


@pytest.mark.parametrize("model", ["broken", "sick"])
def test_a_model_that_does_not_answer_its_ping_fails_the_endpoint(sagemaker, model):
    configure("config", ("AllTraffic", model, INSTANCES | {"ContainerStartupHealthCheckTimeoutInSeconds": 60}))
    # The API's minimum is one minute; the local cloud's own record has no such limit.
    from moto.sagemaker.models import sagemaker_backends

    variants = sagemaker_backends["123456789012"]["us-east-1"].endpoint_configs["config"].production_variants
    variants[0]["ContainerStartupHealthCheckTimeoutInSeconds"] = 3
    sagemaker.create_endpoint(EndpointName="ill", EndpointConfigName="config")
    endpoint = settled("ill")
    assert endpoint["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in endpoint["FailureReason"]


def test_a_model_whose_archive_is_not_there_fails_the_endpoint(sagemaker):
    create_model("absent", "s3://models/no-such.tar.gz")
    configure("config", ("AllTraffic", "absent", INSTANCES))
    sagemaker.create_endpoint(EndpointName="empty", EndpointConfigName="config")
    assert "s3://models/no-such.tar.gz" in settled("empty")["FailureReason"]


def test_what_a_container_prints_is_in_the_endpoint_s_log(sagemaker, runtime):
    deploy("talking")
    ask(runtime, "talking", b"12345")
    logs = boto3.client("logs")

    def said():
        events = logs.filter_log_events(logGroupName="/aws/sagemaker/Endpoints/talking")["events"]
        return [event["message"] for event in events]

    until(lambda: "asked 5" in said())


def test_a_refusal_of_the_container_is_a_model_error_with_its_status(sagemaker, runtime):
    deploy("strict")
    error = refused(runtime, "strict", b"status 415")
    assert error["Error"]["Code"] == "ModelError"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (415, "as you wish")
    assert 'Received client error (415) from primary with message "as you wish"' in error["Error"]["Message"]
    assert "server error (500)" in refused(runtime, "strict", b"status 500")["Error"]["Message"]


def test_a_container_that_hangs_or_dies_is_a_model_error_without_status(sagemaker, runtime, local_cloud, monkeypatch):
    deploy("tired")
    monkeypatch.setattr(local_cloud.machinery.invoker, "container_seconds", 0.2)
    error = refused(runtime, "tired", b"hang")
    assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 0)
    assert "timed out" in error["Error"]["Message"]
    assert refused(runtime, "tired", b"die")["OriginalStatusCode"] == 0


@pytest.mark.parametrize(("settings", "megabytes"), [(INSTANCES, 6), (SERVERLESS, 4)], ids=["real-time", "serverless"])
def test_a_body_over_the_limit_of_its_kind_is_413(sagemaker, runtime, settings, megabytes):
    deploy("small", ("AllTraffic", "plain", settings))
    size = megabytes * 2**20
    assert ask(runtime, "small", b"x" * size)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(runtime, "small", b"x" * (size + 1))["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_a_serverless_endpoint_says_so_and_throttles_above_its_concurrency(sagemaker, runtime, local_cloud):
    [variant] = deploy("less", ("AllTraffic", "plain", SERVERLESS))["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == SERVERLESS["ServerlessConfig"]
    endpoint = local_cloud.machinery.endpoints["us-east-1", "less"]
    with local_cloud.machinery.invoker.busy("less", endpoint.choose(None)):
        assert refused(runtime, "less")["Error"]["Code"] == "ThrottlingException"
    ask(runtime, "less")


def test_an_endpoint_that_is_not_there_is_a_validation_error(sagemaker, runtime):
    error = refused(runtime, "nowhere")
    assert error["Error"]["Code"] == "ValidationError"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_two_variants_share_the_traffic_by_weight(sagemaker, runtime):
    deploy(
        "two",
        ("A", "plain", INSTANCES | {"InitialVariantWeight": 1.0}),
        ("B", "sweet", INSTANCES | {"InitialVariantWeight": 1.0}),
    )
    assert ask(runtime, "two", TargetVariant="B")["Body"].read().startswith(b"sweet")
    assert refused(runtime, "two", TargetVariant="C")["Error"]["Code"] == "ValidationError"
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="two",
        DesiredWeightsAndCapacities=[
            {"VariantName": "A", "DesiredWeight": 0.0},
            {"VariantName": "B", "DesiredWeight": 1.0},
        ],
    )
    in_service("two")
    assert {ask(runtime, "two")["InvokedProductionVariant"] for _ in range(8)} == {"B"}


def test_a_variant_with_weight_0_gets_no_traffic_unless_it_is_named(sagemaker, runtime):
    deploy("quiet", ("A", "plain", INSTANCES), ("B", "sweet", INSTANCES | {"InitialVariantWeight": 0.0}))
    assert [each["CurrentWeight"] for each in describe("quiet")["ProductionVariants"]] == [1.0, 0.0]
    assert {ask(runtime, "quiet")["InvokedProductionVariant"] for _ in range(8)} == {"A"}
    assert ask(runtime, "quiet", TargetVariant="B")["InvokedProductionVariant"] == "B"


def test_new_weights_share_the_traffic_and_leave_the_instances_as_they_are(sagemaker, runtime):
    deploy("half", ("A", "plain", INSTANCES), ("B", "sweet", INSTANCES | {"InitialVariantWeight": 0.0}))
    weights = [{"VariantName": "A", "DesiredWeight": 3.0}, {"VariantName": "B", "DesiredWeight": 1.0}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="half", DesiredWeightsAndCapacities=weights)
    variants = in_service("half")["ProductionVariants"]
    assert [(each["CurrentWeight"], each["CurrentInstanceCount"]) for each in variants] == [(3.0, 1), (1.0, 1)]
    to_a = [ask(runtime, "half")["InvokedProductionVariant"] for _ in range(120)].count("A")
    assert 70 < to_a < 110  # of 90 expected; four standard deviations are 19


def test_an_update_serves_the_old_model_until_the_new_one_is_ready(sagemaker, runtime, local_cloud):
    deploy("moving")
    old = [server.pid for server in local_cloud.machinery.endpoints["us-east-1", "moving"].servers]
    configure("sweeter", ("AllTraffic", "sweet", INSTANCES))
    sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="sweeter")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="sweeter")
    ask(runtime, "moving")
    assert in_service("moving")["EndpointConfigName"] == "sweeter"
    assert ask(runtime, "moving")["Body"].read().startswith(b"sweet")
    until(lambda: not any(psutil.pid_exists(pid) for pid in old))


def test_an_update_that_fails_leaves_the_old_model_serving_and_says_why(sagemaker, runtime):
    deploy("safe")
    configure("worse", ("AllTraffic", "broken", INSTANCES))
    sagemaker.update_endpoint(EndpointName="safe", EndpointConfigName="worse")
    endpoint = in_service("safe")
    assert endpoint["EndpointConfigName"] == "safe-config"
    assert "did not pass the ping health check" in endpoint["FailureReason"]
    assert ask(runtime, "safe")["Body"].read().startswith(b"plain")


def test_deleting_ends_every_server(sagemaker, runtime, local_cloud):
    deploy("gone", ("AllTraffic", "plain", INSTANCES | {"InitialInstanceCount": 2}))
    pids = [server.pid for server in local_cloud.machinery.endpoints["us-east-1", "gone"].servers]
    assert len(pids) == 2
    sagemaker.delete_endpoint(EndpointName="gone")
    until(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    with pytest.raises(ClientError, match="Could not find"):
        describe("gone")
    assert refused(runtime, "gone")["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_endpoint_in_progress_is_neither_changed_nor_deleted_and_then_it_is(sagemaker, local_cloud, status):
    deploy("busy")
    local_cloud.set_endpoint_status("busy", status)
    weights = [{"VariantName": "AllTraffic", "DesiredWeight": 1.0}]
    for change in (
        lambda: sagemaker.delete_endpoint(EndpointName="busy"),
        lambda: sagemaker.update_endpoint(EndpointName="busy", EndpointConfigName="busy-config"),
        lambda: sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="busy", DesiredWeightsAndCapacities=weights
        ),
    ):
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            change()
    local_cloud.set_endpoint_status("busy", "UpdateRollbackFailed")
    sagemaker.delete_endpoint(EndpointName="busy")
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert not local_cloud.machinery.endpoints


def test_endpoint_that_has_failed_can_only_be_deleted(sagemaker, local_cloud):
    deploy("broken")
    local_cloud.set_endpoint_status("broken", "Failed")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.update_endpoint(EndpointName="broken", EndpointConfigName="broken-config")
    sagemaker.delete_endpoint(EndpointName="broken")
    assert not local_cloud.machinery.endpoints


def test_same_names_in_two_regions_are_two_things(sagemaker, local_cloud):
    deploy("twin")
    elsewhere = boto3.client("sagemaker", region_name="eu-west-1")
    assert elsewhere.list_endpoints()["Endpoints"] == []
    with pytest.raises(ClientError, match="Could not find"):
        elsewhere.delete_endpoint(EndpointName="twin")
    assert list(local_cloud.machinery.endpoints) == [("us-east-1", "twin")]


@pytest.mark.parametrize("kind", ["model", "endpoint configuration", "endpoint"])
def test_a_name_that_is_taken_is_refused(sagemaker, kind):
    deploy("taken")
    again = {
        "model": lambda: create_model("plain", "s3://models/model.tar.gz"),
        "endpoint configuration": lambda: configure("taken-config", ("AllTraffic", "plain", INSTANCES)),
        "endpoint": lambda: sagemaker.create_endpoint(EndpointName="taken", EndpointConfigName="taken-config"),
    }
    with pytest.raises(ClientError, match=f"Cannot create already existing {kind}"):
        again[kind]()


def test_the_sdk_s_strict_resources_can_read_models_and_endpoints(sagemaker):
    from sagemaker.core.resources import Endpoint, Model

    deploy("read")
    assert Endpoint.get("read").endpoint_status == "InService"
    assert Model.get("plain").primary_container.environment == {"FLAVOUR": "plain"}


def test_without_code_of_its_own_a_bundle_is_served_by_this_project(local_cloud, tiny_bundle, tmp_path):
    import json
    import tarfile

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="models")
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tiny_bundle, arcname=".")
    s3.upload_file(str(tmp_path / "model.tar.gz"), "models", "model.tar.gz")
    create_model("real", "s3://models/model.tar.gz")
    # Importing torch takes seconds, on a busy machine minutes.
    deploy("real", ("AllTraffic", "real", INSTANCES | {"ContainerStartupHealthCheckTimeoutInSeconds": 600}))
    answer = ask(boto3.client("sagemaker-runtime"), "real")
    assert 0 <= json.loads(answer["Body"].read())["probability"] <= 1
