"""Binary workbooks (.xlsb) whose cells are in a short form, which the reader would leave out without a word.

A sheet is a sequence of records (Microsoft, *[MS-XLSB]: Excel Binary File Format*, 2.1.4): a type and a length, both in
seven bits a byte, then the content. A cell of the short form lacks its column, since it follows the one before it.
"""

import itertools
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_SHEETS = "xl/worksheets/"
_SHORT_CELLS = range(12, 19)
_SAMPLE = 10_000
_LAST_BIT = 0x80
_MOST_BYTES_OF_TYPE, _MOST_BYTES_OF_LENGTH = 2, 4


def has_short_cells(path: Path) -> bool:
    """Return whether the first records of a sheet have cells of the short form; False for other kinds of files."""
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = [name for name in archive.namelist() if name.startswith(_SHEETS) and name.endswith(".bin")]
            return any(map(_has_short_cells, map(archive.open, sheets)))
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError):  # the reader says what is wrong
        return False


def _has_short_cells(sheet: IO[bytes]) -> bool:
    with sheet:
        return any(kind in _SHORT_CELLS for kind in itertools.islice(_kinds(sheet), _SAMPLE))


def _kinds(sheet: IO[bytes]) -> Iterator[int]:
    """Yield the type of each record."""
    while (kind := _number(sheet, _MOST_BYTES_OF_TYPE)) is not None:
        yield kind
        sheet.seek(_number(sheet, _MOST_BYTES_OF_LENGTH) or 0, 1)


def _number(sheet: IO[bytes], most_bytes: int) -> int | None:
    """Return the next number, of at most so many bytes; None at the end."""
    found = None
    for place in range(most_bytes):
        if not (byte := sheet.read(1)):
            break
        found = (found or 0) | (byte[0] & ~_LAST_BIT) << (7 * place)
        if not byte[0] & _LAST_BIT:
            break
    return found
