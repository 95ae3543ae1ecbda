import csv
import tarfile

import pytest
from miniature import reviews

from sentiment import datasets
from sentiment.errors import DataError, TableError


def test_archive_directory_and_table_load_by_one_call(miniature_archive, tmp_path):
    archive = datasets.load(miniature_archive)
    with tarfile.open(miniature_archive) as packed:
        packed.extractall(tmp_path, filter="data")
    assert datasets.load(tmp_path) == archive
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("review", "label", "stars"), *reviews(60, 0)])
    table = datasets.load(tmp_path / "table.csv")
    assert (archive.name, table.name) == ("IMDb", "table.csv")
    assert (len(archive.train), len(table.train)) == (200, 60)
    assert datasets.load(tmp_path / "table.csv", label_column="stars").train[0].stars is not None


def test_only_the_archive_has_unlabelled_reviews(miniature_archive, tmp_path):
    (tmp_path / "table.csv").write_text("review,label\ngood,1\n")
    assert len(datasets.unlabelled(miniature_archive)) == 200
    assert datasets.unlabelled(tmp_path / "table.csv") == []


@pytest.mark.parametrize("read", [datasets.load, datasets.unlabelled])
def test_a_missing_path_is_told(read, tmp_path):
    with pytest.raises(DataError, match="nowhere does not exist; give the IMDb archive"):
        read(tmp_path / "nowhere")


def test_a_file_that_is_no_table_is_told(tmp_path):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(TableError):
        datasets.load(tmp_path / "empty.csv")
