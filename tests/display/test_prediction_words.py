"""A prediction in plain words."""

from typing import get_args

import pytest

from sentiment.display.prediction_words import MEANINGS, in_short, remarks
from sentiment.prediction import Flag, Prediction
from sentiment.wording import counted


def prediction(**changes):
    values = {
        "sentiment": "positive",
        "probability": 0.96,
        "rating": 8.44,
        "tokens_read": 400,
        "tokens_total": 1212,
        "unknown_share": 0.0,
    }
    return Prediction(**(values | changes))


def test_in_short_has_stars_and_how_much_was_read():
    assert in_short(prediction(), 10) == "8.4 of 10 stars · read 400 of 1,212 tokens"
    assert in_short(prediction()) == "8.4 stars · read 400 of 1,212 tokens"


def test_in_short_leaves_out_stars_that_are_not_known():
    assert in_short(prediction(rating=None)) == "read 400 of 1,212 tokens"


@pytest.mark.parametrize("flag", get_args(Flag))
def test_every_flag_has_a_sentence(flag):
    (sentence,) = remarks(prediction(flags=(flag,)))
    assert sentence.endswith(".")
    assert sentence[0].isupper() or sentence[0].isdigit()


def test_a_cut_review_reports_how_much_was_left_out():
    assert "812 tokens in the middle were not read" in remarks(prediction(flags=("truncated",)))[0]


def test_a_few_unknown_words_are_reported_too():
    assert remarks(prediction(unknown_share=0.1)) == [
        "10\N{NO-BREAK SPACE}% of what was read is not in the vocabulary."
    ]
    assert remarks(prediction()) == []


@pytest.mark.parametrize("flag", ["unknown_words", "short"])
def test_an_unscored_review_has_no_sentence_about_a_verdict(flag):
    (sentence,) = remarks(prediction(sentiment="unscored", unknown_share=0.8, flags=(flag,)))
    assert "verdict" not in sentence


def test_a_long_review_of_unknown_words_is_not_called_short():
    (sentence,) = remarks(prediction(sentiment="unscored", tokens_total=14, flags=("short",)))
    assert sentence == "It has fewer than four words that the model knows: too little to judge."


def test_one_thing_has_no_plural():
    assert [counted(number, "row") for number in (0, 1, 12_500)] == ["0 rows", "1 row", "12,500 rows"]
    assert in_short(prediction(rating=None, tokens_read=1, tokens_total=1)) == "read 1 of 1 token"


def test_every_verdict_has_a_meaning():
    assert set(MEANINGS) == {"positive", "negative", "uncertain", "unscored"}
