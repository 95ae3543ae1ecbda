"""Vectors of whole reviews: they tell the verdict of reviews without a label, by words and by phrases."""

import numpy as np
import pytest

from sentiment import document_vectors

WORDS = 1_000


def readings(count, seed=0):
    """Reviews of one taste use the lower half of the words, those of the other the upper half, but for strays."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    made = []
    for label in labels:
        strays = generator.random(100) < 0.2
        made.append(np.where(strays, generator.integers(2, WORDS, 100), _half(generator, label)).astype(np.int32))
    return made, labels.astype(np.float32)


def _half(generator, label):
    middle = WORDS // 2
    return generator.integers(2, middle, 100) if label else generator.integers(middle, WORDS, 100)


def judged(seed=1, **settings):
    made, labels = readings(400)
    told = document_vectors.probabilities(made[:100], labels[:100], made[100:], WORDS, 8, seed, **settings)
    return told, labels[100:]


@pytest.fixture(scope="module")
def told():
    return judged()


def test_reviews_without_a_label_are_judged_by_those_that_have_one(told):
    probabilities, labels = told
    assert probabilities.shape == (300,)
    assert probabilities.dtype == np.float32
    assert ((probabilities > 0.5) == (labels > 0.5)).mean() > 0.9
    assert 0 < probabilities.min() < probabilities.max() < 1


def test_the_same_seed_gives_the_same_judgements(told):
    assert np.array_equal(judged()[0], told[0])
    assert not np.array_equal(judged(seed=2)[0], told[0])


def test_the_order_of_words_counts():
    # The same two words in every review; only which comes first tells.
    generator = np.random.default_rng(0)
    labels = (np.arange(400) % 2).astype(np.float32)
    pairs = [np.tile([5, 6, 7] if label else [6, 5, 7], 10) for label in labels]
    made = [np.concatenate([pair, generator.integers(8, WORDS, 5)]).astype(np.int32) for pair in pairs]
    told = document_vectors.probabilities(made[:100], labels[:100], made[100:], WORDS, 8, 1)
    assert ((told > 0.5) == (labels[100:] > 0.5)).mean() > 0.9


def test_a_stop_is_heard_between_epochs_and_leaves_nothing():
    said = []
    assert judged(note=said.append, should_stop=lambda: len(said) == 2)[0] is None
    assert said == [f"Vectors of whole reviews: {epoch} of 8 epochs." for epoch in (1, 2)]


def test_reviews_of_nothing_but_rare_words_get_a_judgement_too():
    made, labels = readings(40)
    told = document_vectors.probabilities(made, labels, [np.zeros(0, np.int32), np.array([1], np.int32)], WORDS, 2, 1)
    assert told.shape == (2,)
    assert np.isfinite(told).all()
