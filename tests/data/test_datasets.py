import csv
import tarfile

import pytest

from sentiment.data import datasets
from sentiment.errors import DataError, TableError
from sentiment.tables.rows import ReadOptions
from tests.support.miniature import layout, pack, reviews


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


@pytest.mark.parametrize("read", [datasets.load, datasets.unlabelled, datasets.texts])
def test_a_missing_path_is_reported(read, tmp_path):
    with pytest.raises(DataError, match="nowhere does not exist; give the IMDb archive"):
        read(tmp_path / "nowhere")


def test_a_file_that_is_no_table_is_reported(tmp_path):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(TableError):
        datasets.load(tmp_path / "empty.csv")


def test_a_language_is_learnt_from_train_and_unlabelled_reviews_and_from_nothing_in_test(tmp_path):
    files = layout(20, seed=5)
    tested = next(text for name, text in files.items() if "/test/pos/" in name)
    files["aclImdb/train/unsup/9999_0.txt"] = tested
    found, digest = datasets.texts(pack(tmp_path / "aclImdb_v1.tar.gz", files))
    of_test = {text for name, text in files.items() if "/test/" in name}
    assert not of_test & set(found)
    assert len(found) == len(set(found)) == 40 + 40
    assert len(digest) == 64


def test_a_language_is_learnt_from_every_review_of_a_table_once(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("note,review\na,Warm and funny\nb, Dull \nc,\nd,Dull\ne,   \n")
    found, digest = datasets.texts(path)
    assert found == ["Warm and funny", "Dull"]
    path.write_text("review\nWarm and funny\nDull\n")
    assert datasets.texts(path) == (found, digest)
    path.write_text("review\nWarm and funny\nDuller\n")
    assert datasets.texts(path)[1] != digest


def test_the_column_of_the_texts_can_be_named_and_a_missing_one_is_reported(tmp_path):
    (tmp_path / "two.csv").write_text("review,reply\nWarm,Thank you\n")
    assert datasets.texts(tmp_path / "two.csv", ReadOptions(text_column="reply"))[0] == ["Thank you"]
    with pytest.raises(TableError, match="colour"):
        datasets.texts(tmp_path / "two.csv", ReadOptions(text_column="colour"))


def test_a_folder_of_something_else_holds_no_texts(tmp_path):
    with pytest.raises((DataError, TableError)):
        datasets.texts(tmp_path)
