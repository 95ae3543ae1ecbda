"""Many labelled tables in one folder: what each yields, and the messages for those that yield nothing."""

import gzip

import pytest

from sentiment.data import review_folder
from sentiment.errors import DataError

GOOD, BAD = "The kettle boils fast and looks lovely.", "The kettle leaked on the first day."


def written(folder, name, *lines):
    content = "".join(f"{line}\n" for line in lines).encode()
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


@pytest.fixture
def folder(tmp_path):
    written(
        tmp_path,
        "kettles.csv.gz",
        "text,stars,label,id",
        f"{GOOD},5,1,a",
        f"{BAD},1,0,b",
        "It is a kettle like any other.,3,,c",
    )
    written(tmp_path, "lamps.csv", "comment,rating", "A bright and steady lamp that I enjoy.,5", "It broke at once.,1")
    return tmp_path


def test_tables_with_different_columns_are_read_side_by_side(folder):
    found = review_folder.load(folder)
    assert list(found.kinds) == ["kettles", "lamps"]
    assert [(one.label, one.stars) for one in found.kinds["kettles"]] == [(1, 5.0), (0, 1.0), (None, 3.0)]
    assert [(one.label, one.stars) for one in found.kinds["lamps"]] == [(1, 5.0), (0, 1.0)]
    assert found.problems == ()


def test_a_table_that_cannot_be_read_is_named_and_the_rest_goes_on(folder):
    (folder / "broken.csv.gz").write_bytes(gzip.compress(b"text,label\n" * 500)[:40])
    written(folder, "unlabelled.csv", "text,price", f"{GOOD},5", f"{BAD},6")
    found = review_folder.load(folder)
    assert list(found.kinds) == ["kettles", "lamps"]
    assert len(found.problems) == 2
    assert found.problems[0].startswith("broken.csv.gz is left out: ")
    assert "unlabelled.csv is left out: No column has a name such as label" in found.problems[1]


def test_a_text_with_different_labels_in_two_tables_is_in_neither(folder):
    written(folder, "teapots.csv", "text,label", f"{GOOD},0", "This teapot pours well and keeps warm.,1")
    found = review_folder.load(folder)
    assert GOOD not in {one.review for reviews in found.kinds.values() for one in reviews}
    assert found.problems == ("Left out 1 texts that have different labels in kettles and teapots.",)


def test_a_text_that_stands_twice_counts_once(folder):
    written(folder, "teapots.csv", "text,label", f"{BAD},0", f"{BAD},0", "This teapot pours well and keeps warm.,1")
    found = review_folder.load(folder)
    assert [one.label for one in found.kinds["teapots"]] == [1]
    assert found.problems == ()


def test_a_folder_without_anything_to_learn_from_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no table of labelled reviews"):
        review_folder.load(tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        review_folder.load(tmp_path / "nowhere")
