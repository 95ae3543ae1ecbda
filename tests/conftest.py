"""What several test files share: a miniature IMDb archive and the way to the real one."""

import os
from pathlib import Path

import pytest
from miniature import write_archive

SHARED_ARCHIVE = Path(__file__).resolve().parents[2] / "shared" / "data" / "aclImdb_v1.tar.gz"


@pytest.fixture(scope="session")
def miniature_archive(tmp_path_factory) -> Path:
    """An archive like aclImdb_v1.tar.gz with 200 train, 100 test and 200 unlabelled reviews."""
    return write_archive(tmp_path_factory.mktemp("imdb") / "aclImdb_v1.tar.gz", per_class=100, seed=1)


@pytest.fixture(scope="session")
def imdb_archive() -> Path:
    """The real archive, or the half of it that development has; skips where there is none."""
    path = Path(os.environ.get("IMDB_ARCHIVE") or SHARED_ARCHIVE)
    if not path.exists():
        pytest.skip("no IMDb archive here: set IMDB_ARCHIVE to aclImdb_v1.tar.gz")
    return path
