"""Where state lives, and files that are written whole: to a temporary name, then renamed."""

import contextlib
import json
import os
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


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as readable JSON, whole."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
