"""The local cloud accepts only requests signed with a secret that it has created."""

import io
import re
import urllib.error
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ODD_KEY = "a b/ä+c~d%2F//(e)&f=g?.txt"


def refusal(action, *given, **named):
    with pytest.raises(ClientError) as refused:
        action(*given, **named)
    return refused.value.response["Error"]["Code"]


def fetched(url, data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method="PUT" if data else "GET")) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture
def s3(local_cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket="reviews")
    return client


@pytest.mark.parametrize("service", ["sts", "sagemaker", "s3", "iam", "lambda", "apigateway", "scheduler", "pricing"])
def test_each_protocol_is_verified(local_cloud, service):
    calls = {
        "sts": "get_caller_identity",
        "sagemaker": "list_models",
        "s3": "list_buckets",
        "iam": "list_roles",
        "lambda": "list_functions",
        "apigateway": "get_rest_apis",
        "scheduler": "list_schedules",
    }
    call = calls.get(service, "get_products")
    given = {"ServiceCode": "AmazonSageMaker"} if service == "pricing" else {}
    getattr(boto3.client(service), call)(**given)
    guessed = boto3.client(service, aws_secret_access_key="guessed", aws_access_key_id="local-cloud")
    assert refusal(getattr(guessed, call), **given) in ("UnrecognizedClientException", "InvalidAccessKeyId")
    identifier = local_cloud.environment["AWS_ACCESS_KEY_ID"]
    wrong = boto3.client(service, aws_secret_access_key="guessed", aws_access_key_id=identifier)
    assert refusal(getattr(wrong, call), **given) == "SignatureDoesNotMatch"


def test_what_is_not_signed_is_refused(s3):
    anonymous = boto3.client("s3", config=Config(signature_version=UNSIGNED))
    assert refusal(anonymous.list_objects_v2, Bucket="reviews") == "403"


@pytest.mark.parametrize("key", ["plain.txt", ODD_KEY])
def test_odd_names_bodies_and_queries_are_signed_like_all_others(s3, key):
    s3.put_object(Bucket="reviews", Key=key, Body=b"good")
    s3.upload_fileobj(io.BytesIO(b"x" * 9 * 2**20), "reviews", f"{key}.big")
    assert s3.get_object(Bucket="reviews", Key=key)["Body"].read() == b"good"
    listed = s3.list_objects_v2(Bucket="reviews", Prefix=key, StartAfter=key)
    assert [each["Key"] for each in listed["Contents"]] == [f"{key}.big"]


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_address_gives_what_it_names_and_nothing_else(s3, version):
    s3.put_object(Bucket="reviews", Key=ODD_KEY, Body=b"good")
    s3.put_object(Bucket="reviews", Key="other", Body=b"secret")
    signing = boto3.client("s3", config=Config(signature_version=version))
    url = signing.generate_presigned_url("get_object", Params={"Bucket": "reviews", "Key": ODD_KEY})
    assert fetched(url) == (200, b"good")
    assert fetched(re.sub(r"reviews/[^?]*", "reviews/other", url))[0] == 403
    assert fetched(url, b"overwritten")[0] == 403
    past = signing.generate_presigned_url("get_object", Params={"Bucket": "reviews", "Key": "other"}, ExpiresIn=-1)
    assert fetched(past)[0] == 403
    put = signing.generate_presigned_url("put_object", Params={"Bucket": "reviews", "Key": "new"})
    assert fetched(put, b"new")[0] in (200, 403 if version == "s3" else 200)


def test_only_s3_s_calls_can_be_presigned(local_cloud):
    keys = Credentials(*(local_cloud.environment[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")))
    request = AWSRequest("GET", f"{local_cloud.url}/?Action=GetCallerIdentity&Version=2011-06-15")
    SigV4QueryAuth(keys, "sts", "us-east-1").add_auth(request)
    assert fetched(request.url)[0] == 403


def test_body_other_than_the_signed_one_is_refused(local_cloud):
    client = boto3.client("sagemaker")

    def change(request, **_):
        request.body = request.body.replace(b"20", b"99")

    client.meta.events.register("before-send.sagemaker.ListModels", change)
    assert refusal(client.list_models, MaxResults=20) == "SignatureDoesNotMatch"


def test_old_request_is_not_answered_again(local_cloud, monkeypatch):
    import datetime

    from botocore import auth

    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=16)
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_, **__: old)
    assert refusal(boto3.client("sts").get_caller_identity) == "InvalidSignatureException"
    assert refusal(boto3.client("s3").list_buckets) == "RequestTimeTooSkewed"


def test_keys_of_users_and_of_roles_sign_too_until_they_end(local_cloud):
    iam = boto3.client("iam")
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    pair = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    assert boto3.client("sts", **pair).get_caller_identity()["Arn"].endswith(":user/ada")
    iam.update_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert refusal(boto3.client("sts", **pair).get_caller_identity) == "UnrecognizedClientException"
    arn = "arn:aws:iam::123456789012:role/training"
    session = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="job")["Credentials"]
    pair = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"]}
    assert refusal(boto3.client("sts", **pair).get_caller_identity) == "UnrecognizedClientException"
    token = {"aws_session_token": session["SessionToken"]}
    assert ":assumed-role/training/job" in boto3.client("sts", **pair, **token).get_caller_identity()["Arn"]


def test_the_secret_is_new_at_each_start():
    from sentiment.localcloud.access.keys import Keys

    one, other = Keys(), Keys()
    secrets = {key.secret for keys in (one, other) for key in (keys.owner, keys.machinery)}
    assert len(secrets) == 4
    assert min(map(len, secrets)) == 40
    assert one.find(other.owner.identifier) is None
