"""Which operation of an AWS service a request asks for: moto's router knows every protocol."""

import io
import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router

INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
FORM = "application/x-www-form-urlencoded"


def operation_of(service: str, environ: dict[str, Any], body: Callable[[], bytes]) -> str:
    """Return the operation of a service, by its name in a signature, such as "HeadBucket"; "" where it is unknown.

    `body` gives the request's body, where a form may name the operation, without using it up.
    """
    if INVOCATION.fullmatch(environ["PATH_INFO"]):  # signed as SageMaker's, but another service of boto3's
        return "InvokeEndpoint"
    form = environ.get("CONTENT_TYPE", "").startswith(FORM)
    copy = environ | {"wsgi.input": io.BytesIO(body())} if form else dict(environ)
    try:
        operation, _ = get_service_router(service).match(Request(copy))
    except (NotFound, UnknownServiceError):
        return ""
    return str(operation.name)
