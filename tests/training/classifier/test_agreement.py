"""How much reviews of one film agree: estimated from labels, and used to update verdicts by Bayes' rule."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln, logit

from sentiment.model import devices
from sentiment.training.classifier.agreement import Agreement, learn


def labels_of(films, agreement, seed=0):
    """Return labels and films of reviews, 1 to 30 per film."""
    generator = np.random.default_rng(seed)
    places = np.repeat(np.arange(films), 1 + np.arange(films) % 30)
    shares = generator.beta(agreement.positive, agreement.negative, films)
    return (generator.random(len(places)) < shares[places]).astype(int).tolist(), places.astype(str).tolist()


def by_counting(verdicts, agreement):
    """Return logits of positive by summing over every combination of labels."""
    yes, no = np.full(len(verdicts), -np.inf), np.full(len(verdicts), -np.inf)
    for labels in itertools.product((0, 1), repeat=len(verdicts)):
        said = np.array(labels)
        prior = betaln(agreement.positive + said.sum(), agreement.negative + len(said) - said.sum())
        likely = prior + said @ verdicts
        yes = np.where(said == 1, np.logaddexp(yes, likely), yes)
        no = np.where(said == 0, np.logaddexp(no, likely), no)
    return yes - no


@given(
    st.lists(st.floats(-9, 9, width=32, allow_subnormal=False), min_size=1, max_size=7),
    st.floats(0.01, 50),
    st.floats(0.01, 50),
)
def test_verdicts_are_those_of_counting_every_possibility(verdicts, positive, negative):
    given_alone, agreement = np.array(verdicts, np.float32), Agreement(positive, negative)
    with warnings.catch_warnings(action="error"):
        informed = agreement.informed(given_alone, ["one film"] * len(verdicts))
    np.testing.assert_allclose(informed, by_counting(given_alone.astype(float), agreement), atol=1e-3)


def test_films_do_not_inform_one_another_and_order_does_not_count():
    agreement, verdicts, films = Agreement(0.2, 0.3), np.array([2, -1, 3, 0.5], np.float32), ["a", "b", "a", "b"]
    together = agreement.informed(verdicts, films)
    np.testing.assert_allclose(together[[0, 2]], agreement.informed(verdicts[[0, 2]], ["a", "a"]), rtol=1e-6)
    np.testing.assert_allclose(together[::-1], agreement.informed(verdicts[::-1], films[::-1]), rtol=1e-6)


def test_a_review_of_an_unknown_film_keeps_its_verdict():
    verdicts = np.array([2, 3, -1], np.float32)
    assert Agreement(0.1, 0.1).informed(verdicts, ["", "", "a"])[:2].tolist() == [2, 3]


def test_of_a_large_film_that_agrees_a_doubtful_review_is_not_in_doubt():
    verdicts = np.full(500, logit(0.7), np.float32)
    verdicts[0] = 0
    assert Agreement(0.2, 0.2).informed(verdicts, ["a"] * 500)[0] > 3


@pytest.mark.parametrize("true", [Agreement(0.15, 0.3), Agreement(2, 4)])
def test_agreement_is_learnt_from_labels_whatever_the_processor_makes_of_tiny_numbers(true):
    devices.choose("cpu")  # flushes denormal numbers to zero, as every training does
    learnt = learn(*labels_of(3_000, true))
    assert learnt.positive == pytest.approx(true.positive, rel=0.2)
    assert learnt.negative == pytest.approx(true.negative, rel=0.2)


def test_films_that_always_or_never_agree_are_no_infinity():
    always, never = (
        learn([1, 1, 0, 0] * 50, [str(place // 2) for place in range(200)]),
        learn([1, 0] * 100, [str(place // 2) for place in range(200)]),
    )
    verdicts = np.array([2, -0.5], np.float32)
    assert always.informed(verdicts, ["a", "a"])[1] > 1
    assert never.informed(verdicts, ["a", "a"])[1] == pytest.approx(-0.5, abs=0.1)


def test_without_films_there_is_nothing_to_learn():
    assert learn([1, 0, 1], ["", "", ""]) == Agreement(1, 1)
