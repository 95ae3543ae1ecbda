"""Rows of the table of waiting times."""

from scripts.research.robustness.waits import Wait


def test_a_wait_has_its_shortest_its_median_and_its_late_time_in_a_unit_that_fits():
    seconds = [0.002 + 0.00001 * place for place in range(99)] + [1.5]
    assert Wait("one review", seconds).line() == "| one review | 100 | 2.0 ms | 2.5 ms | 1.50 s |"
    assert Wait("a table", [3.0, 1.0, 2.0]).line() == "| a table | 3 | 1.00 s | 2.00 s | 3.00 s |"
