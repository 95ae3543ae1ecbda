"""Open untrusted Excel files, Parquet files and JSON documents in a process with limits on memory and time.

The readers of these formats take as much memory as a file demands, and can crash the process they run in.
`reading_process` is the program of the separate process: it reads the file once, and for a workbook it writes the
sheet's rows, which the caller reads instead.

Delimited text and JSON Lines need no such process for their memory: they are read line by line, lines have a maximum
length (`encoding.longest_line`), and at most a few megabytes are inspected together. They do take time, in proportion
to their size. A command can spend that time itself, while the dashboard inspects a large table of any format in the
separate process, since its own thread serves other users.
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
# An empty string is three bytes of JSON and some hundred bytes in memory; a line of text can be two bytes.
_SMALL = 2 << 20
_SMALL_PACKED = 20 << 10


class KeptFile:
    """An unnamed file that exists as long as this object."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        weakref.finalize(self, self.file.close)


def extracted_sheet(path: Path, options: ReadOptions) -> KeptFile:
    """Return the rows of a workbook's sheet, as written by `excel_rows.write_sheet`.

    Raises:
        TableError: the workbook is damaged, locked or empty, or exceeds the limits on memory or time.
    """
    _refuse_inflated(path)
    kept = KeptFile()
    _read("excel", path, options, kept.file)
    return kept


def check_parquet(path: Path) -> None:
    """Check that a Parquet file can be read.

    Raises:
        TableError: it is damaged, or exceeds the limits on memory or time.
    """
    _check("parquet", path, ReadOptions(), path.stat().st_mtime_ns, path.stat().st_size)


def check_document(path: Path, options: ReadOptions) -> None:
    """Check that a JSON document can be read. A small one stays within the limits in any case and is not read here.

    Raises:
        TableError: it is damaged, or exceeds the limits on memory or time.
    """
    if path.stat().st_size > _SMALL:
        _check("json", path, options, path.stat().st_mtime_ns, path.stat().st_size)


def is_quickly_read(path: Path) -> bool:
    """Return whether reading takes little time, whatever the contents; packed formats expand a thousandfold."""
    if not path.is_file():
        return True  # the reader reports it
    with path.open("rb") as file:
        start = file.read(4)
    most = _SMALL_PACKED if start == b"PK\x03\x04" else 0 if start == b"PAR1" else _SMALL
    return path.stat().st_size <= most


def answered(process: str, arguments: Sequence[str], path: Path) -> bytes:
    """Return the standard output of a module run by `bounded.exit_code` for the file at `path`.

    Raises:
        TableError: the file cannot be read, or exceeds the limits on memory or time.
    """
    kept = KeptFile()
    _run(process, arguments, path, kept.file)
    kept.file.seek(0)
    return kept.file.read()


def previewed(path: Path, options: ReadOptions) -> bytes | None:
    """Return the result of `preview.preview` as JSON; None for a file that is quickly read, which is not read here.

    Raises:
        TableError: the table cannot be read, or exceeds the limits on memory or time.
    """
    if is_quickly_read(path):
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
    """Raise TableError if the directory of a zip archive states an unpacked size above the memory limit."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return  # an old .xls, or damaged, which its reader reports
    if size > bounded.memory_limit():
        raise TableError(
            f"{path.name} unpacks to {size / 2**30:.1f} GB, more than the {bounded.memory_limit() / 2**30:.1f} GB that "
            "reading may take; split it or save it as CSV."
        )
