import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from sentiment.reporting.workbook import write_workbook
from sentiment.scoring.export import scored_rows
from sentiment.tables.table import ReadOptions, inspect_table
from tests.support.hotel_reviews import scored_stays, stays


@pytest.fixture(scope="module")
def book(findings, tmp_path_factory):
    """Return the workbook of the first hundred stays, with the findings about all of them."""
    folder = tmp_path_factory.mktemp("book")
    rows = stays()
    scored_stays(folder, rows)
    table = inspect_table(folder / "hotels.csv")
    kept = np.arange(len(rows)) < 100
    some = scored_rows(folder / "hotels.parquet", table.path, ReadOptions(), table.digest, kept)
    write_workbook(findings, some, folder / "hotels.xlsx")
    return CalamineWorkbook.from_path(folder / "hotels.xlsx")


def rows(book, sheet):
    return book.get_sheet_by_name(sheet).to_python()


def test_the_sheets_in_order(book):
    assert book.sheet_names == ["summary", "groups", "drivers", "themes", "scored"]


def test_the_summary_has_the_answers_and_typed_numbers(book):
    cells = {row[0]: row[1] for row in rows(book, "summary")}
    assert cells["rows"] == 3_000.0
    assert cells["unscored: empty"] > 0
    assert "moods" in cells["model"]
    assert any("Harbour View is worst" in str(row[1]) for row in rows(book, "summary"))
    assert not any("\N{NO-BREAK SPACE}" in str(cell) for row in rows(book, "summary") for cell in row)


def test_drivers_groups_and_themes_are_those_of_the_report(book, findings):
    first = rows(book, "drivers")[1]
    assert first[:2] == ["negative", "smelled of damp"]
    assert first[3] == pytest.approx(findings.drivers.negative[0].negative_share)
    assert rows(book, "groups")[1][:2] == ["hotel", "Harbour View"]
    assert rows(book, "themes")[-1][:2] == ["(none of these)", float(findings.themes.uncaught)]


def test_only_the_chosen_rows_are_in_it(book):
    assert len(rows(book, "scored")) == 101
