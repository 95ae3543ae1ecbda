"""Widths of the columns of a table of rows: reviews get what the other columns leave."""

import pytest

from pages.results.column_widths import LEGIBLE, NARROWEST, WIDEST, cell_width, review_width


def test_a_column_is_as_wide_as_its_longest_value_within_limits():
    assert cell_width("hotel", ["Lakeside", "Grand Meridian"]) > cell_width("hotel", ["Lakeside"])
    assert cell_width("hotel", ["x" * 500]) == WIDEST
    assert cell_width("n", []) == NARROWEST
    assert cell_width("a long heading", [1]) > NARROWEST


@pytest.mark.parametrize("available", [350, 800, 1_460, 2_200])
def test_the_reviews_fill_the_page_beside_as_many_columns_as_leave_them_legible(available):
    fixed, verdict, others = 95, 205, 500
    width = review_width(available, fixed, verdict, others)
    assert available - width in (fixed, fixed + verdict, fixed + verdict + others)
    if available >= LEGIBLE + fixed + verdict:
        assert LEGIBLE <= width <= available - fixed - verdict


def test_more_room_adds_columns_beside_the_reviews():
    beside = [width - review_width(width, 95, 205, 500) for width in (350, 800, 1_460)]
    assert beside == [95, 300, 800]
