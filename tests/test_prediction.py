"""A prediction survives a round trip through every format."""

import json

import pytest

from sentiment import prediction
from sentiment.prediction import Prediction, fields
from sentiment.serving import formats

PREDICTIONS = [
    Prediction("positive", 0.1 + 0.2, 8.123456789012345, 5, 7, 1 / 3, ("short", "truncated")),
    Prediction("unscored", None, None, 0, 0, 0.0, ("empty",)),
    Prediction("uncertain", 0.5, None, 3, 3, 0.0),
]


def written(predictions):
    request = formats.read(b'{"review": "fine"}\n', formats.JSON_LINES)
    return request.write(predictions).encode()


def test_predictions_come_back_exactly():
    assert prediction.from_json_lines(written(PREDICTIONS)) == PREDICTIONS
    assert prediction.from_json_lines(b"") == []


def test_a_body_that_breaks_off_anywhere_is_refused():
    body = written(PREDICTIONS)
    whole = [end for end in range(1, len(body)) if body[end - 1 : end] == b"\n"]
    for end in set(range(1, len(body))) - set(whole):
        with pytest.raises(ValueError, match=r"."):
            prediction.from_json_lines(body[:end])


@pytest.mark.parametrize(
    "change", [{"sentiment": "glad"}, {"flags": "odd"}, {"flags": None}, {"tokens_read": None}, {"probability": "x"}]
)
def test_what_is_no_prediction_is_refused(change):
    values = fields(PREDICTIONS[0]) | change
    with pytest.raises(ValueError, match=r"."):
        prediction.from_json_lines(json.dumps(values).encode() + b"\n")


@pytest.mark.parametrize("body", [b"[1]\n", b"3\n", b"{}\n", b"plain\n", b"\xff\n"])
def test_other_bodies_are_refused(body):
    with pytest.raises(ValueError, match=r"."):
        prediction.from_json_lines(body)
