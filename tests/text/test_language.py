"""The language of a review: without room for the identifier's temporary file, the reason and the remedy are stated."""

import tempfile

import pytest

from sentiment.errors import StorageError
from sentiment.text import language


def test_a_full_folder_for_temporary_files_is_reported_and_the_next_try_may_succeed(monkeypatch, tmp_path):
    french = "Un film magnifique, porté par deux acteurs extraordinaires."
    language._identifier.cache_clear()
    with monkeypatch.context() as changed:
        changed.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        with pytest.raises(StorageError, match=r"temporary file of 70 MB.*set TMPDIR"):
            language.other_language(french, 0.0, 1.0)
    assert language.other_language(french, 0.0, 1.0)
