"""Where state lives, and files and folders that are written whole: to a temporary name, then renamed."""

import contextlib
import ctypes
import glob
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parents[1]
# The folder that the package lies in: the clone, or where pip has installed it.
PROJECT = _PACKAGE.parent
# Within the package where it is installed, beside it in a clone.
ASSETS = _PACKAGE / "assets" if (_PACKAGE / "assets").is_dir() else PROJECT / "assets"
SHIPPED_BUNDLE = ASSETS / "shipped"
SAMPLE_TABLE = ASSETS / "sample_labelled.csv"
SAMPLE_REVIEWS = ASSETS / "sample_reviews.csv"


def home() -> Path:
    """Return the one folder of all state: `SENTIMENT_HOME`, else `.sentiment` in the clone, or in the home folder."""
    place = PROJECT if (PROJECT / "streamlit_app.py").exists() else Path.home()
    return Path(os.environ.get("SENTIMENT_HOME") or place / ".sentiment").expanduser().absolute()


def keep_private() -> None:
    """Let only this account read the folder of all state, and what this process and its children write from now on."""
    os.umask(0o077)
    with contextlib.suppress(OSError):  # a full or read-only disk is reported where something is to be kept
        home().mkdir(parents=True, exist_ok=True)
        home().chmod(0o700)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let an error of the disk in the block say which file or folder could not be written, where it does not itself."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends well.

    A reader sees the old file or the new one, never a part of either; when the block raises,
    the temporary file is removed and `path` is as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        with named(path):
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            # mkstemp makes private files; what we hand over follows the user's umask.
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(directory: Path) -> Iterator[Path]:
    """Give an empty folder beside `directory`, which takes its place when the block ends well.

    At every moment there is the old folder or the new one, whole; where the file system cannot exchange two names, only
    a kill between two renames leaves neither, until `remove_interrupted` brings the old one back. Everybody may read
    the new one as far as its folder can be read.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".partial", dir=directory.parent))
    try:
        with named(directory):
            yield staging
            for path in (staging, *staging.iterdir()):
                # What mkdtemp and safetensors make is private; a bundle is to be handed on.
                path.chmod(0o755 if path.is_dir() else 0o644)
            _put_in_place(staging, directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def remove_interrupted(path: Path) -> None:
    """Remove what killed writers of the file or folder `path` left beside it; to be called by whoever holds `path`."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        _remove(left)
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.old"):
        if path.exists():
            _remove(old)
        else:
            old.rename(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _put_in_place(staging: Path, directory: Path) -> None:
    """Give `staging` the name `directory`; what was there is removed, or gets the name of `staging`."""
    if not directory.exists():
        staging.rename(directory)
        return
    if _exchanged(staging, directory):
        return
    old = staging.with_suffix(".old")
    directory.rename(old)
    try:
        staging.rename(directory)
    except OSError:
        old.rename(directory)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step, where the system and its disk can."""
    library = ctypes.CDLL(None)
    names = os.fsencode(one), os.fsencode(other)
    try:
        if platform.system() == "Linux":
            here = -100  # AT_FDCWD: paths as they are
            return bool(library.renameat2(here, names[0], here, names[1], 2) == 0)  # RENAME_EXCHANGE
        return bool(library.renamex_np(*names, 2) == 0)  # RENAME_SWAP of macOS
    except AttributeError:
        return False


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as readable JSON, whole."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
