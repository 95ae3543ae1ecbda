"""Which operation of which AWS service a request asks for: moto's router knows every protocol."""

import io
import re
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router

INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
# The service stands in the scope of a signature: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
SIGNED = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
FORM = "application/x-www-form-urlencoded"


def asked(environ: dict[str, Any]) -> tuple[str, str]:
    """The service, by its name in a signature, and the operation, such as ("s3", "HeadBucket"); "" where unknown."""
    signed = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = signed[1] if signed else ""
    if INVOCATION.fullmatch(environ["PATH_INFO"]):  # signed as SageMaker's, but another service of boto3's
        return service, "InvokeEndpoint"
    if not service:
        return "", ""
    try:
        operation, _ = get_service_router(service).match(Request(_readable_twice(environ)))
    except (NotFound, UnknownServiceError):
        return service, ""
    return service, str(operation.name)


def _readable_twice(environ: dict[str, Any]) -> dict[str, Any]:
    """A copy of the request to read its form from, where the operation may stand; the request can still be read."""
    if not environ.get("CONTENT_TYPE", "").startswith(FORM):
        return dict(environ)
    form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(form)
    return environ | {"wsgi.input": io.BytesIO(form)}
