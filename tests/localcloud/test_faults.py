"""Injected faults, as seen by an unmodified boto3."""

from collections import Counter

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from sentiment.localcloud.account.faults import ALL_FAULTS, Faults
from tests.localcloud.small_server import create_model, upload_model
from tests.support.waiting import until

ONCE = {"total_max_attempts": 1}
ERRORS = {
    "throttled": (400, "ThrottlingException"),
    "model error": (424, "ModelError"),
    "model not ready": (429, "ModelNotReadyException"),
    "internal failure": (500, "InternalFailure"),
    "unavailable": (503, "ServiceUnavailable"),
    "dependency failure": (530, "InternalDependencyException"),
}


@pytest.fixture
def faulty(local_cloud):
    """Return the cloud with an endpoint that does not fail yet."""
    create_model("plain", upload_model())
    sagemaker = boto3.client("sagemaker")
    variant = {"VariantName": "A", "ModelName": "plain", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="config", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="reviews", EndpointConfigName="config")
    until(lambda: sagemaker.describe_endpoint(EndpointName="reviews")["EndpointStatus"] == "InService")
    return local_cloud


def ask(**settings):
    runtime = boto3.client("sagemaker-runtime", config=Config(**({"retries": ONCE} | settings)))
    return runtime.invoke_endpoint(EndpointName="reviews", Body=b"fine", ContentType="text/plain")["Body"].read()


def answers():
    try:
        return ask() == b"plain text/plain: fine"
    except ClientError:
        return False


@pytest.mark.parametrize("fault", ERRORS)
def test_each_error_has_the_status_and_the_type_of_the_service_model(faulty, fault):
    faulty.faults.next_calls("InvokeEndpoint", fault)
    with pytest.raises(ClientError) as caught:
        ask()
    said = caught.value.response
    assert (said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"]) == ERRORS[fault]
    assert (fault == "model error") == ("OriginalStatusCode" in said)
    assert answers()


def test_boto3_retries_what_it_retries_on_aws(faulty):
    for fault in ("throttled", "internal failure", "unavailable"):
        faulty.faults.next_calls("InvokeEndpoint", fault)
        assert ask(retries={"mode": "standard", "max_attempts": 3})
    for fault in ("model error", "model not ready", "dependency failure"):
        faulty.faults.next_calls("InvokeEndpoint", fault)
        with pytest.raises(ClientError):
            ask(retries={"mode": "standard", "max_attempts": 3})


def test_a_hanging_container_is_given_up_by_the_client_or_by_the_service(faulty, monkeypatch):
    monkeypatch.setattr(faulty.machinery.invoker, "container_seconds", 1.0)
    faulty.faults.next_calls("InvokeEndpoint", "hanging", "hanging")
    with pytest.raises(ReadTimeoutError):
        ask(read_timeout=0.2)
    with pytest.raises(ClientError, match="timed out"):
        ask()


def test_a_truncated_answer_breaks_off(faulty):
    faulty.faults.next_calls("InvokeEndpoint", "truncated")
    with pytest.raises((ResponseStreamingError, IncompleteReadError)):
        ask()
    assert answers()


def test_a_dead_instance_fails_its_call_and_is_replaced(faulty):
    faulty.faults.next_calls("InvokeEndpoint", "dead instance")
    with pytest.raises(ClientError, match="ModelError"):
        ask()
    until(answers)


def test_an_operation_that_is_not_an_invocation_is_throttled_too(faulty):
    sagemaker = boto3.client("sagemaker", config=Config(retries=ONCE))
    faulty.faults.next_calls("DescribeEndpoint", "throttled")
    with pytest.raises(ClientError, match="Rate exceeded") as caught:
        sagemaker.describe_endpoint(EndpointName="reviews")
    assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert sagemaker.describe_endpoint(EndpointName="reviews")["EndpointStatus"] == "InService"


REFUSED = {
    ("sagemaker", "denied"): (400, "AccessDeniedException"),
    ("sagemaker", "over quota"): (400, "ResourceLimitExceeded"),
    ("cloudformation", "denied"): (403, "AccessDenied"),
    ("cloudformation", "throttled"): (400, "Throttling"),
    ("iam", "over quota"): (409, "LimitExceeded"),
    ("s3", "throttled"): (503, "SlowDown"),
    ("s3", "expired"): (400, "ExpiredToken"),
    ("lambda", "denied"): (403, "AccessDeniedException"),
    ("lambda", "throttled"): (429, "TooManyRequestsException"),
    ("scheduler", "over quota"): (402, "ServiceQuotaExceededException"),
}


def test_each_service_refuses_in_its_own_protocol_and_answers_the_next_call(local_cloud):
    calls = {
        "sagemaker": "list_models",
        "cloudformation": "describe_stacks",
        "iam": "list_roles",
        "s3": "list_buckets",
        "lambda": "get_account_settings",
        "scheduler": "list_schedules",
    }
    clients = {service: boto3.client(service, config=Config(retries=ONCE)) for service in calls}
    for (service, fault), expected in REFUSED.items():
        operation = clients[service].meta.method_to_api_mapping[calls[service]]
        local_cloud.faults.next_calls(operation, fault)
        with pytest.raises(ClientError) as caught:
            getattr(clients[service], calls[service])()
        said = caught.value.response
        assert (said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"]) == expected
        assert said["Error"]["Message"]
        getattr(clients[service], calls[service])()


def test_a_head_is_refused_with_the_bare_status(local_cloud):
    s3 = boto3.client("s3", config=Config(retries=ONCE))
    s3.create_bucket(Bucket="reviews")
    local_cloud.faults.next_calls("HeadBucket", "denied")
    with pytest.raises(ClientError, match=r"\(403\).*Forbidden"):
        s3.head_bucket(Bucket="reviews")
    s3.head_bucket(Bucket="reviews")


def test_the_cloud_s_own_calls_are_spared(faulty):
    faulty.faults.share_of_calls("PutLogEvents", 1.0, ["internal failure"])
    ask()
    logs = boto3.client("logs")
    group = "/aws/sagemaker/Endpoints/reviews"
    until(lambda: any(event["message"] == "asked 4" for event in logs.filter_log_events(logGroupName=group)["events"]))


def test_a_share_of_calls_fails_by_chance_in_every_way_and_the_same_way_again():
    def happened(seed):
        faults = Faults()
        faults.share_of_calls("InvokeEndpoint", 0.05, seed=seed)
        return [faults.take("InvokeEndpoint") for _ in range(10_000)]

    first = happened(1)
    assert first == happened(1)
    assert first != happened(2)
    counted = Counter(fault for fault in first if fault)
    assert set(counted) == set(ALL_FAULTS)
    assert 400 < sum(counted.values()) < 600


def test_planned_faults_come_first_and_in_order_and_reset_forgets_all(local_cloud):
    faults = local_cloud.faults
    faults.share_of_calls("InvokeEndpoint", 1.0, ["unavailable"])
    faults.next_calls("InvokeEndpoint", "throttled", "hanging")
    assert [faults.take("InvokeEndpoint") for _ in range(3)] == ["throttled", "hanging", "unavailable"]
    assert faults.take("DescribeEndpoint") is None
    local_cloud.reset()
    assert faults.take("InvokeEndpoint") is None
