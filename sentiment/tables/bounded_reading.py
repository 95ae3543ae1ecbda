"""Open a stranger's Excel file, Parquet file or JSON document in a process with bounds on memory and time.

Their readers take as much memory as a file says, and can end the process they run in. `reading_process` is
what runs there: it reads the file once, and of a workbook it writes the sheet's rows for the caller to read instead.

Delimited text and JSON Lines need no such process for their memory: they are read line by line, a line has a greatest
length (`encoding.longest_line`), and no more than some megabytes are looked at together. They take time, though, in
proportion to their size. A command may take it, while the dashboard looks at a large table of any format in this
process, as others wait meanwhile.
"""

import json
import os
import tempfile
import weakref
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import IO

from sentiment.errors import TableError
from sentiment.system import bounded
from sentiment.tables.rows import ReadOptions

_PROCESS = "sentiment.tables.reading_process"
# An empty text is three bytes of JSON and some hundreds in memory; a line of text may be two bytes.
_SMALL = 2 << 20
_SMALL_PACKED = 20 << 10


class KeptFile:
    """A file without a name that lasts as long as this object."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        weakref.finalize(self, self.file.close)


def extracted_sheet(path: Path, options: ReadOptions) -> KeptFile:
    """The rows of a workbook's sheet, as `excel_rows.write_sheet` writes them.

    Raises TableError when the workbook is damaged, locked, empty, or takes more memory or time than it may.
    """
    _refuse_inflated(path)
    kept = KeptFile()
    _read("excel", path, options, kept.file)
    return kept


def check_parquet(path: Path) -> None:
    """Raise TableError when a Parquet file is damaged, or takes more memory or time to read than it may."""
    _check("parquet", path, ReadOptions(), path.stat().st_mtime_ns, path.stat().st_size)


def check_document(path: Path, options: ReadOptions) -> None:
    """Raise TableError when a JSON document is damaged, or takes more memory or time to read than it may.

    A small one takes little, whatever is in it, and is not read here.
    """
    if path.stat().st_size > _SMALL:
        _check("json", path, options, path.stat().st_mtime_ns, path.stat().st_size)


def is_quickly_read(path: Path) -> bool:
    """Whether a file takes little time, whatever is in it; packed formats hold a thousand times their size."""
    with path.open("rb") as file:
        start = file.read(4)
    most = _SMALL_PACKED if start == b"PK\x03\x04" else 0 if start == b"PAR1" else _SMALL
    return path.stat().st_size <= most


def answered(process: str, arguments: Sequence[str], path: Path) -> bytes:
    """What a module that works by `bounded.exit_code` writes to standard output about the file at `path`.

    Raises TableError when the file cannot be read, or takes more memory or time than it may.
    """
    kept = KeptFile()
    _run(process, arguments, path, kept.file)
    kept.file.seek(0)
    return kept.file.read()


def previewed(path: Path, options: ReadOptions) -> bytes | None:
    """What `preview.preview` finds out about a table, as JSON; None for one that is quickly read, not read here.

    Raises TableError when the table cannot be read, or takes more memory or time than it may.
    """
    if not path.is_file() or is_quickly_read(path):
        return None
    return answered(_PROCESS, _arguments("preview", path, options), path)


@lru_cache(maxsize=64)
def _check(kind: str, path: Path, options: ReadOptions, changed: int, size: int) -> None:
    with Path(os.devnull).open("wb") as nowhere:
        _read(kind, path, options, nowhere)


def _read(kind: str, path: Path, options: ReadOptions, output: IO[bytes]) -> None:
    _run(_PROCESS, _arguments(kind, path, options), path, output)


def _arguments(kind: str, path: Path, options: ReadOptions) -> list[str]:
    return [kind, str(path), json.dumps(asdict(options))]


def _run(process: str, arguments: Sequence[str], path: Path, output: IO[bytes]) -> None:
    outcome, said = bounded.run_bounded(process, arguments, output)
    if outcome == "done":
        return
    gigabytes = bounded.memory_limit() / 2**30
    sentences = {
        "refused": said,
        "memory": f"{path.name} takes more than {gigabytes:.1f} GB of memory to read; split it or save it as CSV. "
        f"({bounded.MEMORY_VARIABLE} sets the limit.)",
        "time": f"{path.name} takes longer than {bounded.seconds_limit()} seconds to read; split it or save it as CSV. "
        f"({bounded.SECONDS_VARIABLE} sets the limit.)",
        "failed": f"{path.name} is damaged and cannot be read; save it again, or as CSV.",
    }
    raise TableError(sentences[outcome])


def _refuse_inflated(path: Path) -> None:
    """Raise TableError when a zip archive says that it unpacks to more than may be held in memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return  # an old .xls, or damaged: its reader says so
    if size > bounded.memory_limit():
        raise TableError(
            f"{path.name} unpacks to {size / 2**30:.1f} GB, more than the {bounded.memory_limit() / 2**30:.1f} GB that "
            "reading may take; split it or save it as CSV."
        )
