"""The experiment that scores a table many times detects kills, any number of workers, and differing results."""

import csv

from scripts.research.robustness import same_bytes
from scripts.research.robustness.same_bytes import Run


def test_a_table_is_scored_in_one_process_and_two_with_kills_and_has_the_same_bytes(tmp_path):
    table = tmp_path / "reviews.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["review"], *([f"The kettle number {n} is wonderful."] for n in range(600))])
    runs = same_bytes.measure(table, tmp_path, runs=2, kills=1)
    assert [one.workers for one in runs] == [1, 2]
    assert sum(one.kills for one in runs) == 1
    assert len({one.digest for one in runs}) == 1


def test_results_that_differ_are_counted():
    runs = [Run(1, 0, "a"), Run(2, 1, "a"), Run(3, 0, "b")]
    assert same_bytes.sentence(runs, 6_000) == (
        "6,000 reviews, scored 3 times in 1 to 3 processes, with 1 kill: 2 of 3 results have the same bytes."
    )
