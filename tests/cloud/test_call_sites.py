"""Every place that calls AWS, with the real error responses of AWS: each becomes one plain sentence."""

import re

import pytest

from sentiment.cloud.aws import account, roles, s3
from sentiment.cloud.aws.iam_actions import actions
from sentiment.cloud.hosting.invocation import Invoker
from sentiment.cloud.training import training_jobs, training_start
from sentiment.errors import CloudError
from tests.support.call_sites import account_calls, calls, other_calls
from tests.support.sagemaker_jobs import REQUEST

ONE_SENTENCE = re.compile(r"[A-Z][^\n]+\.")
OF_AMAZON = re.compile(r"An error occurred|botocore|Traceback|Exception\b|not authorized to perform|arn:aws")
MAKES = ("create_", "register_")


@pytest.fixture
def here(local_cloud, monkeypatch):
    """Return an account that makes each call once: boto3's retries of throttled calls are not under test."""
    once = account.Config(retries={"total_max_attempts": 1})
    monkeypatch.setattr(account, "_SETTINGS", account._SETTINGS.merge(once))
    yield account.connect()
    account._made.cache_clear()


def smallest(shape):
    """Return the smallest value that boto3 accepts for a parameter of this shape."""
    if shape.type_name == "structure":
        return {name: smallest(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [smallest(shape.member)] * shape.metadata.get("min", 0)
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * max(3, shape.metadata.get("min", 0))
    return {"map": {}, "boolean": True, "blob": b""}.get(shape.type_name, shape.metadata.get("min", 1))


def do(here, site):
    """Make the call of a site with the smallest parameters."""
    expected = here.client(site.service).meta.service_model.operation_model(site.operation).input_shape
    parameters = smallest(expected) if expected else {}
    if site.kind == "call":
        here.call(site.service, site.method, **parameters)
    else:
        list(here.pages(site.service, site.method, "", **parameters))


def said(faults, operation, fault, action):
    """Return the user's error message when the next call of an operation has this fault."""
    faults.next_calls(operation, fault)
    with pytest.raises(CloudError) as raised:
        action()
    assert ONE_SENTENCE.fullmatch(str(raised.value))
    assert not OF_AMAZON.search(str(raised.value))
    assert not raised.value.missing
    return str(raised.value)


def test_each_refusal_at_each_call_is_one_sentence_that_says_what_to_do(here, local_cloud):
    # GetCallerIdentity needs no permission.
    sites = {(site.service, site.method): site for site in account_calls() if actions(site.service, site.operation)}
    assert len(sites) > 50
    for site in sites.values():
        permission = actions(site.service, site.operation)[0]
        expected = {
            "denied": f"This AWS identity may not do {permission}: ask",
            "throttled": f"AWS is throttling requests ({permission}): wait a minute",
            "expired": "the sign-in has expired. Sign in again",
        }
        if site.method.startswith(MAKES):
            expected["over quota"] = "The account's quota does not allow this ("
        for fault, words in expected.items():
            sentence = said(local_cloud.faults, site.operation, fault, lambda site=site: do(here, site))
            assert words.lower() in sentence.replace("AWS sign-in", "sign-in").lower(), site


# Calls made without an account's `call` or `pages`.
WITH_CLIENTS = {f"sentiment/cloud/{name}.py" for name in ("aws/account", "hosting/invocation", "aws/s3")}
OTHERS = {"get_caller_identity", "put_object", "get_object", "invoke_endpoint", "create_training_job"}
LARGE = bytes(9_000_000)  # more than fits in one part


@pytest.mark.parametrize(
    ("operation", "permission", "action"),
    [
        ("GetCallerIdentity", "sts:GetCallerIdentity", lambda here, path: account.connect()),
        ("PutObject", "s3:PutObject", lambda here, path: s3.upload_bytes(here, b"x", "one")),
        ("CreateMultipartUpload", "s3:PutObject", lambda here, path: s3.upload_bytes(here, LARGE, "one")),
        ("UploadPart", "s3:PutObject", lambda here, path: s3.upload_bytes(here, LARGE, "one")),
        ("CompleteMultipartUpload", "s3:PutObject", lambda here, path: s3.upload_bytes(here, LARGE, "one")),
        (
            "GetObject",
            "s3:GetObject",
            lambda here, path: s3.download(here, s3.upload_bytes(here, b"x", "one"), path / "one"),
        ),
        ("InvokeEndpoint", "sagemaker:InvokeEndpoint", lambda here, path: Invoker(here, "any").invoke(["Fine."])),
    ],
)
def test_each_refusal_of_what_is_called_otherwise_is_one_too(
    here, local_cloud, tmp_path, operation, permission, action
):
    for fault, words in {"denied": f"may not do {permission}: ask", "expired": "The AWS sign-in has expired."}.items():
        assert words in said(local_cloud.faults, operation, fault, lambda: action(here, tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("operation", "fault", "words"),
    [
        ("CreateTrainingJob", "denied", "may not do sagemaker:CreateTrainingJob: ask"),
        ("CreateTrainingJob", "over quota", "quota does not allow this (The account-level service limit"),
        ("PutObject", "denied", "may not do s3:PutObject: ask"),
    ],
)
def test_a_launch_that_is_refused_is_reported_and_there_is_no_job(
    here, local_cloud, monkeypatch, operation, fault, words
):
    # The SDK validates its own settings ten times per launch, which is half of a launch's time.
    monkeypatch.setattr("jsonschema.validate", lambda *_: None)
    role = roles.create_role(here, "execution")
    place = training_start.place(here, "tiny", role, "ml.m5.xlarge", 600, image="own", keep_data_days=0)
    assert words in said(
        local_cloud.faults,
        operation,
        fault,
        lambda: training_jobs.launch(here, place, REQUEST, "tiny", lambda sentence: None),
    )
    assert here.call("sagemaker", "list_training_jobs")["TrainingJobSummaries"] == []
    assert list(s3.versions(here, f"{s3.prefix(here)}data-")) == []


def test_no_other_place_calls_aws():
    assert {site.method for site in other_calls()} - {"region", "client"} == OTHERS
    bare = [place for place, name, _ in calls() if name == "client" and place.partition(":")[0] not in WITH_CLIENTS]
    assert not bare, f"use Account.call or Account.pages, or wrap the call in as_cloud_error: {bare}"
