"""The container contract: request bodies to reviews, and predictions to response bodies, by media type."""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from sentiment.errors import SentimentError
from sentiment.prediction import PREDICTION_COLUMNS, Prediction, fields
from sentiment.tables.columns import TEXT_NAMES
from sentiment.tables.rows import encodable

PLAIN, JSON, CSV, JSON_LINES = "text/plain", "application/json", "text/csv", "application/jsonlines"
# The response to more reviews would be many times as large as the request.
MAXIMUM_REVIEWS = 100_000
# No client sends Python's other codecs, and some take time quadratic in the length of the body.
_CHARSETS = frozenset(codecs.lookup(name).name for name in ("utf-8", "utf-16", "ascii", "iso-8859-1", "windows-1252"))
_NAMES = frozenset(TEXT_NAMES)

csv.field_size_limit(2**31 - 1)  # the default of 131,072 rejects long reviews

Parameters = Mapping[str, str]


class RequestError(SentimentError):
    """A request that cannot be answered; `status` is the HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Request(NamedTuple):
    """The reviews of a request, and the format of the response: media type and text."""

    reviews: list[str]
    answer_type: str
    write: Callable[[list[Prediction]], str]


def read(body: bytes, content_type: str) -> Request:
    """Parse the body of a request.

    Raises:
        RequestError: 415 for an unsupported media type or charset, 400 for a body that does not parse, 413 for more
            than `MAXIMUM_REVIEWS` reviews.
    """
    media_type, parameters = _parsed(content_type)
    reader = _READERS.get(media_type)
    if reader is None:
        raise RequestError(415, f"Content-Type must be {', '.join(list(_READERS)[:-1])} or {JSON_LINES}.")
    request = reader(_decoded(body, parameters), parameters)
    _check_number(len(request.reviews))
    return request._replace(reviews=[encodable(review) for review in request.reviews])


def _check_number(reviews: int) -> None:
    if reviews > MAXIMUM_REVIEWS:
        raise RequestError(413, f"Send at most {MAXIMUM_REVIEWS:,} reviews at a time.")


def _parsed(content_type: str) -> tuple[str, Parameters]:
    """Return the media type and its parameters, names in lower case: `text/csv; header=present`."""
    media_type, *rest = content_type.split(";")
    pairs = (pair.partition("=") for pair in rest)
    return media_type.strip().lower(), {name.strip().lower(): value.strip(' "') for name, _, value in pairs}


def _decoded(body: bytes, parameters: Parameters) -> str:
    try:
        charset = codecs.lookup(parameters.get("charset", "utf-8")).name
    except (LookupError, ValueError):
        charset = ""
    if charset not in _CHARSETS:
        raise RequestError(415, "The charset is not supported; send UTF-8.")
    try:
        return body.decode(charset).removeprefix("\ufeff")
    except ValueError:
        raise RequestError(400, "The body has bytes that are not text in its charset; send UTF-8.") from None


def _read_plain(text: str, parameters: Parameters) -> Request:
    return Request([text], JSON, lambda predictions: _dumped(fields(predictions[0])))


def _read_json(text: str, parameters: Parameters) -> Request:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise RequestError(400, "The body is not JSON.") from None
    inputs = value.get("inputs") if isinstance(value, dict) else value
    if isinstance(value, dict) and isinstance(inputs, str):
        inputs = [inputs]
    if not isinstance(inputs, list) or not all(isinstance(review, str) for review in inputs):
        raise RequestError(400, 'The JSON must be {"inputs": "a review"}, {"inputs": [reviews]} or a list of reviews.')
    return Request(inputs, JSON, lambda predictions: _dumped([fields(one) for one in predictions]))


def _read_csv(text: str, parameters: Parameters) -> Request:
    # One extra row may be the header, and another one shows that there are too many.
    reviews = list(islice(_single_cells(text), MAXIMUM_REVIEWS + 2))
    header = parameters["header"] == "present" if "header" in parameters else _is_name(reviews)
    answer_type = f"{CSV}; charset=utf-8; header={'present' if header else 'absent'}"
    return Request(reviews[1:] if header else reviews, answer_type, lambda predictions: _csv(predictions, header))


def _single_cells(text: str) -> Iterator[str]:
    """Yield the only cell of each row; a blank line is an empty review, so that responses stay aligned with rows."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(rows, start=1):
            if len(row) > 1:
                message = f"Row {number} has {len(row)} fields; send one review per row, in quotes if it has a comma."
                raise RequestError(400, message)
            yield row[0] if row else ""
    except csv.Error:
        raise RequestError(400, f"The quotes in line {rows.line_num} are not valid CSV (RFC 4180).") from None


def _is_name(reviews: list[str]) -> bool:
    return bool(reviews) and reviews[0].strip().casefold().replace("_", " ") in _NAMES


def _csv(predictions: list[Prediction], header: bool) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, PREDICTION_COLUMNS)
    if header:
        writer.writeheader()
    writer.writerows(map(fields, predictions))
    return text.getvalue()


def _read_json_lines(text: str, parameters: Parameters) -> Request:
    # Not splitlines(): JSON strings may contain characters that Python treats as line breaks.
    text = text.removesuffix("\n")
    _check_number(text.count("\n") + 1)
    lines = text.split("\n") if text else []
    reviews = [_review_of(line, number) for number, line in enumerate(lines, start=1)]
    return Request(reviews, JSON_LINES, lambda predictions: "".join(f"{_dumped(fields(one))}\n" for one in predictions))


def _review_of(line: str, number: int) -> str:
    try:
        review = json.loads(line)["review"]
    except (ValueError, RecursionError, KeyError, TypeError, IndexError):
        review = None
    if not isinstance(review, str):
        raise RequestError(400, f'Line {number} is not {{"review": "…"}}.')
    return review


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


_READERS = {PLAIN: _read_plain, JSON: _read_json, CSV: _read_csv, JSON_LINES: _read_json_lines}
