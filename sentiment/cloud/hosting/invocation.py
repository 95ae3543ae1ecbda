"""A single call of a SageMaker endpoint; failures are classified by what may help against them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from botocore import exceptions
from botocore.config import Config

from sentiment import prediction as answers
from sentiment.cloud.aws.account import Account
from sentiment.cloud.aws.errors import as_cloud_error
from sentiment.errors import CloudError
from sentiment.prediction import Prediction
from sentiment.serving.formats import JSON_LINES
from sentiment.tables.rows import encodable

MOST_CALLS = 16  # concurrently, with one client
# A container has 60 seconds; then SageMaker answers in its place. Retries are done here, because botocore does not
# retry failures specific to endpoints (a model that is not ready, a container that crashed).
_SETTINGS = Config(
    connect_timeout=5, read_timeout=70, max_pool_connections=MOST_CALLS, retries={"total_max_attempts": 1}
)
_MODEL = re.compile(r"(?:^|[;,\s])model=([0-9a-f]{64})(?:$|[;,\s])")
_PASSING_STATUSES = (0, 502, 503, 504, 507)  # of the container, as reported in a ModelError
_BROKEN_OFF = (
    exceptions.ConnectionError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
    exceptions.ResponseStreamingError,
)

Remedy = Literal["again", "slower", "smaller"]


class CallFailedError(Exception):
    """A call that may succeed on a retry: unchanged, with fewer concurrent calls, or with fewer reviews.

    Its text describes the failure, for use at the end of a sentence.
    """

    def __init__(self, remedy: Remedy, what: str) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True)
class Answer:
    """An endpoint's response: one prediction per review, the model's fingerprint, and the variant's name."""

    predictions: list[Prediction]
    fingerprint: str
    variant: str


class Invoker:
    """Calls one endpoint, or one variant of it; safe to share among threads."""

    def __init__(self, account: Account, endpoint: str, variant: str | None = None) -> None:
        self._endpoint = endpoint
        self._target = {} if variant is None else {"TargetVariant": variant}
        with as_cloud_error("sagemaker-runtime", "client"):
            self._client = account.session().client("sagemaker-runtime", config=_SETTINGS)

    def invoke(self, reviews: Sequence[str]) -> Answer:
        """Score the reviews in one call.

        Raises:
            CallFailedError: a retry may succeed.
            CloudError: a retry will not succeed: no such endpoint, access denied, or a body that the container refuses.
        """
        try:
            with as_cloud_error("sagemaker-runtime", "invoke_endpoint"):
                response = self._client.invoke_endpoint(
                    EndpointName=self._endpoint,
                    Body=b"".join(map(request_line, reviews)),
                    ContentType=JSON_LINES,
                    Accept=JSON_LINES,
                    **self._target,
                )
                body = response["Body"].read()
        except CloudError as error:
            raise self._judged(error) from error.__cause__
        return self._answer(response, body, len(reviews))

    def _answer(self, response: Mapping[str, Any], body: bytes, count: int) -> Answer:
        model = _MODEL.search(response.get("CustomAttributes", ""))
        if model is None:
            raise CloudError(
                f"The endpoint {self._endpoint} does not report which model answers, so it is not this project's: "
                "deploy a model with scripts/cloud.py deploy, or on the page Endpoints."
            )
        try:
            predictions = answers.from_json_lines(body)
        except ValueError as error:
            raise CallFailedError("again", f"its answer could not be read ({error})") from error
        if len(predictions) != count:
            raise CallFailedError("again", f"it gave {len(predictions)} predictions for {count} reviews")
        return Answer(predictions, model[1], response.get("InvokedProductionVariant", ""))

    def _judged(self, error: CloudError) -> Exception:
        """Return the exception that a failed call stands for."""
        cause = error.__cause__
        if isinstance(cause, exceptions.ReadTimeoutError):
            return CallFailedError("smaller", "it did not answer in time")
        if isinstance(cause, _BROKEN_OFF):
            return CallFailedError("again", "the connection broke off")
        if isinstance(cause, exceptions.ClientError):
            return self._refused(error, cause.response)
        return error

    def _refused(self, error: CloudError, response: Mapping[str, Any]) -> Exception:
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        if error.code == "ModelError":
            return self._model_error(int(response.get("OriginalStatusCode", 0)), error.refusal)
        if status == 413:
            return CallFailedError("smaller", "the reviews are too large for it")
        if error.throttled:
            return CallFailedError("slower", "it is throttled")
        if error.passing or status >= 500:
            return CallFailedError("again", f"SageMaker answered {error.code} ({status})")
        if "not found" in error.refusal:
            return CloudError(
                f"SageMaker found no endpoint {self._endpoint} in service, or no such variant of it: see the page "
                "Endpoints, or scripts/cloud.py status.",
                error.code,
                error.refusal,
            )
        return error

    def _model_error(self, status: int, refusal: str) -> Exception:
        if status == 413:
            return CallFailedError("smaller", "the reviews are too large for its container")
        if "timed out" in refusal:
            return CallFailedError("smaller", "its container did not answer in time")
        if status in _PASSING_STATUSES:
            return CallFailedError("again", f"its container failed ({status})" if status else "its container crashed")
        return CloudError(
            f"The container of the endpoint {self._endpoint} refused the reviews with status {status}: see its "
            f"log, /aws/sagemaker/Endpoints/{self._endpoint}, in CloudWatch.",
            "ModelError",
            refusal,
        )


def request_line(review: str) -> bytes:
    """Return a review as one line of a request body."""
    return json.dumps({"review": encodable(review)}, ensure_ascii=False).encode() + b"\n"
