"""McNemar's exact test, and its result in words."""

import numpy as np
import pytest
from scipy.stats import binomtest

from sentiment.evaluation.comparison import Contest, caution, contest, evidence, hits, in_words, too_few
from sentiment.prediction import Prediction


def prediction(probability):
    return Prediction("uncertain", probability, None, 5, 5, 0.0)


def test_the_side_of_one_half_decides_and_unscored_is_never_right():
    said = [prediction(one) for one in (0.51, 0.51, 0.49, 0.49, None, None)]
    assert hits(said, [1, 0, 1, 0, 1, 0]).tolist() == [True, False, False, True, False, False]


def test_agreement_and_disagreement_are_counted():
    first, second = np.array([1, 1, 1, 0, 0, 0], bool), np.array([1, 1, 0, 1, 1, 0], bool)
    found = contest(first, second)
    assert found == Contest(reviews=6, both=2, only_first=1, only_second=2)
    assert found.lead == 1


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0, 0), (0, 1), (0, 6), (3, 3), (12, 30), (500, 712), (9_000, 9_400)]
)
def test_p_value_is_that_of_the_two_sided_binomial_test(only_first, only_second):
    split = only_first + only_second
    expected = binomtest(only_first, split).pvalue if split else 1.0
    assert Contest(20_000, 0, only_first, only_second).p_value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Contest(12_500, 11_000, 300, 512), "new is right on 212 more of 12,500 reviews than old; that is not luck."),
        (Contest(12_500, 11_000, 512, 300), "old is right on 212 more of 12,500 reviews than new; that is not luck."),
        (Contest(300, 200, 10, 23), "new is right on 13 more of 300 reviews than old; that is probably not luck."),
        (Contest(300, 200, 10, 14), "new is right on 4 more of 300 reviews than old; that could be luck."),
        (Contest(300, 200, 7, 7), "old and new are right on equally many of 300 reviews."),
    ],
)
def test_the_verdict_names_the_better_one_and_says_whether_it_is_luck(found, shown):
    assert in_words(found, "old", "new") == shown


@pytest.mark.parametrize(
    ("found", "p_value"), [(Contest(300, 200, 10, 23), "p = 0.035"), (Contest(900, 100, 0, 99), "p < 0.0001")]
)
def test_the_evidence_shows_counts_and_p_value(found, p_value):
    shown = evidence(found, "old", "new")
    assert f"Only old was right on {found.only_first} of them, only new on {found.only_second}" in shown
    assert p_value in shown


def test_few_reviews_compare_no_accuracies():
    assert too_few(28) == "28 reviews: not comparable"
    assert caution(199) == "199 reviews: not comparable by accuracy; at least 200 are needed."
    assert too_few(200) == caution(200) == ""
