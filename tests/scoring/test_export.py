import csv
import json

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from sentiment.errors import TableError
from sentiment.scoring import export
from sentiment.scoring.excel import writer
from sentiment.scoring.score import score_table
from sentiment.tables.table import ReadOptions, inspect_table
from tests.support.scored_tables import write_csv
from tests.support.word_scorer import WordScorer

ROWS = [("=1+1", "A good, lovely film"), ("2", "dull\nand bad"), ("3", ""), ("4", "ok"), ("5", "dull\nand bad")]


@pytest.fixture
def source(tmp_path):
    path = write_csv(tmp_path / "reviews.csv", ["id", "review"], ROWS)
    score_table(inspect_table(path), WordScorer(), tmp_path / "scored.parquet")
    return path


def exported(source, suffix, kept=None):
    digest = inspect_table(source).digest
    return export.exported(source.parent / "scored.parquet", source, ReadOptions(), digest, suffix, kept)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_bytes_are_those_that_the_engine_writes(source, tmp_path, suffix):
    score_table(inspect_table(source), WordScorer(), tmp_path / f"direct{suffix}")
    assert exported(source, suffix).read_bytes() == (tmp_path / f"direct{suffix}").read_bytes()


def test_parquet_is_the_result_itself(source):
    assert exported(source, ".parquet") == source.parent / "scored.parquet"


def test_what_was_made_is_kept(source):
    first = exported(source, ".csv").stat().st_mtime_ns
    assert exported(source, ".csv").stat().st_mtime_ns == first


def test_a_table_that_was_changed_since_is_refused(source):
    digest = inspect_table(source).digest
    source.write_text("id,review\n1,other\n")
    with pytest.raises(TableError, match="changed since it was scored"):
        export.exported(source.parent / "scored.parquet", source, ReadOptions(), digest, ".csv")


def test_the_filtered_rows_alone_fit_every_format(source):
    kept = np.array([False, True, False, False, True])
    whole = pd.read_parquet(source.parent / "scored.parquet")
    expected = whole[kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(exported(source, ".parquet", kept)), expected)
    rows = list(csv.reader(exported(source, ".csv", kept).open(newline="")))
    assert [row[:3] for row in rows[1:]] == [["2", "dull\nand bad", "negative"], ["5", "dull\nand bad", "negative"]]
    assert rows == [row for row, keep in zip(all_rows(source), [True, *kept], strict=True) if keep]
    objects = [json.loads(line) for line in exported(source, ".jsonl", kept).read_text().splitlines()]
    assert [(one["review"], one["sentiment"]) for one in objects] == [("dull\nand bad", "negative")] * 2
    sheet = CalamineWorkbook.from_path(exported(source, ".xlsx", kept)).get_sheet_by_name("scored").to_python()
    assert [row[1] for row in sheet] == ["review", "dull\nand bad", "dull\nand bad"]


def test_another_filter_makes_the_file_anew_and_leaves_the_whole_one(source):
    first, second = np.arange(5) == 0, np.arange(5) > 0
    whole = exported(source, ".csv").read_bytes()
    assert exported(source, ".csv", first).read_bytes() != exported(source, ".csv", second).read_bytes()
    assert exported(source, ".csv").read_bytes() == whole


def all_rows(source):
    return list(csv.reader(exported(source, ".csv").open(newline="")))


def test_what_excel_cannot_hold_is_said_before_without_reading_the_table_again(source, monkeypatch):
    scored = source.parent / "scored.parquet"
    source.unlink()
    assert export.excel_obstacle(scored) == ""
    monkeypatch.setattr(writer, "_MOST_ROWS", 3)
    assert "An Excel sheet holds 3 rows" in export.excel_obstacle(scored)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_cell_too_long_for_excel_is_named_before_and_leaves_no_file(tmp_path, suffix):
    reviews = ["A good film", "x" * 40_000, "dull"]
    source = tmp_path / f"long{suffix}"
    frame = pd.DataFrame({"review": reviews, "tags": [["a"], ["b"], []] if suffix == ".parquet" else "a"})
    frame.to_parquet(source) if suffix == ".parquet" else frame.to_csv(source, index=False)
    score_table(inspect_table(source), WordScorer(), tmp_path / "scored.parquet")
    assert "one in row 2 has 40,000" in export.excel_obstacle(tmp_path / "scored.parquet")
    digest = inspect_table(source).digest
    with pytest.raises(TableError, match="has 40,000"):
        export.exported(tmp_path / "scored.parquet", source, ReadOptions(), digest, ".xlsx")
    assert not (tmp_path / "scored.xlsx").exists()
