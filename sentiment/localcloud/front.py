"""The first to see a request: answers what moto cannot, and passes the rest on to moto."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from sentiment.localcloud.account import price_list, refusals
from sentiment.localcloud.account.faults import Fault, error_of
from sentiment.localcloud.account.gateway import Call
from sentiment.localcloud.account.operations import INVOCATION, asked
from sentiment.localcloud.clients import MACHINERY
from sentiment.localcloud.hosting.invocation import InvocationError
from sentiment.localcloud.hosting.model_server import Reply
from sentiment.localcloud.machinery import Machinery

EXECUTION = re.compile(r"/execute-api/([^/]+)/([^/]+)(/.*)?")
# The region stands in the scope of a signature: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
DEFAULT_REGION = "us-east-1"

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Front:
    """A WSGI application around moto's."""

    def __init__(self, moto: Application, machinery: Machinery) -> None:
        self._moto, self._machinery = moto, machinery
        self._answering = threading.Event()
        self._answering.set()

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Answer nobody until the block ends; who asks meanwhile waits."""
        self._answering.clear()
        try:
            yield
        finally:
            self._answering.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if execution := EXECUTION.fullmatch(environ["PATH_INFO"]):
            api, stage, path = execution.groups("/")
            return _send(self._execute(api, stage, path, environ), start_response)
        invocation = INVOCATION.fullmatch(environ["PATH_INFO"])
        spared = MACHINERY in environ.get("HTTP_USER_AGENT", "")
        if not spared:
            self._answering.wait()
        service, operation = ("", "") if spared else asked(environ)
        fault = None if spared else self._machinery.faults.take(operation)
        if fault and (error := error_of(fault, service, operation)):
            _body(environ)
            return _send(refusals.reply(error, service, environ["REQUEST_METHOD"]), start_response)
        if invocation:
            reply = self._invoke(invocation[1], environ, fault)
            return _send(reply, start_response, len(reply.body) // 2 if fault == "truncated" else None)
        if operation == "GetProducts":
            return _send(price_list.answer(self._machinery.price_list, _body(environ)), start_response)
        return self._moto(environ, start_response)

    def _execute(self, api: str, stage: str, path: str, environ: dict[str, Any]) -> Reply:
        body = _body(environ)
        call = Call(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), _headers(environ), body)
        return self._machinery.gateway.answer(api, stage, call)

    def _invoke(self, name: str, environ: dict[str, Any], fault: Fault | None) -> Reply:
        headers, body = _headers(environ), _body(environ)
        endpoint = self._machinery.endpoints.get((_region(environ), name))
        try:
            return self._machinery.invoker.invoke(name, endpoint, body, headers, fault)
        except InvocationError as error:
            return error.reply()


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """The request's headers, names in lower case."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _region(environ: dict[str, Any]) -> str:
    found = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found[1] if found else DEFAULT_REGION


def _send(reply: Reply, start_response: Any, sent_bytes: int | None = None) -> Iterable[bytes]:
    """Send an answer; of its body only `sent_bytes`, when it is to break off."""
    # Not every status of AWS is one of HTTP: 530 is InternalDependencyException.
    known = {status.value: status.phrase for status in HTTPStatus}
    headers = [*reply.headers.items(), ("content-length", str(len(reply.body)))]
    start_response(f"{reply.status} {known.get(reply.status, 'Error')}", headers)
    return [reply.body[:sent_bytes]]
