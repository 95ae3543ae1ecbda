"""The local cloud rejects other hosts, other web sites, and unsigned requests."""

import http.client
import json
import socket

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

LIST = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
STRANGERS = [
    {"Host": "rebound.example"},
    {"Host": "localhost:5901"},
    {"Origin": "https://example.org"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8501"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


class Caller:
    """Sends requests byte for byte as a test specifies them."""

    def __init__(self, cloud):
        self.cloud, self.address = cloud, cloud.url.removeprefix("http://")

    def __call__(self, method, path, body=b"", **headers):
        connection = http.client.HTTPConnection(self.address, timeout=300)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        said = response.status, dict(response.getheaders()), response.read()
        connection.close()
        return said

    def signed(self, **more):
        """Send a correctly signed request for a list of models, with further headers."""
        environment = self.cloud.environment
        keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        request = AWSRequest("POST", f"{self.cloud.url}/", LIST, b"{}")
        SigV4Auth(keys, "sagemaker", "us-east-1").add_auth(request)
        return self("POST", "/", b"{}", **dict(request.headers.items()) | more)


@pytest.fixture
def call(local_cloud):
    return Caller(local_cloud)


def test_what_is_signed_and_from_here_is_answered_without_sharing_it(call):
    status, headers, body = call.signed()
    assert (status, json.loads(body)) == (200, {"Models": []})
    assert not [name for name in headers if name.lower().startswith("access-control-")]
    assert call.signed(Origin=call.cloud.url, **{"Sec-Fetch-Site": "same-origin"})[0] == 200


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
def test_signed_request_of_a_stranger_is_refused(call, headers):
    status, answered, body = call.signed(**headers)
    assert status == 403
    assert b"no other web site" in body
    assert not [name for name in answered if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/", {}),
        ("POST", "/", LIST),
        ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("GET", "/reviews/secret", {}),
        ("PUT", "/bucket", {}),
        ("OPTIONS", "/bucket", {}),
        ("POST", "/moto-api/reset", {}),
        ("GET", "/moto-api/data.json", {}),
        ("GET", "/latest/meta-data/iam/security-credentials/", {}),
        ("GET", "/favicon.ico", {}),
        ("POST", "/2015-03-31/functions/flavour/invocations", {}),
        ("POST", "/endpoints/one/invocations", {}),
        ("GET", "/sts_us-east-1/x", {}),
    ],
)
def test_what_is_not_signed_reaches_nothing(call, method, path, headers):
    boto3.client("s3").create_bucket(Bucket="reviews")
    body = b"Action=CreateBucket&Version=2010-05-08" if method == "POST" else b""
    status, answered, _ = call(method, path, body, **headers)
    assert status == 403
    assert not [name for name in answered if name.lower().startswith("access-control-")]
    assert [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]] == ["reviews"]


def test_moto_s_own_addresses_are_closed_to_its_owner_too(call):
    environment = call.cloud.environment
    keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest("POST", f"{call.cloud.url}/moto-api/reset", {}, b"")
    SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    assert call("POST", "/moto-api/reset", **dict(request.headers.items()))[0] == 403


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
def test_published_api_refuses_strangers_too(call, headers):
    status, answered, _ = call("POST", "/execute-api/unknown/live", b"good", **headers)
    assert status == 403
    assert not [name for name in answered if name.lower().startswith("access-control-")]
    assert call("OPTIONS", "/execute-api/unknown/live", **headers)[0] == 403


def test_link_to_a_published_page_can_be_followed_from_the_dashboard_alone(call):
    def reached(method="GET", path="/execute-api/unknown/live", **headers):
        return b"no other web site" not in call(method, path, **headers)[2]

    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-site"}
    assert reached(**link)
    assert not reached(**link | {"Sec-Fetch-Site": "cross-site"})
    assert not reached("POST", **link)
    assert not reached(**link, Origin="http://127.0.0.1:8501")
    assert not reached(path="/", **link)


@pytest.mark.parametrize("path", ["/", "/execute-api/api/stage/path"])
@pytest.mark.parametrize("end", ["", "Content-Length: 99\r\n\r\nhalf"], ids=["head", "body"])
def test_a_request_that_never_arrives_completely_holds_no_thread(local_cloud, monkeypatch, capfd, path, end):
    from sentiment.localcloud.server import QuietHandler

    monkeypatch.setattr(QuietHandler, "timeout", 0.2)
    host, port = local_cloud.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=300) as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{end}".encode())
        while client.recv(1 << 16):
            pass
    assert "Traceback" not in capfd.readouterr().err
