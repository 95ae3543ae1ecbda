"""Teachers: a bundle's own judgement, one that was saved before, and two of them together."""

import numpy as np
import pytest
import torch

from sentiment import judgements, teaching
from sentiment.examples import Example
from sentiment.predictor import Predictor

CPU = torch.device("cpu")
REVIEWS = [f"Review number {number}." for number in range(400)]
LABELS = (np.arange(400) % 2).astype(np.float32)


def examples(count=200):
    return [Example(REVIEWS[number], int(LABELS[number])) for number in range(count)]


def saved(directory, right, seed):
    """Judgements of a teacher that is right about so many in a hundred, and as sure as that."""
    wrong = np.random.default_rng(seed).random(len(REVIEWS)) > right
    told = np.where(wrong, 1 - LABELS, LABELS)
    judgements.save(directory, REVIEWS, np.where(told > 0.5, right, 1 - right).astype(np.float32), "a test")
    return directory


def right(probabilities):
    return ((probabilities > 0.5) == (LABELS[200:] > 0.5)).mean()


def test_a_bundle_judges_as_it_scores(tiny_bundle):
    reviews = ["The plot is wonderful and the cast superb.", "What a dull film, and the ending is awful."]
    told = teaching.by_directory(tiny_bundle, reviews, CPU)
    scored = [one.probability for one in Predictor.load(tiny_bundle, "cpu").score(reviews)]
    np.testing.assert_allclose(told, scored, atol=1e-5)


def test_saved_judgements_are_taken_as_they_are(tmp_path):
    told = teaching.by_directory(saved(tmp_path / "one", 0.8, 1), REVIEWS[:10], CPU)
    assert set(np.round(told.astype(float), 4).tolist()) == {0.8, 0.2}


def test_two_teachers_together_trust_the_better_one(tmp_path):
    good, bad = saved(tmp_path / "good", 0.9, 1), saved(tmp_path / "bad", 0.55, 2)
    alone = right(teaching.by_directory(good, REVIEWS[200:], CPU))
    for order in ((good, bad), (bad, good)):
        assert right(teaching.together(order, examples(), REVIEWS[200:], CPU)) == pytest.approx(alone, abs=0.02)


def test_a_teacher_that_is_quite_sure_is_no_infinity(tmp_path):
    judgements.save(tmp_path / "sure", REVIEWS, LABELS, "a test")
    told = teaching.together((tmp_path / "sure", saved(tmp_path / "one", 0.8, 1)), examples(), REVIEWS[200:], CPU)
    assert np.isfinite(told).all()
    assert right(told) == 1
