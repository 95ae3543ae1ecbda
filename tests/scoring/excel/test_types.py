from datetime import date, datetime

import pytest

from sentiment.scoring.excel.types import converted, converters
from sentiment.tables.table import ReadOptions, inspect_table
from tests.support.scored_tables import write_csv

TEXTS = ("a good film with a plot", "dull from start to end", "never again")


def column_as_written(tmp_path, cells):
    path = write_csv(tmp_path / "t.csv", ["value", "review"], zip(cells, TEXTS, strict=False))
    table = inspect_table(path, ReadOptions(text_column="review"))
    kind, review = converters(table)
    assert review is None
    return [converted(row.cells[0], kind) for row in table.rows()]


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["1", "", "-20"], [1, "", -20]),
        (["4.5", "3", "0.25"], [4.5, 3, 0.25]),
        (["2025-05-01", "2025-12-31", ""], [date(2025, 5, 1), date(2025, 12, 31), ""]),
        (["2025-05-01 10:30:00", "2025-05-02T08:00"], [datetime(2025, 5, 1, 10, 30), datetime(2025, 5, 2, 8)]),
        (["31.12.2025", "1.2.2025"], [date(2025, 12, 31), date(2025, 2, 1)]),
        (["31/12/2025", "01/02/2025"], [date(2025, 12, 31), date(2025, 2, 1)]),
        (["12/31/2025", "01/02/2025"], [date(2025, 12, 31), date(2025, 1, 2)]),
    ],
)
def test_columns_of_one_kind_are_of_that_kind(tmp_path, cells, written):
    assert column_as_written(tmp_path, cells) == written


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "12"],  # a code
        ["1e5", "2"],
        ["1234567890123456", "1"],  # more digits than Excel keeps
        ["1", "two"],
        ["01/02/2025", "03/04/2025"],  # day or month first?
        ["2025-05-01T10:00:00Z", "2025-05-02T10:00:00Z"],  # Excel knows no zones
        ["2025-13-01", "2025-05-01"],
        ["=1+1", "2"],
        ["", ""],
    ],
)
def test_other_columns_stay_text(tmp_path, cells):
    assert column_as_written(tmp_path, cells) == cells
