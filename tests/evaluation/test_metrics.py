"""The figures of the report card."""

import json

import numpy as np
import pytest

from sentiment.evaluation.metrics import accuracy_of, bce_of, report_card, star_card, wilson_interval
from sentiment.model.calibration import Calibration

LOG_ODDS = np.array([3.0, 2.0, -1.0, 0.1, -4.0, 1.0])
LABELS = np.array([1, 1, 1, 0, 0, 0], dtype=np.float32)


def test_accuracy_and_confusion_count_sides():
    card = report_card(LOG_ODDS, LABELS, Calibration())
    assert (card["reviews"], card["accuracy"]) == (6, 0.5)
    assert card["confusion"] == {
        "positive_as_positive": 2,
        "positive_as_negative": 1,
        "negative_as_negative": 1,
        "negative_as_positive": 2,
    }


def test_bce_is_that_of_the_log_odds():
    probabilities = 1 / (1 + np.exp(-LOG_ODDS.astype(float)))
    expected = -np.mean(np.log(np.where(LABELS > 0, probabilities, 1 - probabilities)))
    assert report_card(LOG_ODDS, LABELS, Calibration())["bce"] == pytest.approx(expected, abs=1e-6)


def test_the_decided_part_leaves_out_the_band():
    card = report_card(LOG_ODDS, LABELS, Calibration(low=0.3, high=0.7))
    assert card["decided_share"] == pytest.approx(4 / 6 + 1 / 6)
    assert card["decided_accuracy"] == pytest.approx(3 / 5)


def test_when_nothing_is_decided_there_is_no_accuracy_of_it():
    card = report_card(LOG_ODDS, LABELS, Calibration(low=0.0, high=1.0))
    assert (card["decided_share"], card["decided_accuracy"]) == (0.0, None)


def test_the_card_is_plain_json():
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 2, 500).astype(np.float32)
    card = report_card(generator.normal(0, 2, 500), labels, Calibration())
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    assert len(card["risk_coverage"]) == 50
    assert card["risk_coverage"][-1]["coverage"] == 1.0


@pytest.mark.parametrize(
    ("right", "of", "interval"), [(90, 100, (0.8256, 0.9448)), (0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0))]
)
def test_wilson_interval(right, of, interval):
    assert wilson_interval(right, of) == pytest.approx(interval, abs=1e-4)


def test_the_interval_of_none_or_all_begins_or_ends_exactly_there():
    assert all(wilson_interval(0, of)[0] == 0 and wilson_interval(of, of)[1] == 1 for of in range(1, 200))


def test_stars_are_judged_by_distance_and_by_rank():
    card = star_card(np.array([1.5, 3.0, 9.0, 8.0]), np.array([1.0, 2.0, 10.0, 8.0]))
    assert card["mean_error"] == pytest.approx((0.5 + 1 + 1 + 0) / 4)
    assert card["spearman"] == pytest.approx(1.0)
    assert star_card(np.array([1.0, 2.0, 3.0]), np.array([9.0, 5.0, 1.0]))["spearman"] == pytest.approx(-1.0)


def test_equal_ranks_share_their_mean():
    # By hand: ranks 1.5, 1.5, 3, 4 against 1, 2, 3, 4.
    card = star_card(np.array([2.0, 2.0, 5.0, 7.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert card["spearman"] == pytest.approx(0.9487, abs=1e-4)


def test_bce_and_accuracy_of_logits():
    verdicts, labels = np.array([2.0, -1.0, 300.0], np.float32), np.array([1, 1, 0], np.float32)
    expected = (np.log1p(np.exp(-2)) + np.log1p(np.exp(1)) + 300) / 3
    assert bce_of(verdicts, labels) == pytest.approx(expected)
    assert accuracy_of(verdicts, labels) == pytest.approx(1 / 3)
