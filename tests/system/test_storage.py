"""Files and folders are written atomically: at every moment, the old or the new one exists."""

import subprocess
import sys

import pytest

from sentiment.errors import StorageError
from sentiment.system import locks, storage

WRITER = f"""
import os, pathlib, signal, sys
sys.path.insert(0, {str(storage.PROJECT)!r})
from sentiment.system import storage

def count(event, arguments):
    if event in ("os.rename", "shutil.rmtree", "os.rmdir", "os.remove"):
        count.left -= 1
        if not count.left:
            os.kill(os.getpid(), signal.SIGKILL)
count.left = int(sys.argv[2])
sys.addaudithook(count)
with storage.folder_written_whole(pathlib.Path(sys.argv[1]), ("a.txt", "b.txt")) as folder:
    (folder / "a.txt").write_text("new")
    (folder / "b.txt").write_text("new")
"""


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("event", range(1, 5))
def test_a_kill_at_any_step_leaves_the_old_folder_or_the_new_one(tmp_path, event):
    folder = tmp_path / "model"
    with storage.folder_written_whole(folder, ("a.txt",)) as staging:
        (staging / "a.txt").write_text("old")
    subprocess.run([sys.executable, "-c", WRITER, str(folder), str(event)], check=False)
    assert contents(folder) in ({"a.txt": "old"}, {"a.txt": "new", "b.txt": "new"})
    storage.remove_interrupted(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_block_that_fails_leaves_the_old_folder_alone(tmp_path):
    folder = tmp_path / "model"
    with storage.folder_written_whole(folder, ("a.txt",)) as staging:
        (staging / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), storage.folder_written_whole(folder, ("a.txt",)) as staging:
        raise RuntimeError
    assert contents(folder) == {"a.txt": "old"}
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_with_other_files_is_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match=r"holds thesis\.txt, which is not part of a model"):
        storage.folder_written_whole(tmp_path, ("a.txt",)).__enter__()
    with pytest.raises(StorageError, match="is a file"):
        storage.folder_written_whole(tmp_path / "thesis.txt", ("a.txt",)).__enter__()
    assert contents(tmp_path) == {"thesis.txt": "years of work"}


def test_a_folder_that_was_only_looked_at_is_replaced(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / ".DS_Store").touch()
    with storage.folder_written_whole(folder, ("a.txt",)) as staging:
        (staging / "a.txt").write_text("new")
    assert contents(folder) == {"a.txt": "new"}


def test_what_a_killed_writer_left_in_a_folder_does_not_keep_it_from_being_replaced(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / ".a.txt.w1by_b_e.partial").write_text("half")
    with storage.folder_written_whole(folder, ("a.txt",)) as staging:
        (staging / "a.txt").write_text("new")
    assert contents(folder) == {"a.txt": "new"}
    (folder / ".mine.partial").touch()
    with pytest.raises(StorageError, match=r"holds \.mine\.partial"):
        storage.require_replaceable(folder, ("a.txt",))


def test_the_old_folder_comes_back_where_names_cannot_be_exchanged(tmp_path):
    old = tmp_path / ".model.x1.old"
    old.mkdir()
    (old / "a.txt").write_text("old")
    storage.remove_interrupted(tmp_path / "model")
    assert contents(tmp_path / "model") == {"a.txt": "old"}
    assert not old.exists()


def test_an_output_has_one_writer_and_loses_what_killed_ones_left(tmp_path):
    output = tmp_path / "new" / "out.csv"
    with locks.output_held(output):
        with pytest.raises(StorageError, match=r"Another run writes .*out\.csv"), locks.output_held(output):
            pass
        (output.parent / ".out.csv.x1.partial").touch()
        (output.parent / ".out.csv.x1.partial.txt").touch()
    with locks.output_held(output):
        assert not list(output.parent.glob(".*.partial"))
    assert [path.name for path in output.parent.iterdir()] == [".out.csv.x1.partial.txt"]
