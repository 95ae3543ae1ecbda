"""Reviews that resemble a model's training data, and reviews that do not."""

import json
from dataclasses import asdict, replace

import pytest

from sentiment.evaluation import drift
from sentiment.evaluation.drift import Profile, of_report, profile
from sentiment.model import bundle
from sentiment.prediction import Prediction
from sentiment.system import storage
from sentiment.tables.table import inspect_table
from tests.support.hotel_reviews import stays

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
    (said,) = drift.compare(KNOWN, LIKE)
    assert said.startswith("Nothing stands out")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tokens": (3.0, 8.0, 14.0, 30.0, 80.0)}, "much shorter than those in its training data: the median is 14"),
        ({"tokens": (90.0, 300.0, 410.0, 600.0, 900.0)}, "much longer"),
        ({"unknown_share": 0.09}, "does not know 9.0\N{NO-BREAK SPACE}% of the words, 1.0"),
        ({"positive": 0.7, "negative": 0.05}, "70\N{NO-BREAK SPACE}% of them positive, 40\N{NO-BREAK SPACE}%"),
        ({"uncertain": 0.6, "positive": 0.32, "negative": 0.08}, "uncertain of 60"),
        ({"unscored": 0.3, "positive": 0.31, "negative": 0.14}, "cannot score 30"),
    ],
)
def test_each_difference_is_reported_and_nothing_else(change, said):
    (sentence,) = drift.compare(KNOWN, replace(LIKE, **change))
    assert said in sentence


def test_a_few_more_unknown_words_are_not_worth_telling():
    assert drift.compare(KNOWN, replace(LIKE, unknown_share=0.025))[0].startswith("Nothing stands out")


def test_a_share_that_chance_explains_is_not_reported():
    off = {"positive": 0.55, "negative": 0.2}
    assert "of them positive" in drift.compare(KNOWN, replace(LIKE, **off))[0]
    assert drift.compare(KNOWN, replace(LIKE, **off, reviews=40))[0].startswith("Nothing stands out")


def test_a_handful_of_reviews_shows_nothing():
    assert drift.compare(KNOWN, replace(LIKE, reviews=12, unknown_share=0.9)) == [
        "12 reviews are too few to tell; at least 30 are needed."
    ]


OTHER_GOODS = replace(LIKE, tokens=(8.0, 20.0, 35.0, 60.0, 140.0), unknown_share=0.05, positive=0.85, negative=0.05)


@pytest.mark.parametrize("goods", [LIKE, OTHER_GOODS, replace(LIKE, uncertain=0.45), replace(LIKE, unscored=0.1)])
def test_reviews_of_other_goods_need_no_notice_where_they_are_scored(goods):
    assert drift.notice(KNOWN, goods) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unscored": 0.9}, "it cannot score 90\N{NO-BREAK SPACE}% of them"),
        ({"unknown_share": 0.13}, "it does not know 13\N{NO-BREAK SPACE}% of their words"),
        ({"uncertain": 0.8}, "it is uncertain of 80\N{NO-BREAK SPACE}% of them"),
        ({"tokens": (1.0, 1.0, 1.0, 2.0, 3.0)}, "half of them have at most 1 word"),
        ({"tokens": (500.0, 700.0, 1_200.0, 2_000.0, 5_000.0)}, "half of them have at least 1,200 words"),
    ],
)
def test_what_is_no_table_of_reviews_is_reported_with_what_to_do(change, said):
    sentence = drift.notice(KNOWN, replace(LIKE, **change))
    assert sentence.startswith(f"These texts are unlike the model's training data: {said}.")
    assert sentence.endswith("fine-tune the model on 50 labelled rows or more.")
    assert drift.notice(KNOWN, replace(LIKE, **change, reviews=20)) == ""


GERMAN = "Das Zimmer Nummer {} war sauber und das Personal freundlich, wir kommen gerne wieder."
LOG = (
    "10.0.3.{0} - - [30/Nov/2026:08:{0:02d}:07 +0000] GET /api/v1/orders/{0} HTTP/1.1 200 5120",
    "Nov 30 08:{0:02d}:07 host{0} kernel: usb 1-{0}: new high-speed device number {0} using xhci_hcd",
)
NEWS = (
    "The ministry approved a budget of {} billion, and the opposition asked for an inquiry.",
    "Police in the northern district said that {} people were questioned on Tuesday.",
    "The central bank left its rate at {} percent; analysts had expected that.",
    "Ministers of {} countries will meet in March to talk about water rights.",
)


@pytest.fixture(scope="module")
def shipped():
    from sentiment.model.predictor import Predictor

    return Predictor.load(storage.SHIPPED_BUNDLE, "cpu")


@pytest.mark.parametrize("texts", ["films", "hotels"])
def test_the_shipped_model_takes_reviews_of_any_kind_without_a_notice(shipped, texts):
    films = [text or "" for text in inspect_table(storage.SAMPLE_REVIEWS).reviews()]
    reviews = films if texts == "films" else [stay.review for stay in stays()[:300]]
    found = profile(shipped.score([review for review in reviews if review.strip()]))
    assert drift.notice(of_report(shipped.bundle.report), found) == ""


@pytest.mark.parametrize(
    "texts", [(GERMAN,), LOG, NEWS, ("ORD-{:06d}",), ("def read_{0}(path): return parse_{0}(path)",)]
)
def test_what_the_shipped_model_cannot_judge_gets_a_notice(shipped, texts):
    found = profile(shipped.score([text.format(number) for number in range(20) for text in texts * 2]))
    assert drift.notice(of_report(shipped.bundle.report), found)
