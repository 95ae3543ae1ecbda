"""Totals and averages at the foot of a table are reported, not scored; a review of one such word is scored."""

import pandas as pd
import pytest
import xlsxwriter

from sentiment.tables.formats.total_rows import is_total
from sentiment.tables.table import inspect_table

ROWS = [["id", "review", "stars"], [1, "A fine place.", 5], [2, "Average", 3], [3, "Total", 1]]
TOTALS = [["", "Total", 9], ["", "Average:", 3.0]]


def test_totals_of_a_text_file_and_of_a_sheet_are_reported(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in [*ROWS, *TOTALS]))
    table = inspect_table(path)
    assert list(table.reviews()) == ["A fine place.", "Average", "Total", None, None]
    assert table.problems[0].sentence == "Line 5 is a total, not a review."
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([*ROWS, *TOTALS]):
            sheet.write_row(place, 0, row)
    table = inspect_table(path)
    assert list(table.reviews()) == ["A fine place.", "Average", "Total", None, None]
    assert table.problems[0].sentence == "Row 5 is a total, not a review."


@pytest.mark.parametrize(
    "cells",
    [
        [],
        ["", ""],
        ["", "Total", ""],
        ["", "Total loss", 3],
        ["", "Mean people", 1],
        ["Total", 9],
        ["Ann", "Average", 3],
        ["", "Total", "Never again", 3],
        ["", "4", "Total"],
    ],
)
def test_other_rows_are_data(cells):
    assert not is_total(cells, "id")


def test_a_review_in_a_drawn_table_is_no_total(tmp_path):
    path = tmp_path / "t.md"
    path.write_text("| review | stars |\n|---|---|\n| A fine place. | 5 |\n| Average | 3 |\n| Total | 1 |\n")
    assert [text.strip() for text in inspect_table(path).reviews()] == ["A fine place.", "Average", "Total"]


@pytest.mark.parametrize(
    "note",
    [
        "(8 rows)",
        "8 rows selected.",
        "(1,200 rows affected)",
        "8 rows in set (0.01 sec)",
        "Applied filters:\nYear is 2024",
    ],
)
def test_a_note_below_the_table_is_reported(tmp_path, note):
    path = tmp_path / "t.csv"
    path.write_text(f'review,stars\nA fine place.,5\nTen rows of seats.,2\n"{note}"\n')
    table = inspect_table(path)
    assert list(table.reviews()) == ["A fine place.", "Ten rows of seats.", None]
    assert [problem.sentence for problem in table.problems] == ["Line 4 is a note below the table, not a review."]
    path = tmp_path / "t.xlsx"
    pd.DataFrame({"review": ["A fine place.", note], "stars": [5, None]}).to_excel(path, index=False)
    assert list(inspect_table(path).reviews()) == ["A fine place.", None]


def test_a_note_with_other_cells_is_data(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("review,stars\n(8 rows),1\n8 rows of seats,2\n")
    assert list(inspect_table(path).reviews()) == ["(8 rows)", "8 rows of seats"]
