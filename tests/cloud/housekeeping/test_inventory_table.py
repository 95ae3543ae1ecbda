"""The inventory in words, for a page and for a terminal."""

from datetime import UTC, datetime, timedelta

import pytest

from sentiment.cloud.housekeeping import inventory_table
from sentiment.cloud.housekeeping.resource import Resource

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


def thing(kind="endpoint", **known):
    return Resource(
        kind, "review-sentiment-tiny", "arn", "https://console", "arn:aws:iam::123456789012:user/ada", **known
    )


def test_row_says_what_it_costs_when_it_ends_and_how_old_it_is():
    [row] = inventory_table.rows(
        [thing(hourly=0.115, created=NOW - timedelta(minutes=3), expires=NOW + timedelta(hours=2))], NOW
    )
    assert list(row)[:4] == ["what", "price", "ends", "name"]
    assert (row["price"], row["ends"], row["age"]) == ("$0.12 an hour", "in 2 h", "3 min")


def test_end_that_has_passed_is_overdue_and_none_is_left_empty():
    assert inventory_table.ends(thing(expires=NOW - timedelta(seconds=1)), NOW) == "overdue"
    assert inventory_table.ends(thing(), NOW) == ""


@pytest.mark.parametrize(
    ("kind", "hourly", "said"),
    [
        ("endpoint", 0.0, "by use"),
        ("model", 0.0, "nothing"),
        ("endpoint", None, "not known"),
        ("files", 0.0001, "less than $0.01 an hour"),
    ],
)
def test_price_is_put_in_words(kind, hourly, said):
    assert inventory_table.price(thing(kind, hourly=hourly)) == said


@pytest.mark.parametrize(
    ("status", "said"), [("InService", "in service"), ("CREATE_COMPLETE", "create complete"), ("ACTIVE", "active")]
)
def test_state_is_written_as_words(status, said):
    assert inventory_table.state(thing(status=status)) == said


def test_lines_are_aligned_and_leave_out_what_is_empty():
    lines = inventory_table.lines([thing(), thing("endpoint configuration")])
    assert lines == [
        "endpoint                by use   review-sentiment-tiny  user/ada",
        "endpoint configuration  nothing  review-sentiment-tiny  user/ada",
    ]
    assert inventory_table.lines([]) == []
