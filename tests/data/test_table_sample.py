"""Reviews drawn from a table, with their labels."""

import csv

import pytest

from sentiment.data import labelled, table_sample
from sentiment.data.labels.mapping import LabelMapping
from sentiment.errors import DataError, TableError
from sentiment.tables.rows import ReadOptions
from tests.support.scored_tables import write_csv

MAPPING = LabelMapping("stars", ("1", "2"), ("4", "5"), ("3",), 5)


@pytest.fixture
def table(tmp_path):
    """Write 60 labelled reviews sorted by label: 10 of three stars, one duplicate, one with both labels, one empty."""
    rows = [(f"a dull film, take {n}", 1) for n in range(30)] + [(f"a fine film, take {n}", 5) for n in range(30)]
    rows += [(f"it was a film, take {n}", 3) for n in range(10)]
    rows += [("a dull film, take 0", 1), ("a film", 1), ("a film", 5), ("", 5)]
    path = tmp_path / "reviews.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "stars"), *rows])
    return path


def test_every_review_is_drawn_once_with_its_label(table):
    sample = table_sample.draw(table, "text", MAPPING, 1_000)
    found = dict(zip(sample.reviews, sample.labels, strict=True))
    assert len(sample.reviews) == sample.distinct == len(found) == 71
    assert found["a dull film, take 0"] == 0
    assert found["a fine film, take 0"] == 1
    assert found["it was a film, take 0"] is None
    assert found["a film"] is None


def test_a_large_table_is_drawn_from_all_of_it_and_always_the_same(table):
    sample = table_sample.draw(table, "text", MAPPING, 20)
    assert len(sample.reviews) == 20
    assert sample.distinct == 71
    assert {0, 1} <= set(sample.labels)
    assert table_sample.draw(table, "text", MAPPING, 20) == sample


def test_the_digests_are_those_of_the_data_sets_that_a_model_would_learn_from(tmp_path):
    path = write_csv(tmp_path / "many.csv", ["text", "stars"], [(f"review {n}", 1 + 4 * (n % 2)) for n in range(600)])
    sample = table_sample.draw(path, "text", MAPPING, 20)
    for test_part in (True, False):
        data = labelled.load(path, reading=ReadOptions(text_column="text"), mapping=MAPPING, test_part=test_part)
        assert bool(data.test) == test_part
        assert data.digest in sample.digests


def test_without_a_mapping_there_are_no_labels(table):
    sample = table_sample.draw(table, "text", None, 1_000)
    assert set(sample.labels) == {None}
    assert not sample.digests


def test_a_column_without_text_is_reported(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("text,stars\n,1\n,5\n")
    with pytest.raises(TableError, match='no review in column "text"'):
        table_sample.draw(path, "text", None, 10)


def test_labels_that_are_too_few_are_reported(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("text,stars\ngood,5\nbad,1\n")
    with pytest.raises(DataError, match="at least"):
        table_sample.draw(path, "text", MAPPING, 10)
