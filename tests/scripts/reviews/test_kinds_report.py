"""Figures of kinds of goods: both labels count alike, and neutral reviews are to be left undecided."""

import numpy as np
import pytest

from scripts.research.reviews import kinds_report
from scripts.research.reviews.kinds_report import Scored
from sentiment.model.calibration import Calibration


def kind(right, wrong, label, share=1.0):
    """Logits of one label: so many on its side of 0, so many on the other."""
    side = 1 if label else -1
    return [2.0 * side * share] * right + [-2.0 * side * share] * wrong, [float(label)] * (right + wrong)


def test_a_kind_with_few_negative_reviews_is_judged_by_both_labels_alike():
    positive, negative = kind(90, 10, 1), kind(10, 10, 0)
    one = Scored(np.float32(positive[0] + negative[0]), np.float32(positive[1] + negative[1]))
    card = kinds_report.card({"kettles": one}, Calibration(low=0.4, high=0.6))
    assert card["kinds"]["kettles"]["balanced_accuracy"] == pytest.approx(0.7)
    assert card["balanced_accuracy"] == pytest.approx(0.7)
    assert card["kinds"]["kettles"]["reviews"] == 120


def test_neutral_reviews_count_as_right_when_they_are_not_decided():
    logits, labels = kind(20, 0, 1)
    others, more = kind(20, 0, 0)
    one = Scored(np.float32([*logits, *others, 0.1, -0.1, 3.0, -3.0]), np.float32([*labels, *more, *[np.nan] * 4]))
    card = kinds_report.card({"lamps": one}, Calibration(low=0.4, high=0.6))
    assert card["neutral_reviews"] == 4
    assert card["neutral_undecided"] == pytest.approx(0.5)
    assert card["decided_accuracy"] == 1.0


def test_calibration_takes_kinds_of_both_labels_alike():
    generator = np.random.default_rng(1)
    truth = generator.random(4_000) < 0.9  # nearly all positive
    logits = np.where(truth, 2.0, -2.0) + generator.normal(0, 2, 4_000)
    fitted = kinds_report.calibrated({"kettles": Scored(np.float32(logits), truth.astype(np.float32))}, 0.95)
    assert fitted.fitted
    assert fitted.low == pytest.approx(1 - fitted.high)
    decided = fitted.decided(fitted.probabilities(np.float32(logits)))
    assert 0.3 < decided.mean() < 1


def test_the_shift_undoes_what_all_kinds_read_too_well_and_temperature_does_not_matter():
    generator = np.random.default_rng(4)
    truth = generator.random(2_000) < 0.5
    honest = np.where(truth, 1.0, -1.0) + generator.normal(0, 1, 2_000)
    for scale in (1.0, 3.0):
        kinds = {"lamps": Scored(np.float32(scale * (honest + 0.5)), truth.astype(np.float32))}
        assert kinds_report.shift(kinds) == pytest.approx(-0.5 * scale, abs=0.15 * scale)
    assert kinds_report.shift({}) == 0.0
