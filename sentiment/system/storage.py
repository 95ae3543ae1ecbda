"""The location of all state, and atomic writes of files and folders: to a temporary name, then renamed."""

import contextlib
import ctypes
import glob
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sentiment.errors import StorageError

_PACKAGE = Path(__file__).resolve().parents[1]
# The folder that contains the package: the clone, or the folder of installed packages.
PROJECT = _PACKAGE.parent
# Inside the package if it is installed, next to it in a clone.
ASSETS = _PACKAGE / "assets" if (_PACKAGE / "assets").is_dir() else PROJECT / "assets"
SHIPPED_BUNDLE = ASSETS / "shipped"
SAMPLE_TABLE = ASSETS / "sample_labelled.csv"
SAMPLE_REVIEWS = ASSETS / "sample_reviews.csv"


def home() -> Path:
    """Return the folder of all state: `SENTIMENT_HOME`, else `.sentiment` in the clone, or in the home folder."""
    place = str(PROJECT) if (PROJECT / "streamlit_app.py").exists() else "~"
    return expanded(os.environ.get("SENTIMENT_HOME") or f"{place}/.sentiment").absolute()


def expanded(path: str) -> Path:
    """Return the path with `~` and `~user` replaced; an unknown user is left as it is, as in a shell."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - the method of Path raises for unknown users


def keep_private() -> None:
    """Make the folder of all state, and files created from now on by this process and its children, private."""
    os.umask(0o077)
    with contextlib.suppress(OSError):  # a full or read-only disk is reported when something is stored
        home().mkdir(parents=True, exist_ok=True)
        home().chmod(0o700)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Add the name of the file or folder to disk errors in the block that do not state it themselves."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = str(path)
        raise


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path next to `path`, and rename it to `path` if the block succeeds.

    Readers see either the old file or the new one, never a part; if the block raises, the temporary file is removed and
    `path` is unchanged.
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
            # mkstemp creates private files; the final file follows the user's umask.
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def require_replaceable(directory: Path, names: Collection[str]) -> None:
    """Check that replacing `directory` loses nothing but files with these names.

    Raises:
        StorageError: it is a file, or a folder that holds anything else.
    """
    if directory.is_dir():
        # macOS puts a .DS_Store into each folder that is looked at.
        others = sorted({path.name for path in directory.iterdir()} - {*names, ".DS_Store"})
        others = [name for name in others if not _is_interrupted(name, names)]
        if others:
            raise StorageError(
                f"{directory} holds {others[0]}, which is not part of a model and would be lost: "
                "name a new or empty folder for the output."
            )
    elif directory.exists():
        raise StorageError(f"{directory} is a file: name a new or empty folder for the output.")


def _is_interrupted(name: str, names: Collection[str]) -> bool:
    """Whether it is the name of a file that a killed `written_whole` of one of the `names` has left."""
    return name.endswith(".partial") and any(name.startswith(f".{each}.") for each in names)


@contextmanager
def folder_written_whole(directory: Path, names: Collection[str]) -> Iterator[Path]:
    """Yield an empty folder next to `directory` for files with these `names`; it replaces it if the block succeeds.

    At every moment, either the old or the new folder exists completely. On file systems that cannot exchange two names,
    only a kill between two renames leaves neither, until `remove_interrupted` restores the old one. All users may read
    the new folder as far as its parent folder allows.

    Raises:
        StorageError: other files in `directory` would be lost; it is unchanged.
    """
    require_replaceable(directory, names)
    directory.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".partial", dir=directory.parent))
    try:
        with named(directory):
            yield staging
            for path in (staging, *staging.iterdir()):
                # mkdtemp and safetensors create private files; a bundle should be readable by others.
                path.chmod(0o755 if path.is_dir() else 0o644)
            _put_in_place(staging, directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def remove_interrupted(path: Path) -> None:
    """Remove what killed writers of the file or folder `path` left next to it; call it only while holding its lock."""
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
    """Rename `staging` to `directory`; an existing one is removed, or renamed to `staging`."""
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
    """Exchange two names atomically if the system and its file system can; return whether it was done."""
    library = ctypes.CDLL(None)
    names = os.fsencode(one), os.fsencode(other)
    try:
        if platform.system() == "Linux":
            here = -100  # AT_FDCWD: paths relative to the working directory
            return bool(library.renameat2(here, names[0], here, names[1], 2) == 0)  # RENAME_EXCHANGE
        return bool(library.renamex_np(*names, 2) == 0)  # RENAME_SWAP of macOS
    except AttributeError:
        return False


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, atomically."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as readable JSON, atomically."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
