"""The WSGI front of the local cloud: rejects foreign requests, handles what moto cannot, and forwards the rest."""

import io
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from moto.core.request import Request as MotoRequest

from sentiment.localcloud.access import guard, roles
from sentiment.localcloud.access.demands import Asking
from sentiment.localcloud.access.keys import Key, Keys
from sentiment.localcloud.access.signatures import Request, Signature, signature_of, signer
from sentiment.localcloud.account import refusals
from sentiment.localcloud.account.faults import Fault, error_of
from sentiment.localcloud.account.gateway import Call
from sentiment.localcloud.account.operations import INVOCATION, Operation, operation_of
from sentiment.localcloud.catalogue import price_list
from sentiment.localcloud.hosting import asynchronous
from sentiment.localcloud.machinery import Machinery
from sentiment.localcloud.replies import Reply, ServiceError
from sentiment.system.browsers import is_foreign

EXECUTION = re.compile(r"/execute-api/([^/]+)/([^/]+)(/.*)?")
FOREIGN = Reply(
    403,
    {"content-type": "text/plain; charset=utf-8"},
    b"The local cloud answers no other web site's pages. Open its address yourself, in a new tab.\n",
)
# CORS headers, by which pages of other origins could read a response: moto sends them, and published APIs may.
SHARING = "access-control-"

# moto's own URLs, which AWS does not have; one of them resets everything.
MOTO_S_OWN = ("/moto-api", "/latest/", "/favicon.ico")

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Front:
    """A WSGI application around moto's, for requests signed with one of `keys` and addressed to the host `address`."""

    def __init__(self, moto: Application, machinery: Machinery, keys: Keys, address: str) -> None:
        self._moto, self._machinery, self._keys, self._address = moto, machinery, keys, address
        self._answering = threading.Event()
        self._answering.set()

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Answer no requests until the block ends; they wait meanwhile."""
        self._answering.clear()
        try:
            yield
        finally:
            self._answering.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle one request."""
        start, execution = _not_shared(start_response), EXECUTION.fullmatch(environ["PATH_INFO"])
        if self._is_foreign(environ, published=execution is not None):
            return _send(FOREIGN, start)
        request = _request(environ)
        if execution:
            api, stage, path = execution.groups("/")
            return _send(self._execute(api, stage, path, request), start)
        try:
            signature = _signature(request)
        except ServiceError as error:
            return _send(refusals.reply(error, "", request.method), start)
        try:
            key = signer(request, signature, self._keys.find)
        except ServiceError as error:
            return _send(refusals.reply(error, signature.service, request.method), start)
        return self._answer(key, signature, request, environ, start)

    def _is_foreign(self, environ: dict[str, Any], published: bool) -> bool:
        """Whether a page of another origin sent it. A link to a published page may be followed from this machine.

        The dashboard, on another port, counts as the same site; following a link sends no data and shows it none.
        """
        names = ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE")
        host, origin, site = (environ.get(name) for name in names)
        followed = environ["REQUEST_METHOD"] == "GET" and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        if published and followed and site == "same-site":
            site = None
        return is_foreign([self._address], host, origin, site)

    def _answer(
        self, key: Key, signature: Signature, request: Request, environ: dict[str, Any], start: Any
    ) -> Iterable[bytes]:
        if key.kind == "machinery":  # not affected by injected faults
            return self._moto(environ, start)
        self._answering.wait()
        service, method = signature.service, request.method
        asked = operation_of(service, environ, request.body)
        operation = asked.name
        fault = self._machinery.faults.take(operation)
        if fault and (error := error_of(fault, service, operation)):
            return _send(refusals.reply(error, service, method), start)
        try:
            self._check(key, asked, signature, request)
        except ServiceError as error:
            return _send(refusals.reply(error, service, method), start)
        if (invocation := INVOCATION.fullmatch(environ["PATH_INFO"])) and operation.endswith("Async"):
            return _send(self._accept(signature.region, invocation[1], request), start)
        if invocation:
            reply = self._invoke(signature.region, invocation[1], request, fault)
            return _send(reply, start, len(reply.body) // 2 if fault == "truncated" else None)
        if operation == "GetProducts":
            return _send(price_list.answer(self._machinery.price_list, request.body()), start)
        return self._moto(environ, start)

    def _check(self, key: Key, asked: Operation, signature: Signature, request: Request) -> None:
        """Raise ServiceError if the caller lacks permission, or passes a role that the service cannot assume."""
        takes_role = (signature.service, asked.name) in roles.TAKES_ROLE
        if key.kind == "owner" and not takes_role:
            return  # the body need not be read
        path = urlsplit(request.target).path
        asking = Asking(signature.service, asked.name, asked.parameters(), signature.region, path, request.method)
        if key.kind != "owner":
            guard.check(key, asking)
        if takes_role:
            roles.check_role(asking, self._machinery.role_settling_seconds)

    def _execute(self, api: str, stage: str, path: str, request: Request) -> Reply:
        query = urlsplit(request.target).query
        return self._machinery.gateway.answer(
            api, stage, Call(request.method, path, query, request.headers, request.body())
        )

    def _invoke(self, region: str, name: str, request: Request, fault: Fault | None) -> Reply:
        endpoint = self._machinery.endpoints.get((region, name))
        try:
            return self._machinery.invoker.invoke(name, endpoint, request.body(), request.headers, fault)
        except ServiceError as error:
            return error.reply()

    def _accept(self, region: str, name: str, request: Request) -> Reply:
        clients, endpoint = self._machinery.clients, self._machinery.endpoints.get((region, name))
        try:
            return asynchronous.accept(clients, self._machinery.invoker, region, name, endpoint, request.headers)
        except ServiceError as error:
            return error.reply()


def _signature(request: Request) -> Signature:
    found = signature_of(request)
    if found is None or request.target.startswith(MOTO_S_OWN):
        raise ServiceError(403, "MissingAuthenticationToken", "Missing Authentication Token")
    return found


def _request(environ: dict[str, Any]) -> Request:
    """Return the request; its body is read on demand, and can be read again from the environment."""
    headers = {name.lower(): value for name, value in MotoRequest(environ).headers.items()}

    def body() -> bytes:
        kept = environ.get("local_cloud.body")
        if kept is None:
            # Without a length it is a chunked body, which the server decodes and terminates.
            length = environ.get("CONTENT_LENGTH") or (None if environ.get("wsgi.input_terminated") else 0)
            kept = environ["wsgi.input"].read() if length is None else environ["wsgi.input"].read(int(length))
            environ["local_cloud.body"] = kept
        environ["wsgi.input"] = io.BytesIO(kept)
        return bytes(kept)

    return Request(environ["REQUEST_METHOD"], environ["HTTP_HOST"], environ["REQUEST_URI"], headers, body)


def _not_shared(start_response: Any) -> Any:
    """Return `start_response` without CORS headers."""

    def start(status: str, headers: Iterable[tuple[str, str]], *more: Any) -> Any:
        return start_response(status, [each for each in headers if not each[0].lower().startswith(SHARING)], *more)

    return start


def _send(reply: Reply, start_response: Any, sent_bytes: int | None = None) -> Iterable[bytes]:
    """Send a response, truncating its body to `sent_bytes` if given."""
    # Some of AWS's status codes are not in HTTP: 530 is InternalDependencyException.
    known = {status.value: status.phrase for status in HTTPStatus}
    headers = [*reply.headers.items(), ("content-length", str(len(reply.body)))]
    start_response(f"{reply.status} {known.get(reply.status, 'Error')}", headers)
    return [reply.body[:sent_bytes]]
