"""Handle one request to a container: body in, response out, and never an exception, traceback or review in the log."""

import json
import logging
import os
import traceback
from dataclasses import dataclass
from pathlib import Path

from sentiment.prediction import Prediction, Scorer
from sentiment.serving import formats
from sentiment.serving.formats import Request, RequestError

# SageMaker returns this header to the client as CustomAttributes.
MODEL_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
# The largest body that SageMaker sends to an endpoint; batch transform announces its own limit.
_USUAL_MEGABYTES = 6
# Together they trigger every import that scoring may need.
_FIRST_REVIEWS = ("A <i>fine</i> film.", "Un film magnifique, porté par deux acteurs extraordinaires.")


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    content_type: str
    body: bytes


def make_ready(scorer: Scorer) -> None:
    """Score once, so that missing parts are noticed now and the first client does not wait.

    Raises:
        BundleError: the bundle turns out to be damaged.
    """
    scorer.score(_FIRST_REVIEWS)


def can_score(scorer: Scorer) -> bool:
    """Return True if a review can be scored now."""
    try:
        return scorer.score(_FIRST_REVIEWS[:1])[0].probability is not None
    except Exception as error:
        _log(error)
        return False


def answer(scorer: Scorer, body: bytes, content_type: str) -> Answer:
    """Return the response to a body of this content type, as defined by the container contract."""
    try:
        if len(body) > maximum_bytes():
            raise too_large()
        request = formats.read(body, content_type)
        return written(request, scorer.score(request.reviews))
    except Exception as error:
        return failure(error)


def written(request: Request, predictions: list[Prediction]) -> Answer:
    """Return the response that holds the predictions for a request's reviews."""
    return Answer(200, request.answer_type, request.write(predictions).encode())


def failure(error: Exception) -> Answer:
    """Return the response to a failed request: a sentence for the client, without details if the fault is ours."""
    if isinstance(error, RequestError):
        return refusal(error)
    _log(error)
    return refusal(RequestError(500, "The reviews could not be scored; the container's log says where it failed."))


def refusal(error: RequestError) -> Answer:
    """Return the response to a rejected request."""
    return Answer(error.status, formats.JSON, json.dumps({"error": str(error)}, ensure_ascii=False).encode())


def too_large() -> RequestError:
    """Return the error for a body larger than `maximum_bytes`."""
    return RequestError(413, f"The body is larger than {maximum_bytes():,} bytes; send fewer reviews at a time.")


def maximum_bytes() -> int:
    """Return the maximum size of a body in bytes."""
    return int(os.environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB", _USUAL_MEGABYTES)) * 2**20


def model_header(scorer: Scorer) -> str:
    """Return the value of `MODEL_HEADER`: which model answered."""
    return f"model={scorer.fingerprint}"


def _log(error: Exception) -> None:
    # Only the type and the location: an exception's message may quote the input that caused it.
    place = traceback.extract_tb(error.__traceback__)[-1]
    logging.getLogger(__name__).error("%s at %s:%s", type(error).__name__, Path(place.filename).name, place.lineno)
