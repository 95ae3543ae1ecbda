"""Memory of scoring a table: of all processes while they are at work."""

import csv

from scripts.research.robustness.table_memory import _reviews, _write_table, measure, sentence


def test_each_row_has_a_review_of_its_own_and_one_in_ten_is_long(tmp_path):
    texts = ["long " * 100, "another " * 100]
    _write_table(tmp_path / "table.csv", _reviews(texts, 40))
    with (tmp_path / "table.csv").open(newline="") as file:
        reviews = [row["review"] for row in csv.DictReader(file)]
    assert len(set(reviews)) == 40
    assert sum(len(review) > 400 for review in reviews) == 4


def test_all_processes_of_a_run_are_counted(tmp_path):
    _write_table(tmp_path / "table.csv", _reviews(["a fine film " * 20], 30_000))
    peak = measure(tmp_path / "table.csv", tmp_path / "scored.csv", 2)
    assert peak.together > peak.parent + peak.worker > 50e6
    assert peak.worker > 10e6
    assert "30,000 different reviews" in sentence(30_000, 2, peak)
