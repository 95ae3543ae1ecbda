"""Reviews that are like a model's training data, and reviews that are not."""

import json
from dataclasses import asdict, replace

import pytest

from sentiment.evaluation import drift
from sentiment.evaluation.drift import Profile, of_report, profile
from sentiment.model import bundle
from sentiment.prediction import Prediction

KNOWN = Profile(2_000, (60.0, 120.0, 170.0, 280.0, 700.0), 0.01, 0.4, 0.35, 0.25, 0.0)
LIKE = replace(KNOWN, reviews=400)


def predictions(*sentiments, tokens=10, unknown=0.0):
    return [Prediction(one, 0.5, None, tokens, tokens, unknown) for one in sentiments]


def test_profile_has_the_quantiles_of_the_whole_length_and_the_shares():
    found = profile(
        [
            *predictions("positive", tokens=100, unknown=0.1),
            *predictions("negative", "negative", tokens=200),
            *predictions("unscored", tokens=1_000, unknown=0.3),
        ]
    )
    assert found.tokens == pytest.approx((115, 175, 200, 400, 880))
    assert found.unknown_share == pytest.approx(0.1)
    assert (found.positive, found.negative, found.uncertain, found.unscored) == (0.25, 0.5, 0.0, 0.25)


def test_a_profile_comes_back_from_a_report_card():
    assert of_report(json.loads(json.dumps({"data_profile": asdict(KNOWN)}))) == KNOWN


@pytest.mark.parametrize("report", [{}, {"data_profile": None}, {"data_profile": {"tokens": [1, 2]}}])
def test_a_report_card_without_a_profile_has_none(report):
    assert of_report(report) is None


def test_a_new_bundle_knows_what_its_reviews_were_like(tiny_bundle):
    found = of_report(bundle.describe(tiny_bundle).report)
    assert found is not None
    assert 150 < found.reviews < 250  # two fifths of 500, by film
    assert 5 < found.tokens[2] < 100
    assert found.positive + found.negative + found.uncertain + found.unscored == pytest.approx(1)


def test_the_same_kind_of_reviews_is_called_so():
    (told,) = drift.compare(KNOWN, LIKE)
    assert told.startswith("Nothing stands out")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tokens": (3.0, 8.0, 14.0, 30.0, 80.0)}, "much shorter than those it learnt from: the middle one has 14"),
        ({"tokens": (90.0, 300.0, 410.0, 600.0, 900.0)}, "much longer"),
        ({"unknown_share": 0.09}, "does not know 9.0\N{NO-BREAK SPACE}% of the words, 1.0"),
        ({"positive": 0.7, "negative": 0.05}, "positive 70\N{NO-BREAK SPACE}% of them, 40\N{NO-BREAK SPACE}%"),
        ({"uncertain": 0.6, "positive": 0.32, "negative": 0.08}, "uncertain of 60"),
        ({"unscored": 0.3, "positive": 0.31, "negative": 0.14}, "nothing of 30"),
    ],
)
def test_each_difference_is_told_and_nothing_else(change, told):
    (sentence,) = drift.compare(KNOWN, replace(LIKE, **change))
    assert told in sentence


def test_a_few_more_unknown_words_are_not_worth_telling():
    assert drift.compare(KNOWN, replace(LIKE, unknown_share=0.025))[0].startswith("Nothing stands out")


def test_a_share_that_chance_explains_is_not_told():
    off = {"positive": 0.55, "negative": 0.2}
    assert "calls positive" in drift.compare(KNOWN, replace(LIKE, **off))[0]
    assert drift.compare(KNOWN, replace(LIKE, **off, reviews=40))[0].startswith("Nothing stands out")


def test_a_handful_of_reviews_tells_nothing():
    assert drift.compare(KNOWN, replace(LIKE, reviews=12, unknown_share=0.9)) == [
        "12 reviews are too few to tell; it takes 30."
    ]
