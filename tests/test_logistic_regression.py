"""Logistic regression: it finds what separates, and is held back by its penalty."""

import numpy as np
from scipy import sparse

from sentiment import logistic_regression


def problem(count=500, seed=0):
    """Reviews that the first of three features tells apart, the others being noise."""
    generator = np.random.default_rng(seed)
    features = generator.normal(0, 1, (count, 3)).astype(np.float32)
    labels = (features[:, 0] + generator.normal(0, 0.5, count) > 0).astype(np.float32)
    return sparse.csr_matrix(features), labels


def test_the_feature_that_tells_gets_the_weight():
    features, labels = problem()
    weights = logistic_regression.learn(features, labels, 1.0, start=0.0)
    assert weights[0] > 1
    assert np.abs(weights[1:]).max() < 0.5


def test_the_minimum_does_not_depend_on_where_the_search_begins():
    features, labels = problem()
    ways = [logistic_regression.learn(features, labels, 1.0, start=start) for start in (0.0, 1.0)]
    np.testing.assert_allclose(*ways, atol=1e-3)


def test_a_larger_penalty_makes_smaller_weights_and_soft_targets_too():
    features, labels = problem()
    free = logistic_regression.learn(features, labels, 1.0, start=0.0)
    assert logistic_regression.learn(features, labels, 100.0, start=0.0)[0] < free[0] / 2
    assert logistic_regression.learn(features, 0.25 + labels / 2, 1.0, start=0.0)[0] < free[0] / 2
