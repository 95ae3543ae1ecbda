"""Large tables are inspected in a separate process with limits, with the same results."""

import pytest

from sentiment.data import bounded_table, labelled, table_sample
from sentiment.errors import SentimentError
from sentiment.system import bounded
from sentiment.tables import bounded_reading
from sentiment.tables.rows import ReadOptions

ROWS = 400


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(bounded_reading, "_SMALL", 1_000)  # a large table for this test
    path = tmp_path / "large.csv"
    lines = (
        f"Visit {i}: {'kind staff, warm rooms|good' if i % 2 else 'cold rooms, rude staff|bad'}" for i in range(ROWS)
    )
    path.write_text("review|label\n" + "\n".join(lines) + "\n")
    assert not bounded_reading.is_quickly_read(path)
    return path


def test_a_survey_is_the_same_as_here(table):
    found = bounded_table.survey(table, ReadOptions(), None, None)
    assert found == labelled.survey(table)
    assert bounded_table.survey(table, ReadOptions(text_column="review"), "label", found.mapping) == found


@pytest.mark.parametrize("labelled_too", [True, False])
def test_a_sample_is_the_same_as_here(table, labelled_too):
    mapping = labelled.survey(table).mapping if labelled_too else None
    assert bounded_table.draw(table, "review", mapping, 50) == table_sample.draw(table, "review", mapping, 50)


def test_a_table_that_takes_too_long_costs_a_sentence(table, monkeypatch):
    monkeypatch.setattr(bounded, "seconds_limit", lambda: 0.01)
    with pytest.raises(SentimentError, match=r"^large\.csv takes longer than .* seconds to read"):
        bounded_table.survey(table, ReadOptions(), None, None)


def test_what_is_wrong_with_a_table_is_said(table):
    with pytest.raises(SentimentError, match='There is no column "nowhere"'):
        bounded_table.survey(table, ReadOptions(text_column="nowhere"), None, None)
    with pytest.raises(SentimentError, match='There is no column "nowhere"'):
        bounded_table.draw(table, "nowhere", None, 5)


def test_a_folder_and_a_missing_file_are_refused_in_words(tmp_path):
    with pytest.raises(SentimentError, match="is not a file"):
        bounded_table.survey(tmp_path, ReadOptions(), None, None)
    with pytest.raises(SentimentError, match="There is no file"):
        bounded_table.draw(tmp_path / "gone.csv", "review", None, 5)
