"""The time that one review takes."""

import time

import pytest

from sentiment.evaluation.latency import timed
from sentiment.model.predictor import Predictor
from sentiment.prediction import Prediction

SAID = Prediction("positive", 0.9, None, 3, 3, 0.0)


def spending(seconds):
    """A scorer that takes each of these times in turn, and the last one from then on."""
    spent = list(seconds)

    def score(reviews):
        assert reviews == ["A fine film."]
        until = time.perf_counter() + (spent.pop(0) if len(spent) > 1 else spent[0])
        while time.perf_counter() < until:
            pass
        return [SAID]

    return score


def test_the_median_is_returned_and_neither_the_first_nor_one_slow_time_counts():
    found = timed({"model": spending([0.3, 0.002, 0.3, 0.002])}, "A fine film.")["model"]
    assert found.prediction == SAID
    assert 2 <= found.milliseconds < 250


def test_models_take_turns():
    asked = []

    def named(name):
        return lambda reviews: asked.append(name) or [SAID]

    timed({"one": named("one"), "other": named("other")}, "A fine film.")
    assert asked[:6] == ["one", "other"] * 3
    assert asked.count("one") == asked.count("other") >= 6


def test_equal_networks_take_equally_long(tiny_bundle):
    models = {name: Predictor.load(tiny_bundle, "cpu").score for name in ("one", "other")}
    review = "The plot is wonderful and the cast is superb. I loved it."
    # A bias affects every measurement, other load of the machine only some.
    agree = (
        found["one"].milliseconds == pytest.approx(found["other"].milliseconds, rel=0.2)
        for found in (timed(models, review) for _ in range(20))
    )
    assert any(agree)
