"""Faults on demand: which of the next calls of an operation fails, and how."""

import random
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from sentiment.localcloud.account import refusals
from sentiment.localcloud.replies import ServiceError

Failure = Literal[
    "throttled",
    "model error",
    "model not ready",
    "internal failure",
    "unavailable",
    "dependency failure",
    "hanging",
    "truncated",
    "dead instance",
]
Refusal = Literal["denied", "expired", "over quota"]
Fault = Failure | Refusal
# Temporary failures, for which a retry succeeds. Refusals persist until their cause is removed.
ALL_FAULTS: tuple[Failure, ...] = get_args(Failure)

_BY_SERVICE: dict[Fault, Callable[[str, str], ServiceError]] = {
    "throttled": refusals.throttled,
    "denied": refusals.denied,
    "expired": refusals.expired,
    "over quota": refusals.over_quota,
}
# Status codes and names as in the service models; a model error contains the container's response.
_ERRORS: dict[Fault, Callable[[], ServiceError]] = {
    "model error": lambda: ServiceError(
        424,
        "ModelError",
        'Received server error (503) from primary with message "worker died".',
        OriginalStatusCode=503,
        OriginalMessage="worker died",
        LogStreamArn="",
    ),
    "model not ready": lambda: ServiceError(429, "ModelNotReadyException", "The model is not ready yet."),
    "internal failure": lambda: ServiceError(500, "InternalFailure", "An internal failure occurred."),
    "unavailable": lambda: ServiceError(503, "ServiceUnavailable", "The service is unavailable. Try again."),
    "dependency failure": lambda: ServiceError(530, "InternalDependencyException", "A dependency failed."),
}


def error_of(fault: Fault, service: str, operation: str) -> ServiceError | None:
    """Return the service error for a fault, None for faults that are no response of the service."""
    if fault in _BY_SERVICE:
        return _BY_SERVICE[fault](service, operation)
    return _ERRORS[fault]() if fault in _ERRORS else None


class Faults:
    """The faults to inject, by API operation name; thread-safe, cleared when the cloud is reset.

    `hanging`, `truncated` and `dead instance` apply to InvokeEndpoint: the container does not respond within the time
    limit, the response breaks off half-way, or the instance dies and is replaced. Any operation of any service can be
    throttled, denied, refused because credentials have expired or refused for its quota, in that service's format.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
            self._shares: dict[str, tuple[random.Random, float, Sequence[Fault]]] = {}

    def next_calls(self, operation: str, *faults: Fault) -> None:
        """Make the next calls of `operation` fail, each with one of `faults`, in order."""
        with self._lock:
            self._next[operation].extend(faults)

    def share_of_calls(
        self, operation: str, share: float, faults: Sequence[Fault] = ALL_FAULTS, *, seed: int = 0
    ) -> None:
        """Make a random share of the calls of `operation`, 0 to 1, fail, each with one of `faults`."""
        with self._lock:
            self._shares[operation] = random.Random(seed), share, faults

    def take(self, operation: str) -> Fault | None:
        """Return the fault for the current call, None if it should succeed."""
        with self._lock:
            if self._next[operation]:
                return self._next[operation].popleft()
            chance, share, faults = self._shares.get(operation, (None, 0.0, ()))
            return chance.choice(faults) if chance and chance.random() < share else None
