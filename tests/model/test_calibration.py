"""Calibrated probabilities, and a band for those that decide nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import ConfigError
from sentiment.model.calibration import (
    MINIMUM_REVIEWS,
    TARGET,
    Calibration,
    expected_calibration_error,
    fit,
    reliability,
    risk_coverage,
)


def usual(logits):
    """Return lengths of readings that require no correction for length."""
    return np.full(len(logits), 50)


def drawn(count, true_temperature, seed=1):
    """Return logits that are overconfident by `true_temperature`, with labels drawn from the true probabilities."""
    generator = np.random.default_rng(seed)
    honest = generator.normal(0, 3, count)
    labels = (generator.random(count) < 1 / (1 + np.exp(-honest))).astype(np.float32)
    return (honest * true_temperature).astype(np.float32), labels


@given(st.lists(st.floats(-1e6, 1e6, width=32, allow_subnormal=False), min_size=2), st.sampled_from([0.3, 1.0, 4.0]))
def test_probabilities_rise_with_the_logit_and_never_overflow(values, temperature):
    logits = np.array(sorted(values), dtype=np.float32)
    with np.errstate(over="raise", invalid="raise"):
        probabilities = Calibration(temperature).probabilities(logits, usual(logits))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert (np.diff(probabilities) >= 0).all()


def test_probability_of_a_logit():
    probabilities = Calibration(2.0).probabilities(
        np.array([0.0, 2.0, -2.0], dtype=np.float32), np.array([1, 50, 9000])
    )
    assert probabilities == pytest.approx([0.5, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))])


def test_a_longer_review_needs_more_for_the_same_probability():
    settings = Calibration(2.0, length_power=0.25)
    logits = np.float32([4.0, 4.0, 4.0])
    log_odds = settings.log_odds(logits, np.array([50, 800, 5]))
    assert log_odds == pytest.approx([2.0, 1.0, 2.0 * 10**0.25])


def test_the_shift_of_short_reviews_fades_with_their_length():
    settings = Calibration(short_shift=-0.6)
    between = round((30 * 300) ** 0.5)
    log_odds = settings.log_odds(np.zeros(5, np.float32), np.array([1, 30, between, 300, 800]))
    assert log_odds == pytest.approx([-0.6, -0.6, -0.3, 0, 0], abs=1e-3)


@pytest.mark.parametrize("wrong", [{"length_power": -0.1}, {"length_power": 2.0}, {"short_shift": float("nan")}])
def test_what_gives_no_probabilities_is_refused(wrong):
    with pytest.raises(ConfigError):
        Calibration(**wrong)


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 2.5])
def test_fit_finds_the_temperature(true_temperature):
    logits, labels = drawn(8_000, true_temperature)
    fitted = fit(logits, labels)
    assert fitted.fitted
    assert fitted.temperature == pytest.approx(true_temperature, rel=0.08)


def test_fit_makes_probabilities_honest():
    logits, labels = drawn(8_000, 3.0)
    before = expected_calibration_error(Calibration().probabilities(logits, usual(logits)), labels)
    after = expected_calibration_error(fit(logits, labels).probabilities(logits, usual(logits)), labels)
    assert after < 0.02 < before


def test_outside_the_band_the_model_is_right_as_often_as_promised_on_other_reviews():
    fitted = fit(*drawn(8_000, 1.0))
    logits, labels = drawn(8_000, 1.0, seed=2)
    probabilities = fitted.probabilities(logits, usual(logits))
    decided = fitted.decided(probabilities)
    assert ((probabilities > 0.5) == (labels > 0.5))[decided].mean() >= TARGET
    assert 0.3 < decided.mean() < 0.9
    assert fitted.low == pytest.approx(1 - fitted.high)


def test_a_weak_model_still_decides_where_it_is_wrong_half_as_often():
    logits, labels = drawn(500, 0.8)
    fitted = fit(logits, labels)
    probabilities = fitted.probabilities(logits, usual(logits))
    right = (probabilities > 0.5) == (labels > 0.5)
    decided = fitted.decided(probabilities)
    assert decided.mean() > 0.2
    assert (1 - right[decided].mean()) < (1 - right.mean()) / 2 + 0.01


def test_with_few_reviews_or_one_class_the_defaults_stay():
    logits, labels = drawn(MINIMUM_REVIEWS - 1, 2.0)
    assert fit(logits, labels) == Calibration()
    assert fit(logits.repeat(4), np.ones(4 * len(logits), np.float32)) == Calibration()


def test_a_model_that_is_always_right_is_not_made_surer_and_keeps_a_modest_band():
    labels = np.tile([0.0, 1.0], 300).astype(np.float32)
    fitted = fit(np.where(labels > 0, 8.0, -8.0).astype(np.float32), labels)
    assert fitted.temperature == 1.0
    assert 0.5 <= fitted.high <= 0.6


def test_a_model_that_knows_nothing_decides_nothing_much():
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 2, 2_000).astype(np.float32)
    fitted = fit(generator.normal(0, 3, 2_000).astype(np.float32), labels)
    others = generator.normal(0, 3, 500).astype(np.float32)
    assert fitted.decided(fitted.probabilities(others, usual(others))).mean() < 0.05


def test_risk_and_coverage_start_at_the_surest():
    coverage, accuracy, confidence = risk_coverage(np.array([0.6, 0.01, 0.9]), np.array([0, 0, 1], np.float32))
    assert coverage == pytest.approx([1 / 3, 2 / 3, 1])
    assert accuracy == pytest.approx([1, 1, 2 / 3])
    assert confidence == pytest.approx([0.99, 0.9, 0.6])


def test_reliability_has_the_share_of_positive_of_each_bin():
    bins = reliability(np.array([0.01, 0.02, 0.95, 1.0]), np.array([0, 1, 1, 1], np.float32))
    assert [(one.reviews, one.positive) for one in bins] == [(2, 0.5), (2, 1.0)]
    assert bins[0].probability == pytest.approx(0.015)
    assert bins[1].high == 1.0


def test_calibration_error_is_the_gap_weighted_by_reviews():
    probabilities, labels = np.array([0.8, 0.8, 0.8, 0.1]), np.array([1, 1, 0, 0], np.float32)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.75 * abs(0.8 - 2 / 3) + 0.25 * 0.1)
