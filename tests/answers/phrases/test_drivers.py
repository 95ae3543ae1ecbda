from dataclasses import replace

import numpy as np
import pytest

from sentiment.answers.phrases.counts import count_phrases
from sentiment.answers.phrases.drivers import drivers, log_odds_z
from sentiment.answers.phrases.opinions import only_opinion
from sentiment.scoring.view import Scores


@pytest.fixture
def found(hotels, every_row):
    return drivers(hotels.phrases, hotels.scores, every_row)


def test_planted_causes_lead_the_list_of_the_unhappy(found):
    assert [driver.phrase for driver in found.negative[:2]] == ["smelled of damp", "resort fee"]


def test_what_was_planted_for_the_happy_leads_theirs(found):
    assert found.positive[0].phrase == "rooftop terrace"
    assert found.positive[0].z < 0 < found.negative[0].z


def test_a_cause_swallows_its_parts_and_each_of_them_appears_once(found):
    damp = found.negative[0]
    assert {"damp", "smelled"} <= {*damp.variants}
    everything = [phrase for driver in found.negative for phrase in (driver.phrase, *driver.variants)]
    assert len(everything) == len(set(everything))


def test_phrases_around_one_word_are_one_driver():
    negative = ["the damp wall was bad", "a damp floor again"] * 40
    positive = ["the sunny wall was good", "a sunny floor again"] * 40
    counts = count_phrases([*negative, *positive], 160)
    codes = np.repeat(np.array([1, 0], dtype=np.uint8), 80)
    scores = Scores(codes, np.where(codes == 1, 0.1, 0.9), np.zeros(160, np.uint8))
    first = drivers(counts, scores, np.ones(160, dtype=bool)).negative[0]
    assert (first.phrase, {*first.variants}, first.rows) == ("damp", {"damp wall", "damp floor"}, 80)


def test_opinions_that_name_no_cause_come_last(found):
    marks = [driver.is_opinion for driver in found.negative]
    assert marks == sorted(marks)
    assert any(marks)
    assert "terrible" in [driver.phrase for driver in found.negative if driver.is_opinion]


def test_shares_are_those_of_the_reviews(hotels, found):
    texts = hotels.reviews(np.arange(hotels.row_count))
    holds = np.array(["smelled of damp" in text for text in texts])
    sentiment = hotels.scores.sentiment
    damp = found.negative[0]
    assert damp.rows == holds.sum()
    assert damp.negative_rows == holds[sentiment == 1].sum()
    assert damp.negative_share == pytest.approx(holds[sentiment == 1].mean())
    assert damp.positive_share == 0


def test_only_the_rows_of_the_mask_count(hotels):
    elsewhere = hotels.categories("hotel")
    mask = elsewhere.codes != elsewhere.names.index("Harbour View")
    found = drivers(hotels.phrases, hotels.scores, mask)
    assert found.negative[0].phrase == "resort fee"
    assert "smelled of damp" not in [driver.phrase for driver in found.negative]
    assert found.counted_rows == mask.sum()


@pytest.mark.parametrize("seed", range(10))
def test_nothing_stands_out_when_verdicts_are_shuffled(hotels, every_row, seed):
    sentiment = hotels.scores.sentiment.copy()
    scored = np.flatnonzero(sentiment != 3)
    sentiment[scored] = np.random.default_rng(seed).permutation(sentiment[scored])
    found = drivers(hotels.phrases, replace(hotels.scores, sentiment=sentiment), every_row)
    assert found.negative == found.positive == ()
    assert found.compared > 100


def test_one_side_alone_has_no_drivers(hotels):
    found = drivers(hotels.phrases, hotels.scores, hotels.scores.sentiment == 1)
    assert found.negative == found.positive == ()


def test_z_follows_the_paper():
    """By hand: two phrases, in 30 and 10 negative, 10 and 50 positive reviews; the prior weighs a tenth of 40."""
    negative, positive = np.array([30, 10]), np.array([10, 50])
    odds = np.log(31.6 / (44 - 31.6)) - np.log(11.6 / (64 - 11.6))
    assert log_odds_z(negative, positive)[0] == pytest.approx(odds / np.sqrt(1 / 31.6 + 1 / 11.6))


def test_an_opinion_names_nothing():
    assert all(map(only_opinion, ("awful", "really terrible", "would not recommend", "worst experience ever")))
    assert not any(map(only_opinion, ("awful smell", "resort fee", "never answered", "bad breakfast")))
