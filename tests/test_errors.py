"""Disk errors become a sentence with the path, the reason and the remedy."""

import errno
import os

import pytest

from sentiment.errors import StorageError
from sentiment.system import storage


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "The disk is full: free some space"), (errno.EROFS, "read-only"), (errno.EACCES, "permissions")],
)
def test_the_sentence_has_place_reason_and_remedy(code, words):
    said = str(StorageError.of(OSError(code, os.strerror(code), "/state/tables/x.csv")))
    assert said.startswith("/state/tables/x.csv could not be read or written. ")
    assert words in said


def test_an_error_without_a_place_or_with_an_unknown_reason_is_said_too():
    assert str(StorageError.of(OSError(errno.ENOSPC, "No space left"))).startswith("A file could not be")
    assert str(StorageError.of(OSError("odd"))).endswith(" odd.")


def test_state_is_for_the_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))
    before = os.umask(0o022)
    try:
        storage.keep_private()
        storage.write_text(storage.home() / "runs" / "a" / "train.log", "x")
        places = [storage.home(), storage.home() / "runs", storage.home() / "runs" / "a" / "train.log"]
        assert [oct(place.stat().st_mode & 0o777) for place in places] == ["0o700", "0o700", "0o600"]
    finally:
        os.umask(before)
