import random
import tarfile
import time

import pytest

from sentiment.data import imdb
from sentiment.data.examples import split
from sentiment.errors import DataError
from tests.support.miniature import layout, pack


@pytest.fixture
def packed(tmp_path):
    """Packs files into an archive and returns its path."""
    return lambda files: pack(tmp_path / "aclImdb_v1.tar.gz", files)


@pytest.fixture
def unpacked(miniature_archive, tmp_path):
    with tarfile.open(miniature_archive) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def test_the_archive_gives_labels_stars_and_films(miniature_archive):
    data = imdb.load(miniature_archive)
    assert (len(data.train), len(data.test), data.notes) == (200, 100, [])
    for example in data.train + data.test:
        assert example.stars in ({7, 8, 9, 10} if example.label else {1, 2, 3, 4})
    assert {example.group for example in data.train} == {f"tt00100{film:02d}" for film in range(20)}
    assert not {example.group for example in data.train} & {example.group for example in data.test}


def test_the_film_is_the_line_of_the_review_number(packed):
    files = layout(100, seed=2)
    data = imdb.load(packed(files))
    text = next(text for name, text in files.items() if name.startswith("aclImdb/train/pos/57_"))
    line = files["aclImdb/train/urls_pos.txt"].splitlines()[57]
    assert next(example for example in data.train if example.review == text).group in line


def test_the_unpacked_directory_and_its_parent_read_the_same(miniature_archive, unpacked):
    data = imdb.load(miniature_archive)
    assert imdb.load(unpacked / "aclImdb") == data
    assert imdb.load(unpacked) == data
    assert imdb.load(unpacked).digest == data.digest
    assert imdb.unlabelled(unpacked) == imdb.unlabelled(miniature_archive)


def test_reading_leaves_no_file_behind(miniature_archive):
    before = set(miniature_archive.parent.rglob("*"))
    imdb.load(miniature_archive)
    assert set(miniature_archive.parent.rglob("*")) == before


def test_texts_that_are_also_in_test_are_dropped_from_train_and_reported(packed):
    files = layout(100, seed=2)
    tested = [name for name in files if "/test/pos/" in name]
    trained = [name for name in files if "/train/pos/" in name]
    files[trained[0]] = files[trained[1]] = f" {files[tested[0]]}\n"
    files[trained[2]] = files[tested[1]]
    data = imdb.load(packed(files))
    assert (len(data.train), len(data.test)) == (197, 100)
    assert data.notes == ["Dropped 2 texts of train that also occur in test (3 reviews)."]


def test_unlabelled_reviews_keep_out_of_test(packed):
    files = layout(100, seed=2)
    first = next(name for name in files if "/unsup/0_" in name)
    second = next(name for name in files if "/unsup/1_" in name)
    files[first] = next(text for name, text in files.items() if "/test/neg/" in name)
    found = imdb.unlabelled(packed(files))
    assert len(found) == 199
    assert found[0].review == files[second]


def test_unlabelled_reviews_have_the_film_of_their_line(miniature_archive):
    found = imdb.unlabelled(miniature_archive)
    assert [one.group for one in found[4:11]] == ["tt0030000", *["tt0030001"] * 5, "tt0030002"]
    assert {one.group for one in found}.isdisjoint(one.group for one in imdb.load(miniature_archive).train)


def test_unknown_films_are_reported(packed):
    data = imdb.load(packed({name: text for name, text in layout(100, seed=2).items() if "urls_" not in name}))
    assert {example.group for example in data.train} == {""}
    assert "film of 200 of 200 train reviews is unknown" in data.notes[0]


def test_a_missing_test_part_is_reported(packed):
    data = imdb.load(packed({name: text for name, text in layout(100, seed=2).items() if "/test/" not in name}))
    assert (len(data.train), data.test) == (200, [])
    assert "no test part" in data.notes[0]


def test_a_test_part_alone_can_be_read_for_judging(packed):
    data = imdb.load(packed({name: text for name, text in layout(100, seed=2).items() if "/train/" not in name}))
    assert (data.train, len(data.test)) == ([], 100)


@pytest.mark.parametrize("folder", ["/train/pos/", "/train/neg/"])
def test_an_archive_without_both_classes_is_refused(packed, folder):
    with pytest.raises(DataError, match="no reviews in train/pos and train/neg"):
        imdb.load(packed({name: text for name, text in layout(20, seed=2).items() if folder not in name}))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_archive_is_refused_by_name(miniature_archive, tmp_path, share):
    whole = miniature_archive.read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError, match=r"cut\.tar\.gz is damaged or cut short.*scripts/get_imdb\.py"):
        imdb.load(cut)


def test_a_changed_byte_never_goes_unnoticed(miniature_archive, tmp_path):
    dice = random.Random(0)
    whole = miniature_archive.read_bytes()
    for position in [len(whole) - 6, *(dice.randrange(20, len(whole)) for _ in range(15))]:
        damaged = tmp_path / "damaged.tar.gz"
        damaged.write_bytes(whole[:position] + bytes([whole[position] ^ 0x10]) + whole[position + 1 :])
        with pytest.raises(DataError, match="damaged"):
            imdb.load(damaged)


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    (tmp_path / "other.tar.gz").write_text("<html>Not found</html>")
    with pytest.raises(DataError, match="damaged"):
        imdb.load(tmp_path / "other.tar.gz")


def test_the_real_archive_holds_what_is_published(imdb_archive):
    """Facts about the public archive and the half of its test split used in development."""
    began = time.process_time()
    data = imdb.load(imdb_archive)
    assert time.process_time() - began < 15
    dropped = {25_000: 123, 12_500: 54}[len(data.test)]
    assert data.notes[0].startswith(f"Dropped {dropped} texts of train")
    assert len(data.notes) == 1
    assert 25_000 - len(data.train) >= dropped
    assert {example.stars for example in data.train} == {1, 2, 3, 4, 7, 8, 9, 10}
    assert all((example.stars > 5) == bool(example.label) for example in data.train + data.test)
    assert all(example.group.startswith("tt") for example in data.train + data.test)
    assert not {example.review for example in data.train} & {example.review for example in data.test}
    train, validation = split(data.train, 0.1, seed=0)
    assert not {example.group for example in train} & {example.group for example in validation}
    assert len(validation) / len(data.train) == pytest.approx(0.1, abs=0.003)
    for side in (train, validation):
        assert sum(example.label for example in side) / len(side) == pytest.approx(0.5, abs=0.01)
