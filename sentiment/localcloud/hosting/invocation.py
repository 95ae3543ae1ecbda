"""InvokeEndpoint: forward a request to a container, and translate its response or timeout as SageMaker does.

Error types, status codes and the fields of ModelError are those of the sagemaker-runtime service model.
"""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sentiment.localcloud.hosting.endpoint import Endpoint, Variant
from sentiment.localcloud.hosting.model_server import ModelServer
from sentiment.localcloud.replies import Reply, ServiceError

MEBIBYTE = 1024 * 1024
REAL_TIME_BYTES = 6 * MEBIBYTE
SERVERLESS_BYTES = 4 * MEBIBYTE
CONTAINER_SECONDS = 60.0
# Statuses in which an endpoint has containers that respond.
SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")
ATTRIBUTES_HEADER = "x-amzn-sagemaker-custom-attributes"


@dataclass
class Invoker:
    """Invokes endpoints, and counts the concurrent invocations of each serverless variant."""

    account: str
    container_seconds: float = CONTAINER_SECONDS
    _busy: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(
        self, name: str, endpoint: Endpoint | None, body: bytes, headers: Mapping[str, str], fault: str | None
    ) -> Reply:
        """Return the response to an invocation; `headers` are the request's, in lower case.

        With the fault `hanging` the container never receives the request; with `dead instance` it is killed first.

        Raises:
            ServiceError: any failure, as SageMaker reports it.
        """
        if endpoint is None or endpoint.record.endpoint_status not in SERVING:
            raise ServiceError(400, "ValidationError", f"Endpoint {name} of account {self.account} not found.")
        target = headers.get("x-amzn-sagemaker-target-variant")
        try:
            variant = endpoint.choose(target)
        except KeyError as error:
            message = f"Variant {target} not found for Endpoint {name}."
            raise ServiceError(400, "ValidationError", message) from error
        _check_size(len(body), variant)
        with self.busy(name, variant):
            if fault == "hanging":
                time.sleep(self.container_seconds)
                raise _timed_out(endpoint)
            server = random.choice(variant.servers)
            if fault == "dead instance":
                server.end()
            return self._ask(endpoint, variant, server, body, headers)

    @contextmanager
    def busy(self, name: str, variant: Variant) -> Iterator[None]:
        """Count as one of a serverless variant's concurrent invocations. ThrottlingException at its limit."""
        with self._lock:
            if variant.concurrency is not None and self._busy[name, variant.name] >= variant.concurrency:
                raise ServiceError(400, "ThrottlingException", "Rate exceeded")
            self._busy[name, variant.name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy[name, variant.name] -= 1

    def _ask(
        self, endpoint: Endpoint, variant: Variant, server: ModelServer, body: bytes, headers: Mapping[str, str]
    ) -> Reply:
        accept = headers.get("x-amzn-sagemaker-accept") or headers.get("accept") or "*/*"
        given = {"content-type": headers.get("content-type", "application/octet-stream"), "accept": accept}
        if ATTRIBUTES_HEADER in headers:
            given[ATTRIBUTES_HEADER] = headers[ATTRIBUTES_HEADER]
        try:
            reply = server.ask(body, given, self.container_seconds)
        except TimeoutError as error:
            raise _timed_out(endpoint) from error
        except (OSError, http.client.HTTPException) as error:
            endpoint.replace_dead(variant, server)
            raise _model_error(endpoint, 0, "Received server error (0) from primary.", "") from error
        if reply.status >= 400:
            said = reply.body.decode(errors="replace")
            kind = "client" if reply.status < 500 else "server"
            message = f'Received {kind} error ({reply.status}) from primary with message "{said}".'
            raise _model_error(endpoint, reply.status, message, said)
        passed = {name: value for name, value in reply.headers.items() if name in ("content-type", ATTRIBUTES_HEADER)}
        return Reply(200, passed | {"x-amzn-invoked-production-variant": variant.name}, reply.body)


def _check_size(size: int, variant: Variant) -> None:
    limit = SERVERLESS_BYTES if variant.serverless else REAL_TIME_BYTES
    if size > limit:
        message = f"Request body of {size} bytes exceeds the limit of {limit} bytes."
        raise ServiceError(413, "ValidationError", message)


def _timed_out(endpoint: Endpoint) -> ServiceError:
    message = "Your invocation timed out while waiting for a response from container primary."
    return _model_error(endpoint, 0, message, "")


def _model_error(endpoint: Endpoint, status: int, message: str, said: str) -> ServiceError:
    arn = endpoint.record.arn.replace(":sagemaker:", ":logs:").replace(
        f"endpoint/{endpoint.name.lower()}", f"log-group:{endpoint.log_group}"
    )
    see = f"{message} See {endpoint.log_group} in CloudWatch Logs for more information."
    return ServiceError(424, "ModelError", see, OriginalStatusCode=status, OriginalMessage=said, LogStreamArn=arn)
