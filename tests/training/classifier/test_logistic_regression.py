"""Logistic regression: it separates the classes, is limited by its penalty, and relies on no single feature."""

import numpy as np
from scipy import sparse

from sentiment.training.classifier import logistic_regression

ALIKE = np.ones(4)


def problem(count=2_000, seed=0):
    """Return reviews that mostly have the first of four features if positive, and the second if negative."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, count)
    often, seldom = generator.random(count) < 0.8, generator.random(count) < 0.2
    first, second = np.where(labels, often, seldom), np.where(labels, seldom, often)
    noise = generator.random((count, 2)) < 0.5
    return sparse.csr_matrix(np.column_stack([first, second, noise]).astype(np.float32)), labels.astype(np.float32)


def learnt(features, targets, scales=ALIKE, penalty=1.0, dropout=0.0):
    return logistic_regression.learn(features, targets, scales, penalty, dropout)


def test_informative_features_get_the_weights():
    weights = learnt(*problem())
    assert weights[0] > 1
    assert weights[1] < -1
    assert np.abs(weights[2:]).max() < 0.3


def test_a_larger_penalty_makes_smaller_weights_and_soft_targets_too():
    features, labels = problem()
    free = learnt(features, labels)
    assert learnt(features, labels, penalty=500.0)[0] < free[0] / 2
    assert learnt(features, 0.25 + labels / 2)[0] < free[0] / 2


def test_a_feature_of_a_larger_scale_may_grow_more_easily():
    features, labels = problem()
    held_back = learnt(features, labels, penalty=500.0)
    favoured = learnt(features, labels, scales=np.array([3.0, 1.0, 1.0, 1.0]), penalty=500.0)
    assert favoured[0] > 1.5 * held_back[0]


def test_dropout_is_what_dropping_features_at_random_comes_to():
    features, labels = problem(count=400)
    share, generator = 0.3, np.random.default_rng(1)
    dense = features.toarray()
    # The remaining features get more weight, so that a review's score is the same on average.
    lacking = [dense * (generator.random(dense.shape) >= share) / (1 - share) for _ in range(200)]

    def loss(weights, some):
        scores = some @ weights
        return (np.logaddexp(0, scores) - scores * labels).mean()

    kept, plain = learnt(features, labels, dropout=share, penalty=1e-3), learnt(features, labels, penalty=1e-3)
    expected = [np.mean([loss(weights, some) for some in lacking]) for weights in (kept, plain)]
    assert expected[0] < expected[1]
    assert loss(kept, dense) > loss(plain, dense)


def test_many_features_share_what_one_could_do_alone():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 1_000).astype(np.float32)
    # One is right more often than each of three others.
    right = [generator.random(1_000) < share for share in (0.9, 0.8, 0.8, 0.8)]
    features = sparse.csr_matrix(np.column_stack([np.where(each, labels, 1 - labels) for each in right]))
    alone, shared = (learnt(features, labels, dropout=dropout) for dropout in (0.0, 0.7))
    assert shared[0] / shared[1:].mean() < alone[0] / alone[1:].mean()
