"""Determine the AWS operation and parameters of a request, with moto's routers and protocol parsers."""

import io
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import UnknownServiceError
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model

INVOCATION = re.compile(r"/endpoints/([^/]+)/(?:async-)?invocations")
FORM = "application/x-www-form-urlencoded"
# Services whose signing name differs from boto3's service name.
NAMES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas", "tagging": "resourcegroupstaggingapi"}


class Operation(NamedTuple):
    """A request's operation, "" if moto does not know it; `parameters` parses them on demand."""

    name: str
    parameters: Callable[[], dict[str, Any]]


def operation_of(service: str, environ: dict[str, Any], body: Callable[[], bytes]) -> Operation:
    """Return the operation of a request, such as "HeadBucket"; `service` is the signing name.

    `body` returns the request's body, which may name the operation, without consuming it.
    """
    if invocation := INVOCATION.fullmatch(environ["PATH_INFO"]):  # signed as SageMaker, but a separate service in boto3
        suffix = "Async" if "/async-" in environ["PATH_INFO"] else ""
        return Operation(f"InvokeEndpoint{suffix}", lambda: {"EndpointName": invocation[1]})
    form = environ.get("CONTENT_TYPE", "").startswith(FORM)
    copy = environ | {"wsgi.input": io.BytesIO(body() if form else b"")}
    try:
        operation, path_parameters = get_service_router(NAMES.get(service, service)).match(Request(copy))
    except (NotFound, UnknownServiceError):
        return Operation("", dict)
    return Operation(str(operation.name), lambda: _parameters(service, operation, path_parameters, environ, body()))


def _parameters(
    service: str, operation: Any, path_parameters: dict[str, Any], environ: dict[str, Any], body: bytes
) -> dict[str, Any]:
    """Return the parameters of a request; none if its body cannot be parsed, which the service then reports itself."""
    request = Request(environ | {"wsgi.input": io.BytesIO(body)})
    try:
        model = get_service_model(NAMES.get(service, service))
        parser = PROTOCOL_PARSERS[determine_request_protocol(model, request.content_type)](operation)
        values, headers = request.values, request.headers
        given = {"method": request.method, "values": values, "headers": headers, "body": request.get_data()}
        parsed = parser.parse({**given, "url_path": request.path, "url_params": path_parameters})
    except (RequestParserError, NotImplementedError, KeyError, ValueError):
        return {}
    return dict(parsed)
