import os
import time

import pytest

from sentiment.errors import TableError
from sentiment.tables import uploads

BYTES = b"review\nA lovely film.\n"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(uploads.ALLOWED_FOLDERS, raising=False)
    return tmp_path / "home"


def keep(name="reviews.csv", content=BYTES):
    return uploads.keep_upload(name, memoryview(content))


def test_same_bytes_and_name_are_kept_once():
    first = keep()
    changed = first.stat().st_mtime_ns
    assert keep() == first
    assert (first.read_bytes(), first.stat().st_mtime_ns) == (BYTES, changed)


def test_same_name_with_other_bytes_is_another_file():
    assert keep() != keep(content=BYTES + b"Dull.\n")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        (r"C:\Users\me\reviews.xlsx", "reviews.xlsx"),
        ("..", "table"),
        ("", "table"),
        ("a\nb\x00*.csv", "a_b__.csv"),
        ("ünï 評論.csv", "ünï 評論.csv"),
        ("x" * 400 + ".parquet", "x" * 100 + ".parquet"),
        (".hidden", "hidden"),
        ("評" * 200 + ".csv", "評" * 33 + ".csv"),
    ],
)
def test_name_is_made_safe(home, given, kept):
    path = keep(given)
    assert path.name == kept
    assert path.parent.parent == home / "tables"


def test_an_upload_is_for_the_account_of_the_server_alone(home):
    path = keep()
    assert [oct(one.stat().st_mode & 0o777) for one in (path, path.parent, path.parent.parent)] == [
        "0o600",
        "0o700",
        "0o700",
    ]


def test_a_path_may_lie_anywhere_only_where_no_folder_is_named_and_the_server_is_local(tmp_path, monkeypatch):
    (tmp_path / "reviews.csv").write_bytes(BYTES)
    typed = f"{tmp_path}/reviews.csv"
    assert uploads.named_path(typed, anywhere=True) == tmp_path / "reviews.csv"
    assert uploads.named_path(str(tmp_path), anywhere=True, folders_too=True) == tmp_path
    for missing in (str(tmp_path), str(tmp_path / "none.csv"), "a\0b", "~nobody-of-that-name/reviews.csv"):
        with pytest.raises(TableError, match="There is no file"):
            uploads.named_path(missing, anywhere=True)
    with pytest.raises(TableError, match="not in a folder"):
        uploads.named_path(typed, anywhere=False)
    (tmp_path / "open").mkdir()
    monkeypatch.setenv(uploads.ALLOWED_FOLDERS, str(tmp_path / "open"))
    with pytest.raises(TableError, match="not in a folder"):
        uploads.named_path(typed, anywhere=True)


def test_empty_upload_is_refused_by_name():
    with pytest.raises(TableError, match=r"reviews\.csv is empty"):
        keep(content=b"")


def test_upload_beyond_the_limit_is_refused_and_not_kept(home, monkeypatch):
    monkeypatch.setattr(uploads, "MAXIMUM_MEGABYTES", 1)
    with pytest.raises(TableError, match="has 2 MB; an upload may have 1"):
        keep(content=bytes(2 * 2**20))
    assert not home.exists()


def test_no_folder_is_allowed_at_first(tmp_path):
    assert uploads.allowed_folders() == []
    with pytest.raises(TableError, match="not in a folder"):
        uploads.allowed_path(str(tmp_path / "reviews.csv"))


@pytest.fixture
def allowed(tmp_path, monkeypatch):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        (folder / "reviews.csv").write_bytes(BYTES)
    monkeypatch.setenv(uploads.ALLOWED_FOLDERS, os.pathsep.join(map(str, folders)))
    return folders


def test_files_of_allowed_folders_may_be_read_by_full_or_relative_path(allowed):
    assert uploads.allowed_path(f" {allowed[1]}/reviews.csv ") == allowed[1] / "reviews.csv"
    assert uploads.allowed_path("reviews.csv") == allowed[0] / "reviews.csv"


def test_ways_out_of_the_allowed_folders_are_refused(allowed, tmp_path):
    (tmp_path / "secret.csv").write_bytes(BYTES)
    (allowed[0] / "link.csv").symlink_to(tmp_path / "secret.csv")
    (allowed[0] / "up").symlink_to(tmp_path)
    (tmp_path / "one-more").mkdir()
    (tmp_path / "one-more" / "secret.csv").write_bytes(BYTES)
    (allowed[0] / "loop").symlink_to(allowed[0] / "loop")
    ways = ("../secret.csv", f"{allowed[0]}/../secret.csv", "link.csv", "up/secret.csv", "/etc/passwd", "a\x00b")
    for way in (*ways, f"{tmp_path}/one-more/secret.csv", str(tmp_path / "nothing-here.csv")):
        with pytest.raises(TableError, match="not in a folder"):
            uploads.allowed_path(way)
    with pytest.raises(TableError):
        uploads.allowed_path("loop")


def test_missing_file_of_an_allowed_folder_is_reported(allowed):
    for typed in ("missing.csv", "."):
        with pytest.raises(TableError, match="There is no file"):
            uploads.allowed_path(typed)


def test_removal_keeps_what_is_used_and_what_was_not_uploaded(tmp_path):
    foreign = tmp_path / "reviews.csv"
    foreign.write_bytes(BYTES)
    one, other = keep("one.csv"), keep("other.csv")
    for path in (foreign, one, other):
        uploads.remove(path, used={other})
    assert foreign.exists()
    assert other.exists()
    assert not one.exists()
    uploads.remove(other, used=set())
    assert not other.parent.exists()


def test_uploads_that_no_job_uses_go_after_the_days_of_the_setting(monkeypatch):
    old, used, fresh = (keep(content=BYTES * n) for n in (1, 2, 3))
    ago = time.time() - 10 * 24 * 3600
    for path in (old, used):
        os.utime(path.parent, (ago, ago))
    uploads.remove_unused({used})
    assert old.exists()
    monkeypatch.setenv(uploads.KEEP_VARIABLE, "9")
    uploads.remove_unused({used})
    assert [path.exists() for path in (old, used, fresh)] == [False, True, True]


@pytest.mark.parametrize("years", [-12, 12])
def test_a_clock_that_is_set_removes_no_upload(monkeypatch, years):
    kept = keep()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + years * 365 * 86_400)
    uploads.remove_unused(set())
    assert kept.exists()
