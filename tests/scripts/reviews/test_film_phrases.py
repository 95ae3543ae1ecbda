"""Phrases of one model in the vocabulary of another."""

import numpy as np
import pytest

from scripts.research.reviews import film_phrases
from scripts.research.reviews.kinds_report import Scored
from sentiment.model import bundle
from sentiment.model.phrases import ENDING, KEYS, WEIGHTS, Phrases, keys_of


@pytest.fixture(scope="module")
def start(tiny_bundle):
    return bundle.load(tiny_bundle)


def readings(words, count=30):
    generator = np.random.default_rng(1)
    return [generator.integers(2, words, size).astype(np.int32) for size in generator.integers(3, 2 * ENDING, count)]


def test_phrases_say_the_same_in_a_larger_vocabulary(start):
    old = len(start.vocabulary)
    ids = readings(old)
    own = Phrases(start.weights[KEYS], start.weights[WEIGHTS], old)
    carried = film_phrases.carried(start, old + 1_000)
    assert (np.diff(carried.keys) > 0).all()
    assert np.abs(own.sums(ids)).max() > 0
    assert carried.sums(ids) == pytest.approx(own.sums(ids), abs=1e-5)


def test_sums_of_both_are_added_in_their_share():
    ids = readings(9)
    every = np.unique(np.concatenate([keys_of(one, 9) for one in ids]))
    generator = np.random.default_rng(2)
    own, theirs = (
        Phrases(np.sort(generator.choice(every, 200, replace=False)), np.float32(generator.normal(size=200)), 9)
        for _ in range(2)
    )
    together = film_phrases.added({KEYS: own.keys, WEIGHTS: own.weights}, theirs, 0.5, ids, 10_000)
    both = Phrases(together[KEYS], together[WEIGHTS], 9)
    assert both.sums(ids) == pytest.approx(own.sums(ids) + 0.5 * theirs.sums(ids), abs=1e-4)


def test_of_too_many_phrases_those_stay_that_move_most_reviews_most():
    ids = [np.int32([2, 3])] * 3 + [np.int32([4])]
    own = {KEYS: np.array([2, 3, 4]), WEIGHTS: np.float32([1.0, 0.1, 2.0])}
    none = Phrases(np.zeros(0, np.int64), np.zeros(0, np.float32), 9)
    kept = film_phrases.added(own, none, 1.0, ids, 2)
    assert kept[KEYS].tolist() == [2, 4]
    assert kept[WEIGHTS].tolist() == [1.0, 2.0]


def test_the_share_is_the_one_that_suits_all_kinds_alike():
    labels = np.float32([0, 1] * 50)
    generator = np.random.default_rng(3)
    right = np.where(labels == 1, 1, -1).astype(np.float32)
    noise = generator.normal(0, 2, 100).astype(np.float32)
    lengths = np.full(100, 50)
    kinds = {"films": Scored(noise, lengths, labels), "lamps": Scored(2 * right, lengths, labels)}
    assert film_phrases.share(kinds, {"films": right, "lamps": np.zeros(100, np.float32)}) == 0.5
    assert film_phrases.share(kinds, {"films": -right, "lamps": np.zeros(100, np.float32)}) == 0.0
    noisy = {**kinds, "lamps": Scored(right + noise[::-1], lengths, labels)}
    assert film_phrases.share(noisy, {"films": 2 * right, "lamps": -right}) == 0.5
    assert film_phrases.share(noisy, {"films": right, "lamps": -3 * right}) == 0.0
