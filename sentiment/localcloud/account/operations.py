"""Which operation of an AWS service a request asks for, and with what: moto's router and parsers know the protocols."""

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
# The services whose name in a signature is not boto3's.
NAMES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas", "tagging": "resourcegroupstaggingapi"}


class Operation(NamedTuple):
    """What a request asks for; `name` is "" where moto knows no such operation, `parameters` reads them."""

    name: str
    parameters: Callable[[], dict[str, Any]]


def operation_of(service: str, environ: dict[str, Any], body: Callable[[], bytes]) -> Operation:
    """Return the operation of a service, by its name in a signature, such as "HeadBucket".

    `body` gives the request's body, which may name the operation, without using it up.
    """
    if invocation := INVOCATION.fullmatch(environ["PATH_INFO"]):  # signed as SageMaker's, but another of boto3's
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
    """The parameters of a request; none where its body cannot be read, which the service itself then says."""
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
