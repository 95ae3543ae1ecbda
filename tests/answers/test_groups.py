import numpy as np
import pytest

from sentiment.answers.groups import group_table, in_words, listed_and_small, small_in_words
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
    assert in_words([only]) == "There is no other group to compare with."
    assert group_table(categories, outcome, np.zeros(3, dtype=bool)) == []


def table_of(**counts):
    """Return the groups of a table with these hits and rows by name."""
    codes = np.repeat(np.arange(len(counts)), [rows for _, rows in counts.values()])
    hit = np.concatenate([np.arange(rows) < hits for hits, rows in counts.values()])
    every = np.ones(len(codes), dtype=bool)
    return group_table(Categories(codes, list(counts)), Outcome(hit, every), every)


def test_a_few_rows_put_no_group_on_top():
    groups = table_of(two=(2, 2), twelve=(6, 12), worse=(120, 200), usual=(90, 300), better=(40, 300))
    assert [group.name for group in groups] == ["worse", "twelve", "usual", "better", "two"]
    assert [group.stands_out for group in groups] == [True, False, False, True, False]
    listed, small = listed_and_small(groups)
    assert [group.name for group in listed] == ["worse", "twelve", "usual", "better"]
    assert small_in_words(small) == "1 group with too few rows to stand out left out: two (2)."
    assert in_words(groups) == (
        "worse: worse than the rest; better: better than the rest, by more than chance (5 groups compared)."
    )


def test_among_many_groups_it_takes_more_rows_to_be_listed():
    few = table_of(seven=(7, 7), rest=(100, 300))
    many = table_of(seven=(7, 7), **{f"g{n}": (10, 30) for n in range(300)})
    assert [group.name for group in few if group.is_small] == []
    assert [group.name for group in many if group.is_small] == ["seven"]


def test_a_small_group_that_stands_out_is_listed():
    groups = table_of(four=(4, 4), rest=(1, 400))
    assert (groups[0].name, groups[0].is_small) == ("four", False)


def test_small_groups_are_listed_where_there_are_no_others():
    groups = table_of(a=(1, 2), b=(0, 1))
    assert listed_and_small(groups) == (groups, [])
    assert small_in_words([]) == ""


def test_a_long_list_of_small_groups_is_cut():
    groups = table_of(large=(20, 100), **{f"g{n:02}": (1, 3) for n in range(14)})
    said = small_in_words(listed_and_small(groups)[1])
    assert said.startswith("14 groups with too few rows to stand out left out: g00 (3), ")
    assert said.endswith("g09 (3), 4 more.")
