import random
import re
import resource
import sys
import zipfile
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from sentiment.scoring.scored_table import write_scored
from sentiment.tables.table import inspect_table
from tests.support.scored_tables import write_csv
from tests.support.word_scorer import prediction_of, scored_rows


def written(tmp_path, columns, rows):
    table = inspect_table(write_csv(tmp_path / "in.csv", columns, rows))
    output = tmp_path / "out.xlsx"
    write_scored(table, scored_rows(table), "abc123", output)
    return output


def sheet_xml(output):
    with zipfile.ZipFile(output) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_stars_and_dates_of_a_csv_are_numbers_and_dates(tmp_path):
    output = written(tmp_path, ["stars", "day", "review"], [[5, "2025-05-01", "a good film"], [1, "2025-06-01", "bad"]])
    rows = CalamineWorkbook.from_path(output).get_sheet_by_name("scored").to_python()
    assert rows[1][:3] == [5.0, date(2025, 5, 1), "a good film"]


def test_the_header_is_frozen_and_has_a_filter_over_all_rows(tmp_path):
    xml = sheet_xml(written(tmp_path, ["n", "review"], [[n, "a good film"] for n in range(4)]))
    assert 'topLeftCell="A2"' in xml
    assert 'state="frozen"' in xml
    assert '<autoFilter ref="A1:J5"/>' in xml


def test_columns_are_wide_enough_and_the_review_is_widest(tmp_path):
    xml = sheet_xml(written(tmp_path, ["n", "review"], [[1, "a good film"], [2, "bad"]]))
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', xml)]
    assert max(widths) > 75
    assert min(widths) >= 9


def test_numbers_are_written_with_the_fewest_digits(tmp_path):
    xml = sheet_xml(written(tmp_path, ["price", "review"], [[9.38, "a good film"], [1.1, "bad"]]))
    assert "<v>9.38</v>" in xml
    assert "0000001" not in xml


@pytest.mark.parametrize("most", [3_000, 60_000], ids=["the rows", "the archive"])
def test_what_cannot_be_written_is_one_error_that_names_the_file(tmp_path, monkeypatch, most):
    dice, printed = random.Random(0), []
    table = inspect_table(write_csv(tmp_path / "in.csv", ["n", "review"], [[dice.random(), "a film"]] * 3_000))
    scored = [(row, prediction_of(f"good {dice.random()}")) for row in table.rows()]
    monkeypatch.setattr(sys, "unraisablehook", printed.append)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        with pytest.raises(OSError, match="too large") as failure:
            write_scored(table, scored, "abc123", tmp_path / "out.xlsx")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert failure.value.filename == str(tmp_path / "out.xlsx")
    assert not printed
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
