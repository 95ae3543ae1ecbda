import numpy as np
import pytest

from sentiment.answers import chance


def test_shares_have_an_interval_or_are_unknown():
    share, low, high = chance.shares(np.array([5, 0]), np.array([10, 0]))
    assert (share[0], low[0], high[0]) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    assert np.isnan([share[1], low[1], high[1]]).all()


def test_differences_are_tested_exactly():
    """Fisher's tea: 4 of 4 against 0 of 4 has one chance in 70, doubled; equal shares have all of it."""
    p = chance.difference_p(np.array([4, 2]), np.array([4, 4]), np.array([0, 2]), np.array([4, 4]))
    assert p == pytest.approx([2 / 70, 1.0])


def test_many_tests_are_adjusted():
    assert chance.adjusted(np.array([0.01, 0.02, 0.5])) == pytest.approx([0.03, 0.03, 0.5])
    assert len(chance.adjusted(np.zeros(0))) == 0
