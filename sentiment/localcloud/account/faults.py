"""Failures on demand: which of the next calls of an operation goes wrong, and how."""

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
# What passes: the same call is answered when it is made again. A refusal stays one until somebody does something.
ALL_FAULTS: tuple[Failure, ...] = get_args(Failure)

_BY_SERVICE: dict[Fault, Callable[[str, str], ServiceError]] = {
    "throttled": refusals.throttled,
    "denied": refusals.denied,
    "expired": refusals.expired,
    "over quota": refusals.over_quota,
}
# The status codes and names of the service models; a model error says what the container answered.
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
    """The service's error that a fault is, or None for those that are no answer of the service's."""
    if fault in _BY_SERVICE:
        return _BY_SERVICE[fault](service, operation)
    return _ERRORS[fault]() if fault in _ERRORS else None


class Faults:
    """What is to go wrong, by the API's operation names; thread-safe, forgotten at the cloud's reset.

    `hanging`, `truncated` and `dead instance` are for InvokeEndpoint: the container does not answer until the time
    limit, the answer breaks off half-way, and the instance that would answer dies (and is replaced). Any operation of
    any service can be throttled, denied, refused for credentials that have expired, or for its quota, as that service
    puts it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._next: defaultdict[str, deque[Fault]] = defaultdict(deque)
            self._shares: dict[str, tuple[random.Random, float, Sequence[Fault]]] = {}

    def next_calls(self, operation: str, *faults: Fault) -> None:
        """Let the next calls of `operation` fail, each as one of `faults`, in order."""
        with self._lock:
            self._next[operation].extend(faults)

    def share_of_calls(
        self, operation: str, share: float, faults: Sequence[Fault] = ALL_FAULTS, *, seed: int = 0
    ) -> None:
        """Let this share of the calls of `operation`, 0 to 1, fail by chance, each as one of `faults`."""
        with self._lock:
            self._shares[operation] = random.Random(seed), share, faults

    def take(self, operation: str) -> Fault | None:
        """What happens to the call that has just come."""
        with self._lock:
            if self._next[operation]:
                return self._next[operation].popleft()
            chance, share, faults = self._shares.get(operation, (None, 0.0, ()))
            return chance.choice(faults) if chance and chance.random() < share else None
