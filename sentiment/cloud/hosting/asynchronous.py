"""An asynchronous endpoint as a scorer: requests are stored in S3, and instances start when there are any.

The container and its responses are the same as for every other endpoint; only the transport differs.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sentiment import prediction as answers
from sentiment.cloud.aws import polling, s3
from sentiment.cloud.aws.account import Account
from sentiment.cloud.hosting import endpoints
from sentiment.cloud.hosting.endpoint_scorer import EndpointScorer
from sentiment.cloud.hosting.endpoints import Asynchronous, Endpoint
from sentiment.cloud.hosting.invocation import request_line
from sentiment.errors import CloudError
from sentiment.prediction import Prediction
from sentiment.serving.formats import JSON_LINES

REQUEST_REVIEWS = 250
# An instance takes about ten minutes to start, and requests queued before ours are scored first.
_PATIENCE_SECONDS = 3_600.0
# The longest processing time of one request that AWS allows.
_LONGEST_SECONDS = 3_600


@dataclass(frozen=True)
class _Request:
    """A pending request: the S3 URIs of its reviews and of its future output or failure."""

    source: str
    output: str
    failure: str
    reviews: int


def open_scorer(account: Account, name: str, variant: str | None = None) -> "EndpointScorer | AsynchronousScorer":
    """Return a scorer for an endpoint of any kind; `variant` selects one of several.

    Raises:
        CloudError: there is no such endpoint, it is not in service, or it does not answer.
    """
    endpoint = endpoints.find(account, name)
    if isinstance(endpoint.variants[0].capacity, Asynchronous):
        return AsynchronousScorer(account, endpoint)
    return EndpointScorer.open(account, name, variant)


def folder(endpoint: str) -> str:
    """Return the folder of an endpoint's requests and responses, relative to the owner's prefix."""
    return f"async/{endpoint}"


class AsynchronousScorer:
    """Scores reviews with the model behind an asynchronous endpoint, which may have to start an instance first.

    `name` is the endpoint's and `fingerprint` its model's. Files in S3 are deleted once the response has been read.
    """

    def __init__(self, account: Account, endpoint: Endpoint, wait: Callable[[], None] = polling.pause) -> None:
        """CloudError if the endpoint is not in service."""
        if endpoint.state != "in service":
            raise CloudError(f"The endpoint {endpoint.name} is not in service, but {endpoint.state}: wait for it.")
        self.name = endpoint.name
        self.fingerprint = endpoint.variants[0].model.fingerprint
        self._account, self._wait = account, wait

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order.

        Raises:
            CloudError: the container refused a request, or there was no response within an hour.
        """
        # Send all requests first: autoscaling starts instances according to the number of waiting requests.
        requests = [self._sent(reviews[start : start + REQUEST_REVIEWS]) for start in _starts(len(reviews))]
        return [prediction for request in requests for prediction in self._answered(request)]

    def _sent(self, reviews: Sequence[str]) -> _Request:
        key = f"{folder(self.name)}/in/{secrets.token_hex(16)}.jsonl"
        source = s3.upload_bytes(self._account, b"".join(map(request_line, reviews)), key)
        answer = self._account.call(
            "sagemaker-runtime",
            "invoke_endpoint_async",
            EndpointName=self.name,
            InputLocation=source,
            ContentType=JSON_LINES,
            Accept=JSON_LINES,
            InvocationTimeoutSeconds=_LONGEST_SECONDS,
        )
        return _Request(source, answer["OutputLocation"], answer["FailureLocation"], len(reviews))

    def _answered(self, request: _Request) -> list[Prediction]:
        body = self._body(request)
        for place in (request.source, request.output):
            s3.delete_object(self._account, place)
        try:
            predictions = answers.from_json_lines(body)
        except ValueError as error:
            raise CloudError(
                f"A response of the endpoint {self.name} could not be read ({error}): start again."
            ) from error
        if len(predictions) != request.reviews:
            raise CloudError(
                f"The endpoint {self.name} gave {len(predictions)} predictions for {request.reviews} reviews: start "
                "again."
            )
        return predictions

    def _body(self, request: _Request) -> bytes:
        """Wait until the response to a request, or its failure, appears in S3."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if (body := s3.content(self._account, request.output)) is not None:
                return body
            if (failure := s3.content(self._account, request.failure)) is not None:
                words = failure.decode(errors="replace").strip()
                s3.delete_object(self._account, request.failure)
                raise CloudError(
                    f"The container of the endpoint {self.name} refused the reviews: see its log, "
                    f"/aws/sagemaker/Endpoints/{self.name}, in CloudWatch.",
                    "ModelError",
                    words,
                )
            self._wait()
        raise CloudError(
            f"The endpoint {self.name} did not answer within an hour. Look at its state on the page Endpoints, then "
            "start again: completed work is kept."
        )


def _starts(number: int) -> Iterator[int]:
    return iter(range(0, number, REQUEST_REVIEWS))
