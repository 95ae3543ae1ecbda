"""Where the tables lie that the dashboard scores: uploads, kept whole by their digest, and the server's own folders.

Nothing here depends on a browser session: a kept upload stays until it is removed.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from sentiment.errors import TableError
from sentiment.system import storage
from sentiment.wording import listed

MAXIMUM_MEGABYTES = 200
TABLE_TYPES = ("csv", "tsv", "txt", "xlsx", "xls", "parquet", "jsonl", "json")
ALLOWED_FOLDERS = "SENTIMENT_ALLOWED_FOLDERS"
UNUSED_SECONDS = 7 * 24 * 3600
_LONGEST_NAME = 100


def keep_upload(name: str, content: memoryview) -> Path:
    """Keep uploaded bytes under their digest and return where; the same bytes and name again change nothing.

    Raises TableError when there are none, or more than MAXIMUM_MEGABYTES.
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
        with storage.written_whole(path) as temporary:
            temporary.write_bytes(content)
    os.utime(path.parent)  # the folder's age is that of its last use
    return path


def safe_name(name: str) -> str:
    """The last part of a file's name as the browser gave it, fit for any file system; its ending stays."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r'[\x00-\x1f\x7f<>:"|?*/]', "_", last).strip(" .") or "table"
    stem, dot, suffix = clean.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix[:10]}" if dot else clean[:_LONGEST_NAME]


def allowed_folders() -> list[Path]:
    """The folders that the server's owner lets users read tables from: SENTIMENT_ALLOWED_FOLDERS, split as PATH is."""
    named = os.environ.get(ALLOWED_FOLDERS, "").split(os.pathsep)
    return [Path(name).expanduser().resolve() for name in named if name.strip()]


def allowed_path(typed: str) -> Path:
    """The file that a user names, with links and `..` resolved; relative to the first allowed folder.

    Raises TableError when it is in no allowed folder, whether it exists or not, or is not a file.
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
    if not path.is_file():
        raise TableError(f"There is no file {path}.")
    return path


def remove(path: Path, used: Collection[Path]) -> None:
    """Remove a kept upload unless it is among the `used` ones; a file that was not uploaded stays."""
    if _is_kept(path) and path not in used:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another name of the same bytes is still there
            path.parent.rmdir()


def remove_unused(used: Collection[Path]) -> None:
    """Remove kept uploads that are not among the `used` ones and were last uploaded a week ago or more."""
    for folder in _folder().glob("*"):
        if time.time() - folder.stat().st_mtime > UNUSED_SECONDS:
            for path in list(folder.iterdir()):
                remove(path, used)


def _folder() -> Path:
    return storage.home() / "tables"


def _is_kept(path: Path) -> bool:
    return path.parent.parent == _folder()
