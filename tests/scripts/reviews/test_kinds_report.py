"""Figures by kind of goods: both labels have equal weight, and neutral reviews should stay undecided."""

import dataclasses

import numpy as np
import pytest

from scripts.research.reviews import kinds_report
from scripts.research.reviews.kinds_report import Scored
from sentiment.model.calibration import Calibration


def kind(right, wrong, label, share=1.0):
    """Return logits of one label: that many on its side of 0, and that many on the other."""
    side = 1 if label else -1
    return [2.0 * side * share] * right + [-2.0 * side * share] * wrong, [float(label)] * (right + wrong)


def scored(logits, labels, length=50):
    return Scored(np.float32(logits), np.full(len(logits), length), np.float32(labels))


def test_a_kind_with_few_negative_reviews_is_judged_by_both_labels_alike():
    positive, negative = kind(90, 10, 1), kind(10, 10, 0)
    one = scored(positive[0] + negative[0], positive[1] + negative[1])
    card = kinds_report.card({"kettles": one}, Calibration(low=0.4, high=0.6))
    assert card["kinds"]["kettles"]["balanced_accuracy"] == pytest.approx(0.7)
    assert card["balanced_accuracy"] == pytest.approx(0.7)
    assert card["kinds"]["kettles"]["reviews"] == 120


def test_neutral_reviews_count_as_right_when_they_are_not_decided():
    logits, labels = kind(20, 0, 1)
    others, more = kind(20, 0, 0)
    one = scored([*logits, *others, 0.1, -0.1, 3.0, -3.0], [*labels, *more, *[np.nan] * 4])
    card = kinds_report.card({"lamps": one}, Calibration(low=0.4, high=0.6))
    assert card["neutral_reviews"] == 4
    assert card["neutral_undecided"] == pytest.approx(0.5)
    assert card["decided_accuracy"] == 1.0


def test_the_band_takes_kinds_of_both_labels_alike():
    generator = np.random.default_rng(1)
    truth = generator.random(4_000) < 0.9  # nearly all positive
    logits = np.where(truth, 2.0, -2.0) + generator.normal(0, 2, 4_000)
    one = scored(logits, truth.astype(np.float32))
    fitted = kinds_report.with_band(Calibration(), {"kettles": one}, 0.95)
    assert fitted.low == pytest.approx(1 - fitted.high)
    decided = fitted.decided(fitted.probabilities(one.logits, one.lengths))
    assert 0.3 < decided.mean() < 1


def made_up(generator, length, slope=1.0, shift=0.0, count=20_000):
    """Return a synthetic kind whose true log-odds are (logit + shift) * slope."""
    truth = generator.random(count) < 0.5
    honest = np.where(truth, 2.0, -2.0) + generator.normal(0, 2, count)
    return scored(honest / slope - shift, truth.astype(np.float32), length)


def test_calibration_accounts_for_long_films_and_short_complaints():
    generator = np.random.default_rng(4)
    films = {"films": made_up(generator, 400, slope=0.5)}
    goods = {name: made_up(generator, 20, shift=-0.4) for name in ("lamps", "kettles")}
    fitted, loss = kinds_report.calibrated([films, goods])
    assert fitted.fitted
    assert 0 < loss < 0.7
    assert fitted.short_shift == pytest.approx(-0.4, abs=0.1)
    assert fitted.length_power == pytest.approx(np.log(2) / np.log(400 / 20), abs=0.05)
    cooler, _ = kinds_report.calibrated([films, goods], dataclasses.replace(fitted, temperature=3.0))
    assert cooler.temperature == pytest.approx(fitted.temperature, rel=0.01)
    assert kinds_report.calibrated([{}])[0] == Calibration()
