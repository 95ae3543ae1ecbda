from datetime import date

import numpy as np
import pandas as pd
import pytest

from sentiment.answers.changes import level_changes
from sentiment.answers.outcome import Outcome, negative_reviews
from sentiment.answers.trend import fitting_unit, period_bounds, trend

MAY = pd.Timestamp(2025, 5, 1)


def days(count, span, start="2025-01-01"):
    return np.datetime64(start) + np.arange(count) * span // count


def test_the_planted_change_is_found_in_its_month(hotels, every_row):
    found = trend(hotels.dates("date"), negative_reviews(hotels.scores), every_row)
    assert found.unit == "month"
    assert len(found.frame) == 12
    assert [change.period for change in found.changes] == [MAY]
    assert found.changes[0].after > found.changes[0].before + 0.05


def test_only_the_hotel_with_the_planted_change_changes(hotels, every_row):
    hotel = hotels.categories("hotel")
    found = trend(
        hotels.dates("date"), negative_reviews(hotels.scores), every_row, categories=hotel, groups=sorted(hotel.names)
    )
    assert [(change.group, change.period) for change in found.changes] == [("Harbour View", MAY)]
    assert found.frame["group"].nunique() == 5


def test_a_phrase_has_a_trend_of_its_own(hotels, every_row):
    smelled = Outcome(hotels.holding("smelled of damp"), every_row)
    found = trend(hotels.dates("date"), smelled, every_row)
    assert [(change.period, change.before) for change in found.changes] == [(MAY, 0)]


def test_shares_and_intervals_are_those_of_the_periods():
    dates = np.array(["2025-01-05"] * 4 + ["2025-02-05"] * 2 + ["NaT"], dtype="datetime64[D]")
    outcome = Outcome(np.array([1, 0, 0, 0, 1, 1, 1], dtype=bool), np.ones(7, dtype=bool))
    found = trend(dates, outcome, np.ones(7, dtype=bool), "month")
    assert found.frame["share"].tolist() == [0.25, 1.0]
    assert found.frame["rows"].tolist() == [4, 2]
    assert (found.frame["low"] < found.frame["share"]).all()
    assert found.left_out == 1


@pytest.mark.parametrize(
    ("count", "span", "unit"),
    [(3_000, 365, "month"), (3_000, 20, "day"), (1_000, 150, "week"), (60, 150, "month"), (9_000, 3_000, "quarter")],
)
def test_the_unit_fits_the_span_and_the_rows(count, span, unit):
    assert fitting_unit(days(count, span)) == unit


def test_bounds_of_a_period():
    assert period_bounds(MAY, "month") == (date(2025, 5, 1), date(2025, 5, 31))
    assert period_bounds(pd.Timestamp(2025, 4, 28), "week") == (date(2025, 4, 28), date(2025, 5, 4))


def test_no_dates_no_line():
    nothing = np.full(3, "NaT", dtype="datetime64[D]")
    found = trend(nothing, Outcome(np.ones(3, dtype=bool), np.ones(3, dtype=bool)), np.ones(3, dtype=bool))
    assert found.frame.empty
    assert (found.left_out, found.changes) == (3, ())


def test_chance_seldom_makes_a_change():
    random = np.random.default_rng(3)
    of = np.full(24, 50)
    marked = sum(bool(level_changes(random.binomial(of, 0.3), of)) for _ in range(100))
    assert marked <= 4


def test_two_changes_are_both_found():
    hits, of = np.array([10, 11, 9, 40, 42, 41, 10, 9, 12]), np.full(9, 100)
    assert [change.place for change in level_changes(hits, of)] == [3, 6]
