"""Text files of any encoding as lines, with the bytes that are invalid in it preserved.

Bytes that cannot be decoded become marks (lone low surrogates, U+DC00 + byte), so nothing is lost: `has_marks` detects
them, `without_marks` displays them as Windows-1252 would. A line too long to be held in memory is read as a special
mark, and the lines below it are read normally: reading line by line needs no more memory than `longest_line` allows,
whatever the file contains.
"""

import codecs
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO, TypeVar

from sentiment.errors import TableError
from sentiment.system import bounded

Item = TypeVar("Item")
_MARK = re.compile("[\udc00-\udcff]+")
_TOO_LONG = "\udbff"  # represents the line; decoded text never contains this character
PIECE = 1 << 20
# Split into fields of two letters, or parsed as JSON, a character takes up to 40 bytes, plus copies of the line.
_MEMORY_SHARE = 64
_SAMPLE_CHARACTERS = 2_000_000
_HANDLER = "sentiment.mark"
# Of ASCII, after the rows and between the cells of a table.
RECORD_SEPARATOR, UNIT_SEPARATOR = "\x1e", "\x1f"
# Characters that end lines in files that have neither line feeds nor carriage returns: record separator, next line (of
# mainframes), line and paragraph separator, vertical tab, form feed.
UNUSUAL_ENDS = (RECORD_SEPARATOR, "\x85", "\u2028", "\u2029", "\v", "\f")


@dataclass(frozen=True)
class Encoding:
    """A codec's name, whether the file begins with a byte order mark, and what ends its lines.

    `line_end` is "\\n" if a lone carriage return is content, "" if it ends a line, as in files of classic Mac OS, and
    one of `UNUSUAL_ENDS` if that ends the lines: the record separator of a table with `UNIT_SEPARATOR`, whose texts may
    have line feeds, or another character if nothing else ends a line. `start` is the number of bytes before the text:
    those of a byte order mark of another encoding.
    """

    name: str
    bom: bool
    line_end: str = ""
    start: int = 0


def no_table(path: Path) -> TableError:
    """Return the error for a file that cannot be a table at all."""
    return TableError(f"{path.name} is not a table. Give a CSV, TSV, Excel, Parquet or JSON Lines file.")


def longest_line() -> int:
    """Return the maximum characters of a line, so that reading it stays within the memory limit of `bounded`."""
    return bounded.memory_limit() // _MEMORY_SHARE


def lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """Yield the lines of a text file with their endings (LF or CR LF, or CR as well), without byte order marks.

    An unusual ending is returned as LF, also if an LF or CR LF follows it. A line of more than `longest_line`
    characters is replaced by a mark.
    """
    longest, ends = longest_line(), encoding.line_end or "\r\n"
    with _opened(path, encoding) as file:
        if encoding.line_end in UNUSUAL_ENDS:
            yield from _split(file, encoding.line_end, longest)
            return
        for line in iter(partial(file.readline, longest), ""):
            whole = line if len(line) < longest - 1 or line[-1] in ends else _skipped(file, ends)
            # Byte order marks are at the start, sometimes twice, and where files were concatenated.
            if text := whole.lstrip("\ufeff") if whole[0] == "\ufeff" else whole:
                yield text


def _split(file: TextIO, end: str, longest: int) -> Iterator[str]:
    rest = ""
    while piece := file.read(PIECE):
        *whole, rest = (rest + piece).split(end)
        for line in map(_without_break if end == RECORD_SEPARATOR else str, whole):
            yield f"{line}\n" if len(line) <= longest else f"{_TOO_LONG}\n"
        if len(rest) > 2 * longest:
            rest = rest[: longest + 1]  # is too long in any case
    if rest.strip():
        yield _without_break(rest) if end == RECORD_SEPARATOR else rest


def _without_break(line: str) -> str:
    """Return a line without the LF or CR LF that followed the separator before it."""
    return line.removeprefix("\r").removeprefix("\n")


def first_lines(path: Path, encoding: Encoding, count: int, skipped: int = 0) -> list[str]:
    """Return up to `count` lines after the `skipped` ones, to detect a format; fewer of very long ones."""
    return list(sampled(islice(lines(path, encoding), skipped, None), count, len))


def sampled(items: Iterable[Item], count: int, size: Callable[[Item], int]) -> Iterator[Item]:
    """Yield up to `count` items, and stop once they have a total `size` of two million characters."""
    left = min(_SAMPLE_CHARACTERS, longest_line() // 2)
    for item in islice(items, count):
        yield item
        left -= size(item)
        if left < 0:
            return


def whole_text(path: Path, encoding: Encoding) -> str:
    """Return the whole text of a file, without leading byte order marks, however long its lines are."""
    with _opened(path, encoding) as file:
        return file.read().lstrip("\ufeff")


def _opened(path: Path, encoding: Encoding) -> TextIO:
    file = path.open("rb")
    file.seek(encoding.start)
    return io.TextIOWrapper(file, encoding=encoding.name, errors=_HANDLER, newline=_newline(encoding.line_end))


def _newline(line_end: str) -> str:
    return "\n" if line_end in UNUSUAL_ENDS else line_end


def _skipped(file: TextIO, ends: str) -> str:
    """Skip the rest of a line; return the mark that represents the line."""
    while (piece := file.readline(PIECE)) and piece[-1] not in ends:
        pass
    return _TOO_LONG + piece[-1:]


def is_too_long(line: str) -> bool:
    """Return whether the line is the mark for one of more than `longest_line` characters."""
    return line.startswith(_TOO_LONG)


def damage(line: str) -> str:
    """Return what is wrong with a line that `has_marks`, as the end of a sentence that begins with the line."""
    if is_too_long(line):
        return f"has more than {longest_line():,} characters ({bounded.MEMORY_VARIABLE} sets the limit)"
    return "has bytes that do not fit the file's encoding"


def has_marks(line: str) -> bool:
    """Return whether some bytes of the line could not be decoded."""
    if line.isascii():
        return False
    try:
        line.encode()  # many times faster than a search; decoded text has no other lone surrogates
    except UnicodeEncodeError:
        return True
    return False


def without_marks(text: str) -> str:
    """Return the text with undecodable bytes shown as Windows-1252 characters (Latin-1 if that has none)."""
    shown = text.replace(_TOO_LONG, "")
    return _MARK.sub(lambda match: "".join(_shown(ord(char) - 0xDC00) for char in match.group()), shown)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _mark)


def _shown(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
