from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.scoring.grouping import EMPTY, OTHER, Grouping, groupings, shares
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
    ("written", "read"),
    [
        ("2025-03-{:02}", "%Y"),
        ("2025-03-{:02}T10:00:00Z", "%Y"),
        ("{:02}.03.2025", "%Y"),
        ("{:02}/03/2025", "%Y"),
        ("03/{:02}/2025", "%Y"),
        ("March {}, 2025", "%Y"),
    ],
)
def test_dates_in_the_usual_ways_of_writing(make, written, read):
    table = make(["day"], [(written.format(n % 28 + 1),) for n in range(56)])
    (grouping,) = groupings(table)
    assert grouping.kind == "date"
    assert shares(table, grouping).frame["group"].dt.strftime("%Y-%m").unique().tolist()[-1] == "2025-03"


@pytest.mark.parametrize("values", [range(2000, 2030), [20250101 + n for n in range(30)], [n / 10 for n in range(30)]])
def test_numbers_are_no_dates(make, values):
    assert [kind for _, kind in found(make(["number"], [(value,) for value in [*values, *values]]))] != ["date"]


def test_shares_are_of_the_scored_rows_of_each_group(make):
    table = make(["kind"], [("film",)] * 8 + [("book",)] * 4)
    frame = shares(table, Grouping("kind", "category")).frame
    film = frame[frame["group"] == "film"].set_index("sentiment")
    assert film["rows"].to_dict() == {"positive": 2, "negative": 2, "uncertain": 2}
    assert film["share"].tolist() == pytest.approx([1 / 3] * 3)


def test_rare_categories_are_put_together_and_empty_ones_are_named(make):
    rows = [(f"c{n % 29}",) for n in range(290)] + [(f"rare{n}",) for n in range(10)] + [("  ",)] * 30
    table = make(["kind"], rows)
    groups = shares(table, Grouping("kind", "category")).frame["group"]
    assert groups.nunique() == 30
    assert {EMPTY, OTHER} <= set(groups)


@pytest.mark.parametrize(
    ("days", "rows", "unit"),
    [(20, 400, "day"), (20, 40, "week"), (200, 2_500, "week"), (700, 900, "month"), (9000, 900, "year")],
)
def test_period_fits_the_span_and_the_number_of_rows(make, days, rows, unit):
    start = date(2000, 1, 3).toordinal()
    table = make(["day"], [(date.fromordinal(start + days * n // rows).isoformat(),) for n in range(rows)])
    assert shares(table, Grouping("day", "date", "ISO8601")).unit == unit


def test_periods_without_rows_keep_their_place(make):
    table = make(["day"], [("2025-01-01",)] * 40 + [("2025-01-04",)] * 40)
    told = shares(table, Grouping("day", "date", "ISO8601"))
    assert told.unit == "day"
    assert told.frame["group"].nunique() == 4


def test_rows_without_a_date_are_counted(make):
    table = make(["day"], [("2025-01-01",), ("2025-02-01",)] * 30 + [("soon",), ("",)])
    (grouping,) = groupings(table)
    assert shares(table, grouping).left_out == 2


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
        assert shares(table, grouping).frame["rows"].sum() == 40
