"""One call of a container: a body in, an answer out, and never an exception, a traceback or a review in the log."""

import json
import logging
import os
import traceback
from dataclasses import dataclass
from pathlib import Path

from sentiment.prediction import Prediction, Scorer
from sentiment.serving import formats
from sentiment.serving.formats import Request, RequestError

# SageMaker returns this header of a container to the caller as CustomAttributes.
MODEL_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
# What SageMaker sends at most to an endpoint; batch transform says how much it sends.
_USUAL_MEGABYTES = 6
# Between them they need every import that scoring may need.
_FIRST_REVIEWS = ("A <i>fine</i> film.", "Un film magnifique, porté par deux acteurs extraordinaires.")


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    content_type: str
    body: bytes


def make_ready(scorer: Scorer) -> None:
    """Score, so that what is missing shows now and the first caller does not wait.

    Raises:
        BundleError: the bundle turns out to be damaged.
    """
    scorer.score(_FIRST_REVIEWS)


def can_score(scorer: Scorer) -> bool:
    """Return True when a review can be scored now."""
    try:
        return scorer.score(_FIRST_REVIEWS[:1])[0].probability is not None
    except Exception as error:
        _log(error)
        return False


def answer(scorer: Scorer, body: bytes, content_type: str) -> Answer:
    """Return the answer to a body of that content type, as the container contract has it."""
    try:
        if len(body) > maximum_bytes():
            raise too_large()
        request = formats.read(body, content_type)
        return written(request, scorer.score(request.reviews))
    except Exception as error:
        return failure(error)


def written(request: Request, predictions: list[Prediction]) -> Answer:
    """Return the answer that holds the predictions of a request's reviews."""
    return Answer(200, request.answer_type, request.write(predictions).encode())


def failure(error: Exception) -> Answer:
    """Return the answer to a request that failed: the caller's sentence, or for a fault of ours one without details."""
    if isinstance(error, RequestError):
        return refusal(error)
    _log(error)
    return refusal(RequestError(500, "The reviews could not be scored; the container's log says where it failed."))


def refusal(error: RequestError) -> Answer:
    """Return the answer to a request that is not served."""
    return Answer(error.status, formats.JSON, json.dumps({"error": str(error)}, ensure_ascii=False).encode())


def too_large() -> RequestError:
    """Return the error of a body above `maximum_bytes`."""
    return RequestError(413, f"The body is larger than {maximum_bytes():,} bytes; send fewer reviews at a time.")


def maximum_bytes() -> int:
    """Return how many bytes a body may have."""
    return int(os.environ.get("SAGEMAKER_MAX_PAYLOAD_IN_MB", _USUAL_MEGABYTES)) * 2**20


def model_header(scorer: Scorer) -> str:
    """Return the value of `MODEL_HEADER`: which model answered."""
    return f"model={scorer.fingerprint}"


def _log(error: Exception) -> None:
    # Only the kind and the place: the message of an exception may quote what it failed on.
    place = traceback.extract_tb(error.__traceback__)[-1]
    logging.getLogger(__name__).error("%s at %s:%s", type(error).__name__, Path(place.filename).name, place.lineno)
