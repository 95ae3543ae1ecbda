"""The first to see a request: answers what moto cannot, and passes the rest on to moto."""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from localcloud.invocation import InvocationError
from localcloud.machinery import Machinery
from localcloud.model_server import Reply

INVOCATION = re.compile(r"/endpoints/([^/]+)/invocations")
# The region stands in the scope of a signature: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
DEFAULT_REGION = "us-east-1"

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Front:
    """A WSGI application around moto's."""

    def __init__(self, moto: Application, machinery: Machinery) -> None:
        self._moto, self._machinery = moto, machinery

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if invocation := INVOCATION.fullmatch(environ["PATH_INFO"]):
            return _send(self._invoke(invocation[1], environ), start_response)
        return self._moto(environ, start_response)

    def _invoke(self, name: str, environ: dict[str, Any]) -> Reply:
        headers = _headers(environ)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        endpoint = self._machinery.endpoints.get((_region(environ), name))
        try:
            return self._machinery.invoker.invoke(name, endpoint, body, headers)
        except InvocationError as error:
            return error.reply()


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """The request's headers, names in lower case."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _region(environ: dict[str, Any]) -> str:
    found = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found[1] if found else DEFAULT_REGION


def _send(reply: Reply, start_response: Any) -> Iterable[bytes]:
    # Not every status of AWS is one of HTTP: 530 is InternalDependencyException.
    known = {status.value: status.phrase for status in HTTPStatus}
    headers = [*reply.headers.items(), ("content-length", str(len(reply.body)))]
    start_response(f"{reply.status} {known.get(reply.status, 'Error')}", headers)
    return [reply.body]
