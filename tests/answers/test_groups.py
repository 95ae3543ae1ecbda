import numpy as np
import pytest

from sentiment.answers.groups import group_table
from sentiment.answers.outcome import Outcome, negative_reviews
from sentiment.scoring.grouping import Categories


def test_the_hotels_with_planted_causes_are_worst_and_stand_out(hotels, every_row):
    groups = group_table(hotels.categories("hotel"), negative_reviews(hotels.scores), every_row)
    assert [group.name for group in groups[:2]] == ["Harbour View", "Old Mill"]
    assert all(group.stands_out and group.difference > 0 for group in groups[:2])
    assert sum(group.rows for group in groups) == hotels.scores.counts["positive"] + hotels.scores.counts["negative"]
    for group in groups:
        assert group.low < group.share < group.high
        assert group.share == group.hits / group.rows


def test_groups_without_a_difference_seldom_stand_out():
    """Of fifty random tables of forty groups each, fewer than one in ten has any mark."""
    random = np.random.default_rng(1)
    marked = 0
    for _ in range(50):
        codes = random.integers(0, 40, 2_000)
        outcome = Outcome(random.random(2_000) < 0.3, np.ones(2_000, dtype=bool))
        table = group_table(Categories(codes, [str(n) for n in range(40)]), outcome, outcome.counted)
        marked += any(group.stands_out for group in table)
    assert marked < 5


def test_difference_is_against_all_other_rows():
    codes = np.array([0] * 10 + [1] * 30)
    hit = np.array([True] * 5 + [False] * 5 + [True] * 3 + [False] * 27)
    worst, best = group_table(Categories(codes, ["a", "b"]), Outcome(hit, np.ones(40, dtype=bool)), np.ones(40, bool))
    assert (worst.name, worst.difference) == ("a", pytest.approx(0.4))
    assert best.difference == pytest.approx(-0.4)


def test_groups_without_a_counted_row_are_left_out_and_one_alone_differs_from_nothing():
    categories = Categories(np.array([0, 0, 1]), ["a", "b"])
    outcome = Outcome(np.array([True, False, False]), np.array([True, True, False]))
    (only,) = group_table(categories, outcome, np.ones(3, dtype=bool))
    assert (only.name, only.difference, only.stands_out) == ("a", 0.0, False)
    assert group_table(categories, outcome, np.zeros(3, dtype=bool)) == []
