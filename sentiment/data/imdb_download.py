"""Download and verify the public IMDb archive, or find an existing copy."""

import os
from collections.abc import Callable
from pathlib import Path

import pooch
import requests

from sentiment.errors import DataError
from sentiment.system import locks
from sentiment.system.storage import expanded, home, written_whole

ARCHIVE_NAME = "aclImdb_v1.tar.gz"
ARCHIVE_URL = f"https://ai.stanford.edu/~amaas/data/sentiment/{ARCHIVE_NAME}"
ARCHIVE_MD5 = "7c2ac02c03563afcf9b574c7e56c153a"
_CHUNK_BYTES = 1 << 16
_INSTEAD = "Try again, or set IMDB_ARCHIVE to a copy of the archive on this machine."


def find_imdb() -> Path | None:
    """Return the IMDb data on this machine: `IMDB_ARCHIVE`, else the archive in the default directory, else None.

    Raises DataError if IMDB_ARCHIVE refers to something that does not exist.
    """
    if named := os.environ.get("IMDB_ARCHIVE"):
        path = expanded(named).absolute()
        if not path.exists():
            raise DataError(f"IMDB_ARCHIVE is set to {path}, which does not exist; correct it or unset it.")
        return path
    path = usual_directory() / ARCHIVE_NAME
    return path if path.exists() else None


def usual_directory() -> Path:
    """Return the default directory, where `download` stores the archive and `find_imdb` looks for it."""
    return home() / "data"


def download(
    destination: Path,
    report: Callable[[int, int], None] = lambda done, total: None,
    *,
    url: str = ARCHIVE_URL,
    md5: str = ARCHIVE_MD5,
) -> Path:
    """Download the archive into the directory `destination` and return its path; an existing verified copy is kept.

    `report` is called with the bytes done and in total (0 if the server does not send a length). The file gets its
    final name only after its MD5 has been verified, so an interrupted download is never mistaken for the archive; the
    next one starts over. Raises DataError, and StorageError during another download of it.
    """
    archive = destination / url.rsplit("/", 1)[-1]
    try:
        if archive.is_file() and pooch.file_hash(str(archive), alg="md5") == md5:
            return archive
        with locks.output_held(archive), written_whole(archive) as partial:
            _fetch(url, partial, report)
            if (found := pooch.file_hash(str(partial), alg="md5")) != md5:
                raise DataError(f"The file from {url} is not the archive (MD5 {found}, expected {md5}). {_INSTEAD}")
    except requests.RequestException as error:
        raise DataError(f"The download of {url} failed: {_reason(error)}. {_INSTEAD}") from error
    except OSError as error:
        raise DataError(f"{archive} cannot be written: {error.strerror or error}.") from error
    return archive


class _Progress:
    """The progress bar interface of pooch: passes the bytes on to `report`."""

    def __init__(self, report: Callable[[int, int], None]) -> None:
        self.total = 0
        self._done = 0
        self._report = report

    def update(self, count: int) -> None:
        self._done = min(self._done + count, self.total) if self.total else self._done + count
        self._report(self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def _fetch(url: str, partial: Path, report: Callable[[int, int], None]) -> None:
    # Without this header some servers send the .tar.gz as a content encoding, and it would be stored decompressed.
    fetch = pooch.HTTPDownloader(
        progressbar=_Progress(report), chunk_size=_CHUNK_BYTES, headers={"Accept-Encoding": "identity"}
    )
    fetch(url, str(partial), None)


def _reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}".rstrip()
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    return "the server cannot be reached from this machine"
