"""Text files of any encoding as lines: find the encoding out, and keep bytes that do not fit it.

Bytes that cannot be decoded come through as marks (lone low surrogates, U+DC00 + byte) and so lose
nothing: `has_marks` finds them, `without_marks` shows them as Windows-1252 would.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from sentiment.errors import TableError

_SAMPLE = 1 << 16
_STRAY_ZEROS = 4
_MARK = re.compile("[\udc00-\udcff]+")
_HANDLER = "sentiment.mark"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Encoding:
    """A codec's name, and whether the file opens with a byte order mark."""

    name: str
    bom: bool


def find_encoding(path: Path, asked: str | None) -> Encoding:
    """The encoding of a text file: as asked, or by its byte order mark, or by its bytes.

    Raises TableError when the asked-for encoding does not exist or the file is no text.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    bom = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    if asked is not None:
        return Encoding(_known(asked), bom is not None and _family(asked) == _family(bom))
    if bom is not None:
        return Encoding(bom, True)
    return Encoding(_utf16_by_zeros(path, start) or _by_bytes(path), False)


def no_table(path: Path) -> TableError:
    """The error of a file that cannot be a table at all."""
    return TableError(f"{path.name} is no table; give a CSV, TSV, Excel, Parquet or JSON Lines file.")


def lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """The lines of a text file with their ends (LF, CR LF or CR), without the byte order mark."""
    with path.open(encoding=encoding.name, errors=_HANDLER, newline="") as file:
        first = next(file, "")
        if first := first.removeprefix("\ufeff"):
            yield first
        yield from file


def has_marks(line: str) -> bool:
    """Whether some bytes of the line could not be decoded."""
    if line.isascii():
        return False
    try:
        line.encode()  # many times faster than a search; what was decoded has no other lone surrogates
    except UnicodeEncodeError:
        return True
    return False


def without_marks(text: str) -> str:
    """The text with undecodable bytes shown as Windows-1252 characters (Latin-1 where that has none)."""
    return _MARK.sub(lambda match: "".join(_shown(ord(char) - 0xDC00) for char in match.group()), text)


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
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


def _known(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise TableError(f'There is no text encoding "{name}"; use a name such as utf-8, utf-16 or cp1252.') from None
    return codecs.lookup(name).name


def _family(name: str) -> str:
    return codecs.lookup(name).name[:6]  # "utf-16-le" and "utf-16" are one


def _utf16_by_zeros(path: Path, start: bytes) -> str | None:
    """UTF-16 without a mark: in western text every other byte is zero. Zeros elsewhere are no text."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if even + odd == 0:
        return None
    if odd > 0.3 * len(start) / 2 and odd > 10 * even:
        return "utf-16-le"
    if even > 0.3 * len(start) / 2 and even > 10 * odd:
        return "utf-16-be"
    if even + odd > max(_STRAY_ZEROS, 0.01 * len(start)):
        raise no_table(path)
    return None


def _by_bytes(path: Path) -> str:
    """UTF-8 unless more lines speak against it than for it; then what charset-normalizer finds."""
    fitting = unfitting = 0
    foreign = bytearray()
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                fitting += 1
            except UnicodeDecodeError:
                unfitting += 1
                foreign += line[: max(0, _SAMPLE - len(foreign))]
    return "utf-8" if fitting >= unfitting else _foreign_encoding(bytes(foreign))


def _foreign_encoding(sample: bytes) -> str:
    matches = from_bytes(sample)
    # Short western text fits many encodings equally well; among those Windows-1252 is by far the commonest.
    best = matches.best()
    fits = {name for match in matches for name in match.could_be_from_charset}
    return "cp1252" if best is None or "cp1252" in fits else best.encoding
