"""The time that one review takes."""

import time

from sentiment.evaluation.latency import timed
from sentiment.prediction import Prediction


def test_the_median_is_told_and_neither_the_first_nor_one_slow_time_counts():
    spent = iter([0.3, 0.002, 0.002, 0.002, 0.002, 0.3])
    said = Prediction("positive", 0.9, None, 3, 3, 0.0)

    def score(reviews):
        assert reviews == ["A fine film."]
        until = time.perf_counter() + next(spent)
        while time.perf_counter() < until:
            pass
        return [said]

    found = timed(score, "A fine film.")
    assert found.prediction == said
    assert 2 <= found.milliseconds < 250
    assert next(spent, None) is None
