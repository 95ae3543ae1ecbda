"""Storage of the dashboard's tables: uploads, stored by their digest, and the server's own folders.

Nothing here depends on a browser session: a stored upload remains until it is removed.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from sentiment.errors import ConfigError, TableError
from sentiment.system import locks, storage
from sentiment.wording import listed

MAXIMUM_MEGABYTES = 200
TABLE_TYPES = ("csv", "tsv", "tab", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "parquet", "jsonl", "ndjson", "json")
ALLOWED_FOLDERS = "SENTIMENT_ALLOWED_FOLDERS"
KEEP_VARIABLE = "SENTIMENT_KEEP_UPLOADS_DAYS"
_KEEP_DAYS = 30
_DAY = 24 * 3600
_LARGEST_STEP = 3600.0  # seconds; a larger step means that the clock has been set
_LONGEST_NAME = 100  # in bytes, the limit of file systems


def keep_upload(name: str, content: memoryview) -> Path:
    """Store uploaded bytes under their digest and return the path; storing the same bytes and name has no effect.

    Raises:
        TableError: there are none, or more than MAXIMUM_MEGABYTES.
    """
    if not content.nbytes:
        raise TableError(f"{safe_name(name)} is empty.")
    if content.nbytes > MAXIMUM_MEGABYTES * 2**20:
        raise TableError(
            f"{safe_name(name)} has {content.nbytes / 2**20:.0f} MB; an upload may have {MAXIMUM_MEGABYTES}. "
            "Split it, save it as Parquet, or score it with scripts/score.py."
        )
    path = _folder() / hashlib.sha256(content).hexdigest() / safe_name(name)
    if not path.exists():
        for folder in (_folder(), path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locks.held(path.parent / ".lock", wait=True):  # another session may store the same
            storage.remove_interrupted(path)
            with storage.written_whole(path) as temporary:
                temporary.write_bytes(content)
            path.chmod(0o600)  # a user's reviews, readable only by the owner of the server
    os.utime(path.parent)  # the folder's age is the time since its last use
    return path


def safe_name(name: str) -> str:
    """Return the last part of a file name sent by the browser, valid on any file system, with its extension."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r'[\x00-\x1f\x7f<>:"|?*/]', "_", last).strip(" .") or "table"
    stem, dot, suffix = clean.rpartition(".")
    return f"{_cut(stem, _LONGEST_NAME)}{dot}{_cut(suffix, 10)}" if dot else _cut(clean, _LONGEST_NAME)


def _cut(name: str, size: int) -> str:
    """Return the beginning of the name, up to `size` bytes of UTF-8, without splitting a character."""
    return name.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def keep_days() -> int:
    """Return how many days an upload without a job is kept: SENTIMENT_KEEP_UPLOADS_DAYS, or 30."""
    value = os.environ.get(KEEP_VARIABLE, "").strip()
    if value and not value.isdecimal():
        raise ConfigError(f'{KEEP_VARIABLE} is "{value}"; it must be a whole number of days.')
    return int(value) if value else _KEEP_DAYS


def allowed_folders() -> list[Path]:
    """Return the folders that users may read tables from: SENTIMENT_ALLOWED_FOLDERS, split like PATH."""
    named = os.environ.get(ALLOWED_FOLDERS, "").split(os.pathsep)
    return [storage.expanded(name).resolve() for name in named if name.strip()]


def named_path(typed: str, *, anywhere: bool, folders_too: bool = False) -> Path:
    """Return the file that a user named; with `folders_too`, a folder is allowed as well.

    If the server's owner has configured folders, the path must be in one of them. If not, it may be `anywhere` if that
    is True, which is for a dashboard that only this machine reaches.

    Raises:
        TableError: the path is not allowed, or does not exist.
    """
    if anywhere and not allowed_folders():
        return _existing(storage.expanded(typed.strip()), folders_too)
    return allowed_path(typed, folders_too=folders_too)


def allowed_path(typed: str, *, folders_too: bool = False) -> Path:
    """Return the file that a user named, with links and `..` resolved, relative to the first allowed folder.

    Raises:
        TableError: it is in no allowed folder, whether it exists or not, or is not a file.
    """
    folders = allowed_folders()
    try:
        path = (folders[0] / typed.strip()).resolve() if folders else None
    except (OSError, RuntimeError, ValueError):
        path = None
    if path is None or not any(path.is_relative_to(folder) for folder in folders):
        allowed = (
            f"the allowed ones are {listed([str(folder) for folder in folders])}" if folders else "none is allowed"
        )
        raise TableError(f'"{typed}" is not in a folder that tables may be read from: {allowed}.')
    return _existing(path, folders_too)


def _existing(path: Path, folders_too: bool) -> Path:
    try:
        found = path.is_file() or (folders_too and path.is_dir())
    except (OSError, ValueError):  # an invalid file name
        found = False
    if not found:
        raise TableError(f"There is no file {path}.")
    return path.absolute()


def remove(path: Path, used: Collection[Path]) -> None:
    """Remove a stored upload unless it is in `used`; a file that was not uploaded is kept."""
    if _is_kept(path) and path not in used:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the same bytes are still stored under another name
            path.parent.rmdir()


def remove_unused(used: Collection[Path]) -> None:
    """Remove stored uploads that are not in `used` and were last uploaded more than `keep_days` ago.

    Nothing is removed once the clock has been set while this process ran, since ages are then unknown.
    """
    if abs(_clock_offset() - _OFFSET_AT_START) > _LARGEST_STEP:
        return
    for folder in _folder().glob("*"):
        with contextlib.suppress(OSError):  # another session may remove it at the same time
            if time.time() - folder.stat().st_mtime > keep_days() * _DAY:
                for path in list(folder.iterdir()):
                    remove(path, used)


def _clock_offset() -> float:
    """Return the seconds by which the wall clock is ahead of a monotonic clock that also runs during sleep."""
    steady = time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
    return time.time() - steady


_OFFSET_AT_START = _clock_offset()


def _folder() -> Path:
    return storage.home() / "tables"


def _is_kept(path: Path) -> bool:
    return path.parent.parent == _folder()
