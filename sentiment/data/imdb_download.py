"""Get the public IMDb archive, verified, or find the copy that is already here."""

import os
from collections.abc import Callable
from pathlib import Path

import pooch
import requests

from sentiment.errors import DataError
from sentiment.system import locks
from sentiment.system.storage import home, written_whole

ARCHIVE_NAME = "aclImdb_v1.tar.gz"
ARCHIVE_URL = f"https://ai.stanford.edu/~amaas/data/sentiment/{ARCHIVE_NAME}"
ARCHIVE_MD5 = "7c2ac02c03563afcf9b574c7e56c153a"
_CHUNK_BYTES = 1 << 16
_INSTEAD = "Try again, or set IMDB_ARCHIVE to a copy of the archive on this machine."


def find_imdb() -> Path | None:
    """Return the IMDb data on this machine: `IMDB_ARCHIVE`, else what `download` left in its usual place, else None.

    Raises DataError when IMDB_ARCHIVE names something that does not exist.
    """
    if named := os.environ.get("IMDB_ARCHIVE"):
        path = Path(named).expanduser().absolute()
        if not path.exists():
            raise DataError(f"IMDB_ARCHIVE is set to {path}, which does not exist; correct it or unset it.")
        return path
    path = usual_directory() / ARCHIVE_NAME
    return path if path.exists() else None


def usual_directory() -> Path:
    """Where `download` puts the archive unless another place is given, and `find_imdb` looks for it."""
    return home() / "data"


def download(
    destination: Path,
    report: Callable[[int, int], None] = lambda done, total: None,
    *,
    url: str = ARCHIVE_URL,
    md5: str = ARCHIVE_MD5,
) -> Path:
    """Download the archive into the directory `destination` and return its path; a verified copy there is kept.

    `report` is called with the bytes done and the bytes in all (0 when the server does not say).
    The file gets its name only after its MD5 was found right, so an interrupted download is never
    taken for the archive; the next one starts from the beginning. Raises DataError, and StorageError
    while another download of it is under way.
    """
    archive = destination / url.rsplit("/", 1)[-1]
    try:
        if archive.is_file() and pooch.file_hash(str(archive), alg="md5") == md5:
            return archive
        with locks.output_held(archive), written_whole(archive) as partial:
            _fetch(url, partial, report)
            if (found := pooch.file_hash(str(partial), alg="md5")) != md5:
                raise DataError(f"What came from {url} is not the archive (MD5 {found}, expected {md5}). {_INSTEAD}")
    except requests.RequestException as error:
        raise DataError(f"The download of {url} failed: {_reason(error)}. {_INSTEAD}") from error
    except OSError as error:
        raise DataError(f"{archive} cannot be written: {error.strerror or error}.") from error
    return archive


class _Progress:
    """What pooch takes for a progress bar: passes the bytes on to `report`."""

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
    # Without this header some servers call the .tar.gz an encoding, and it would be stored gunzipped.
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
