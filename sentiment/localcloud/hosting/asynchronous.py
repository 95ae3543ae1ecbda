"""Asynchronous invocations: read the request from S3, invoke the endpoint in a thread, write the response to S3."""

import json
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress

from botocore.exceptions import ClientError

from sentiment.localcloud.clients import Clients
from sentiment.localcloud.hosting.endpoint import Endpoint
from sentiment.localcloud.hosting.invocation import Invoker
from sentiment.localcloud.replies import Reply, ServiceError

_PREFIX = "x-amzn-sagemaker-"


def accept(
    clients: Clients, invoker: Invoker, region: str, name: str, endpoint: Endpoint | None, headers: Mapping[str, str]
) -> Reply:
    """Accept a request and return the S3 URIs of its future response; `headers` are the request's, in lower case.

    Raises:
        ServiceError: there is no such endpoint, or it is not asynchronous.
    """
    output = endpoint.asynchronous_output if endpoint else None
    if endpoint is None or output is None:
        raise ServiceError(400, "ValidationError", f"Endpoint {name} not found, or not asynchronous.")
    identifier = headers.get(f"{_PREFIX}inference-id") or str(uuid.uuid4())
    answer = f"{output['S3OutputPath']}/{identifier}.out"
    failure = f"{output.get('S3FailurePath', output['S3OutputPath'])}/{identifier}-error.out"
    given = {
        "content-type": headers.get(f"{_PREFIX}content-type", "application/octet-stream"),
        "accept": headers.get(f"{_PREFIX}accept", "*/*"),
    }
    s3 = clients.client("s3", region, endpoint.session())

    def write(uri: str, body: bytes) -> None:
        place, key = _split(uri)
        s3.put_object(Bucket=place, Key=key, Body=body)

    def work() -> None:
        place, key = _split(headers[f"{_PREFIX}inputlocation"])
        try:
            body = s3.get_object(Bucket=place, Key=key)["Body"].read()
            write(answer, invoker.invoke(name, endpoint, body, given, None).body)
        except (ServiceError, ClientError) as error:
            with suppress(ClientError):  # a role without write permission leaves no trace
                write(failure, str(error).encode())

    threading.Thread(target=work, daemon=True, name=f"asynchronous {name}").start()
    places = {f"{_PREFIX}outputlocation": answer, f"{_PREFIX}failurelocation": failure}
    body = json.dumps({"InferenceId": identifier}).encode()
    return Reply(202, {"content-type": "application/json", **places}, body)


def _split(uri: str) -> tuple[str, str]:
    place, _, key = uri.removeprefix("s3://").partition("/")
    return place, key
