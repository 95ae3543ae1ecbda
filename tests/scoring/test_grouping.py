from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.scoring.grouping import EMPTY, OTHER, categories, dates_of, groupings
from tests.support.scored_tables import scored, write_csv

TEXTS = ("a good film", "a bad film", "good and bad", "")


@pytest.fixture
def make(tmp_path):
    def make(columns, rows):
        texts = [[*row, TEXTS[number % 4]] for number, row in enumerate(rows)]
        return scored(write_csv(tmp_path / "reviews.csv", [*columns, "review"], texts))

    return make


def found(table):
    return [(one.column, one.kind) for one in groupings(table)]


def test_dates_and_categories_are_found_dates_first(make):
    rows = [(n, "film" if n % 3 else "book", f"2025-01-{n % 28 + 1:02}", "same", f"x{n}") for n in range(60)]
    table = make(["id", "kind", "day", "constant", "code"], rows)
    assert found(table) == [("day", "date"), ("kind", "category")]


@pytest.mark.parametrize(
    "written",
    ["2025-03-{:02}", "2025-03-{:02}T10:00:00Z", "{:02}.03.2025", "{:02}/03/2025", "03/{:02}/2025", "March {}, 2025"],
)
def test_dates_in_the_usual_ways_of_writing(make, written):
    table = make(["day"], [(written.format(n % 28 + 1),) for n in range(56)])
    (grouping,) = groupings(table)
    assert grouping.kind == "date"
    assert dates_of(table.column("day"), grouping.date_formats).dt.strftime("%Y-%m").unique().tolist()[-1] == "2025-03"


def test_dates_in_two_formats_are_all_read_and_day_and_month_are_never_confused(make):
    written = [f"2025-03-{n:02}" if n % 2 else f"{n:02}.03.2025" for n in range(1, 29)] * 2
    table = make(["day"], [(one,) for one in [*written, "24 Mar 2025", "25 Mar 2025", "26 Mar 2025", "27 Mar 2025"]])
    (grouping,) = groupings(table)
    dates = dates_of(table.column("day"), grouping.date_formats)
    assert dates.dt.strftime("%Y-%m").unique().tolist() == ["2025-03"]
    assert dates.dt.day.tolist()[:28] == list(range(1, 29))
    mixed = make(["day"], [(f"{n:02}/03/2025",) for n in range(13, 29)] + [(f"03/{n:02}/2025",) for n in range(13, 29)])
    assert ("day", "date") not in found(mixed)


def test_a_time_zone_moves_no_review_to_another_day(make):
    zones = ("2025-03-{:02}T00:10:00+02:00", "2025-03-{:02} 23:50:00-0500", "2025-03-{:02}T23:50Z")
    table = make(["at"], [(zones[n % 3].format(n),) for n in range(1, 29)])
    (grouping,) = groupings(table)
    assert dates_of(table.column("at"), grouping.date_formats).dt.day.tolist() == list(range(1, 29))


@pytest.mark.parametrize("values", [range(2000, 2030), [20250101 + n for n in range(30)], [n / 10 for n in range(30)]])
def test_numbers_are_no_dates(make, values):
    assert [kind for _, kind in found(make(["number"], [(value,) for value in [*values, *values]]))] != ["date"]


def test_rare_categories_are_put_together_and_empty_ones_are_named(make):
    rows = [(f"c{n % 29}",) for n in range(290)] + [(f"rare{n}",) for n in range(10)] + [("  ",)] * 30
    found = categories(make(["kind"], rows).column("kind"), 30)
    assert len(found.names) == 30
    assert {EMPTY, OTHER} <= set(found.names)
    assert found.names[found.codes[300]] == EMPTY
    assert found.names[found.codes[290]] == OTHER


def test_hundreds_of_values_are_groups_and_one_for_each_row_is_none(make):
    rows = [(f"shop {n % 200}", f"order {n}") for n in range(800)]
    assert found(make(["shop", "order"], rows)) == [("shop", "category")]


def test_rows_without_a_date_have_none(make):
    table = make(["day"], [("2025-01-01",), ("2025-02-01",)] * 30 + [("soon",), ("",)])
    (grouping,) = groupings(table)
    assert dates_of(table.column("day"), grouping.date_formats).isna().sum() == 2


def test_typed_dates_of_a_parquet_table(tmp_path):
    columns = {
        "review": ["a good film", "a bad film"] * 20,
        "moment": pa.array([datetime(2025, 1, 1 + n % 20, 12) for n in range(40)], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2025, 1, 1 + n % 20) for n in range(40)]),
        "hour": pa.array([n % 5 for n in range(40)], pa.time32("s")),
    }
    pq.write_table(pa.table(columns), tmp_path / "reviews.parquet")
    table = scored(tmp_path / "reviews.parquet")
    assert found(table) == [("moment", "date"), ("day", "date")]
    for grouping in groupings(table):
        assert dates_of(table.column(grouping.column), grouping.date_formats).dt.day.tolist() == [
            1 + n % 20 for n in range(40)
        ]
