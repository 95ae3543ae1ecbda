"""What a container answers, read back into predictions: the other side of `formats`."""

import json
from collections.abc import Mapping
from typing import Any, get_args

from sentiment.prediction import Flag, Prediction, Sentiment

_SENTIMENTS: frozenset[str] = frozenset(get_args(Sentiment))
_FLAGS: frozenset[str] = frozenset(get_args(Flag))


def from_json_lines(body: bytes) -> list[Prediction]:
    """Return the predictions of a body of JSON Lines, one a line, as exact as they were written.

    Raises:
        ValueError: the body is not that, or breaks off.
    """
    text = body.decode("utf-8")
    if text and not text.endswith("\n"):
        raise ValueError("the last line breaks off")
    # Not splitlines(): JSON strings may hold characters that Python takes for a line end.
    return [from_fields(json.loads(line)) for line in text.split("\n")[:-1]]


def from_fields(values: Mapping[str, Any]) -> Prediction:
    """Return the prediction whose `formats.fields` these are.

    Raises:
        ValueError: they are not a prediction's.
    """
    try:
        flags = tuple(filter(None, values["flags"].split(";")))
        if values["sentiment"] not in _SENTIMENTS or not _FLAGS.issuperset(flags):
            raise ValueError("the sentiment or a flag is not known")
        return Prediction(
            sentiment=values["sentiment"],
            probability=_number(values["probability"]),
            rating=_number(values["rating"]),
            tokens_read=int(values["tokens_read"]),
            tokens_total=int(values["tokens_total"]),
            unknown_share=float(values["unknown_share"]),
            flags=flags,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("these are not the fields of a prediction") from error


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
