"""Learning phrases: informative ones win, order matters, and the blend with the network is regularized."""

import numpy as np
import pytest

from sentiment.model.phrases import KEYS, WEIGHTS, Phrases
from sentiment.training.classifier.phrase_learning import blend, blended, learn

WORDS = 40


def reviews(count=400, seed=0):
    """Return reviews that are positive if 5 is directly before 6, negative if after; all contain both, among noise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, count).astype(np.float32)
    readings = []
    for label in labels:
        noise = generator.integers(7, WORDS, 10)
        place = generator.integers(0, 9)
        noise[place : place + 2] = (5, 6) if label else (6, 5)
        readings.append(noise.astype(np.int32))
    return readings, labels


def test_the_order_of_two_words_is_learnt():
    readings, labels = reviews()
    learnt = learn(readings, labels, WORDS, most=1_000)
    held_out, truth = reviews(seed=1)
    assert ((learnt.sums(held_out) > 0) == (truth > 0.5)).mean() > 0.95


def test_the_most_telling_phrases_are_kept():
    readings, labels = reviews()
    learnt = learn(readings, labels, WORDS, most=4)
    said = [5 + 6 * WORDS, 6 + 5 * WORDS]
    # All these reviews are short, so their final part is the whole review.
    assert learnt.keys.tolist() == sorted(said + [key + WORDS**3 for key in said])
    assert np.all(np.diff(learnt.keys) > 0)


def test_a_teachers_probabilities_are_learnt_from_as_labels_are():
    readings, labels = reviews()
    soft = np.where(labels > 0.5, 0.9, 0.1).astype(np.float32)
    sums = learn(readings, soft, WORDS, most=1_000).sums(readings)
    hard = learn(readings, labels, WORDS, most=1_000).sums(readings)
    assert np.abs(sums).mean() < np.abs(hard).mean()
    assert ((sums > 0) == (labels > 0.5)).mean() > 0.95


def test_the_blend_trusts_who_is_right():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 2_000).astype(np.float32)
    right = (2 * labels - 1 + generator.normal(0, 1, 2_000)).astype(np.float32)
    noise = generator.normal(0, 1, 2_000).astype(np.float32)
    network, own, _ = blend(noise, right, labels)
    assert own > 1
    assert abs(network) < 0.3
    network, own, _ = blend(right, noise, labels)
    assert network > 1
    assert abs(own) < 0.3


def test_a_handful_of_reviews_changes_little():
    labels = np.array([1, 0], dtype=np.float32)
    verdicts = np.array([0.1, -0.1], dtype=np.float32)
    network, own, intercept = blend(verdicts, np.array([3, -3], dtype=np.float32), labels)
    assert network == pytest.approx(1, abs=0.1)
    assert 0 < own < 1
    assert intercept == pytest.approx(0, abs=0.1)


def test_blended_weights_give_the_blended_logit_and_leave_the_stars():
    weights = {
        "head.weight": np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32),
        "head.bias": np.array([0.5, 0.25], dtype=np.float32),
    }
    phrases = Phrases(np.array([3], dtype=np.int64), np.array([2.0], dtype=np.float32), WORDS)
    result = blended(weights, phrases, (0.5, 3.0, 0.125))
    assert result["head.weight"].tolist() == [[0.5, 1.0], [3.0, 4.0]]
    assert result["head.bias"].tolist() == [0.375, 0.25]
    assert result[KEYS].tolist() == [3]
    assert result[WEIGHTS].tolist() == [6.0]
    assert weights["head.bias"].tolist() == [0.5, 0.25]
