"""A SageMaker endpoint as a scorer: concurrent calls, each retried until it succeeds, with results in order."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting import endpoints
from sentiment.cloud.hosting.invocation import MOST_CALLS, Answer, CallFailedError, Invoker, request_line
from sentiment.errors import CloudError
from sentiment.prediction import Prediction
from sentiment.system.concurrency import Concurrency, random_wait, results

# AWS's limits for the request and the response of one call.
REAL_TIME_BYTES = 6_291_456
SERVERLESS_BYTES = 4_000_000
CALL_REVIEWS = 50  # per call at most: the smallest endpoint answers that many in a second or two
_ANSWER_BYTES = 300  # upper bound for one prediction
_CALLS_AN_INSTANCE = 4
# Ten attempts and their waits take about a minute: enough for a container to be replaced or started.
_TRIES = 10
_PROBE = "A fine film."


@dataclass(frozen=True)
class Limits:
    """What an endpoint accepts: bytes per call, in either direction, and concurrent calls."""

    payload_bytes: int
    calls: int


class EndpointScorer:
    """Scores reviews with the model behind an endpoint; create it with `open`.

    `name` is the endpoint's and `fingerprint` that of the model that answers. A call that fails temporarily is retried
    after a random wait; a call that is too large or takes too long is split in half.
    """

    def __init__(
        self,
        name: str,
        invoker: Invoker,
        limits: Limits,
        *,
        call_reviews: int = CALL_REVIEWS,
        wait: Callable[[float], Any] | None = None,
    ) -> None:
        self.name = name
        self._invoker, self._limits, self._call_reviews = invoker, limits, call_reviews
        self._concurrency = Concurrency(limits.calls)
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self.fingerprint = self._persistent_answer([_PROBE], 0).fingerprint

    @classmethod
    def open(
        cls,
        account: Account,
        name: str,
        variant: str | None = None,
        *,
        call_reviews: int = CALL_REVIEWS,
        wait: Callable[[float], Any] | None = None,
    ) -> "EndpointScorer":
        """Determine the endpoint's limits and, with one review, its model.

        Args:
            variant: The variant to invoke if there are several.
            wait: Called with the number of seconds to wait before a retry.

        Raises:
            CloudError: there is no such endpoint, it is not in service, or it does not answer.
        """
        return cls(
            name, Invoker(account, name, variant), _limits(account, name, variant), call_reviews=call_reviews, wait=wait
        )

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order.

        Raises:
            CloudError: a call failed repeatedly or permanently, or the model was changed in the meantime.
        """
        chunks = list(self._chunks(reviews))
        scored = results(partial(self._predictions, tries=0), chunks, self._limits.calls, self._stopped)
        return [prediction for predictions in scored for prediction in predictions]

    def _chunks(self, reviews: Sequence[str]) -> Iterator[list[str]]:
        """Yield the reviews in portions that fit one call, by number and by size."""
        chunk: list[str] = []
        size = 0
        for review in reviews:
            cost = max(len(request_line(review)), _ANSWER_BYTES)
            if cost > self._limits.payload_bytes:
                raise CloudError(
                    f"A review has {cost:,} bytes, and the endpoint {self.name} accepts "
                    f"{self._limits.payload_bytes:,}: shorten it, or score the table with a model on this machine."
                )
            if chunk and (len(chunk) == self._call_reviews or size + cost > self._limits.payload_bytes):
                yield chunk
                chunk, size = [], 0
            chunk.append(review)
            size += cost
        if chunk:
            yield chunk

    def _predictions(self, reviews: Sequence[str], tries: int) -> list[Prediction]:
        """Score a portion, splitting it if necessary; `tries` attempts have failed before."""
        try:
            answer = self._persistent_answer(reviews, tries)
        except _TooMuchError as error:
            middle = len(reviews) // 2
            return [
                prediction
                for half in (reviews[:middle], reviews[middle:])
                for prediction in self._predictions(half, error.tries)
            ]
        if answer.fingerprint != self.fingerprint:
            raise CloudError(
                f"The endpoint {self.name} answers with two models, {self.fingerprint[:12]} and "
                f"{answer.fingerprint[:12]} (variant {answer.variant}): it was changed in the meantime, or has two "
                "variants. Start again once it has one, or choose a variant."
            )
        return answer.predictions

    def _persistent_answer(self, reviews: Sequence[str], tries: int) -> Answer:
        """Retry until there is an answer; _TooMuchError if fewer reviews may help, CloudError if nothing does."""
        while True:
            if self._stopped.is_set():
                raise CloudError(f"Scoring with the endpoint {self.name} was cancelled.")
            try:
                return self._single_answer(reviews)
            except CallFailedError as failure:
                tries += 1
                if tries >= _TRIES:
                    raise CloudError(
                        f"The endpoint {self.name} failed {tries} times for the same reviews; the last time {failure}. "
                        "Look at its state on the page Endpoints, then start again: completed work is kept."
                    ) from failure
                if failure.remedy == "smaller" and len(reviews) > 1:
                    raise _TooMuchError(tries) from failure
            self._wait(random_wait(tries))

    def _single_answer(self, reviews: Sequence[str]) -> Answer:
        with self._concurrency.turn() as turn:
            try:
                answer = self._invoker.invoke(reviews)
            except CallFailedError as failure:
                if failure.remedy == "slower":
                    turn.throttled()
                raise
            turn.succeeded()
            return answer


class _TooMuchError(Exception):
    """The call may succeed with fewer reviews; `tries` attempts have failed."""

    def __init__(self, tries: int) -> None:
        super().__init__()
        self.tries = tries


def _limits(account: Account, name: str, variant: str | None) -> Limits:
    endpoint = endpoints.described(account, name)
    if endpoint["EndpointStatus"] not in endpoints.SERVING:
        raise CloudError(f"The endpoint {name} is not in service yet, but {endpoint['EndpointStatus']}: wait for it.")
    variants = [each for each in endpoint["ProductionVariants"] if variant in (None, each["VariantName"])]
    serverless = [each["CurrentServerlessConfig"] for each in variants if "CurrentServerlessConfig" in each]
    instances = sum(each.get("CurrentInstanceCount", 0) for each in variants)
    calls = sum(each["MaxConcurrency"] for each in serverless) + _CALLS_AN_INSTANCE * instances
    return Limits(SERVERLESS_BYTES if serverless else REAL_TIME_BYTES, max(1, min(calls, MOST_CALLS)))
