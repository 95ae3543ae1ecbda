"""Text files of any encoding as lines: detect the encoding, and preserve bytes that are invalid in it.

Bytes that cannot be decoded become marks (lone low surrogates, U+DC00 + byte), so nothing is lost: `has_marks` detects
them, `without_marks` displays them as Windows-1252 would. A line too long to be held in memory is read as a special
mark, and the lines below it are read normally: reading line by line needs no more memory than `longest_line` allows,
whatever the file contains.
"""

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO, TypeVar

from charset_normalizer import from_bytes

from sentiment.errors import TableError
from sentiment.system import bounded

Item = TypeVar("Item")
_SAMPLE = 1 << 16
_STRAY_ZEROS = 4
_QUOTED = re.compile(r'"[^"]*+"')
_LINE_END = re.compile(r"\r\n|\r|\n")
_REGULAR_SHARE, _KANA_SHARE = 0.95, 0.2
# Control characters that occur in text only by accident; the others end lines or separate fields.
_CONTROLS = bytes([*range(0x03, 0x09), *range(0x0E, 0x1C)])
_MOST_CONTROLS = 0.03  # as a share of all bytes; in random bytes it is 0.08
_MARK = re.compile("[\udc00-\udcff]+")
_TOO_LONG = "\udbff"  # represents the line; decoded text never contains this character
_PIECE = 1 << 20
_LONGEST_CHARACTER = 4  # bytes of UTF-8
# Split into fields of two letters, or parsed as JSON, a character takes up to 40 bytes, plus copies of the line.
_MEMORY_SHARE = 64
_SAMPLE_CHARACTERS = 2_000_000
_HANDLER = "sentiment.mark"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, since it starts with that mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_ORDER = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}
# Code pages of DOS, mainframes and early printers, in which no reviews are exported.
_DOS_PAGES = (37, 273, 424, 437, 500, 720, 737, 775, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 864, 865, 866)
_OF_TERMINALS = [
    *(f"cp{page}" for page in (*_DOS_PAGES, 869, 875, 1006, 1026, 1125, 1140)),
    *("cp037", "hp_roman8", "johab", "kz1048", "ptcp154"),
]
# Python's codecs for host names and source code, which are not file encodings.
_NOT_OF_FILES = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "unicode_escape"})


@dataclass(frozen=True)
class Encoding:
    """A codec's name, whether the file begins with a byte order mark, and what ends its lines.

    `line_end` is "\\n" if a lone carriage return is content, "" if it ends a line, as in files of classic Mac OS.
    """

    name: str
    bom: bool
    line_end: Literal["", "\n"] = ""


def find_encoding(path: Path, asked: str | None) -> Encoding:
    """Return the encoding of a text file: as requested, or from its byte order mark, or from its bytes.

    Raises TableError when the requested encoding does not exist or the file is not text.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    name, bom = _name(path, start, asked)
    text = start.decode(name, errors="ignore")
    return Encoding(name, bom, "\n" if _is_return_content(text) else "")


def _is_return_content(text: str) -> bool:
    """Return whether a lone carriage return is content: most lines end otherwise, and it ends no row like theirs."""
    alone = text.count("\r") - text.count("\r\n")
    if text.count("\n") < max(1, alone):
        return False
    text = _QUOTED.sub("", text) if alone else text
    first = _LINE_END.split(text, maxsplit=1)[0]
    delimiter = max(",;\t|", key=first.count)
    fields = first.count(delimiter)
    if not alone or not fields:
        return True
    rows, lines = _LINE_END.split(text)[:-1], text.split("\n")[:-1]
    alike = sum(row.count(delimiter) == fields for row in rows if row)
    return alike < _REGULAR_SHARE * len(list(filter(None, rows))) or all(
        line.count(delimiter) == fields for line in lines
    )


def first_text(path: Path, start: bytes, asked: str | None) -> str:
    """Return a file's first bytes as text, to detect its kind: UTF-16 and UTF-32 are decoded, others read as UTF-8.

    Raises TableError when the requested encoding does not exist or the file is not text.
    """
    name = _name(path, start, asked)[0] if asked else _wide(path, start) or "utf-8"
    return start.decode(name, errors="replace").lstrip("\ufeff")


def _wide(path: Path, start: bytes) -> str | None:
    """Return the codec from the byte order mark, or UTF-16 from its zero bytes; None if there is neither."""
    return next((name for mark, name in _BOMS if start.startswith(mark)), None) or _utf16_by_zeros(path, start)


def _name(path: Path, start: bytes, asked: str | None) -> tuple[str, bool]:
    """Return the codec's name, and whether the file begins with its mark."""
    bom = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    if asked is not None:
        known = _known(asked)
        if bom is not None and _family(known) == _family(bom):
            return (bom if known in _WITHOUT_ORDER else known), True
        # Without a mark, most files have the byte order of most machines.
        return _WITHOUT_ORDER.get(known, known), False
    if bom is not None:
        return bom, True
    wide = _utf16_by_zeros(path, start)
    if wide is None and _is_binary(start):
        raise no_table(path)
    return wide or _by_bytes(path), False


def _is_binary(start: bytes) -> bool:
    """Return whether the first bytes of a file are not text: many control characters, and not valid UTF-8."""
    if len(start.translate(None, _CONTROLS)) >= (1 - _MOST_CONTROLS) * len(start):
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(start) - error.start >= _LONGEST_CHARACTER
    return False


def no_table(path: Path) -> TableError:
    """Return the error for a file that cannot be a table at all."""
    return TableError(f"{path.name} is not a table. Give a CSV, TSV, Excel, Parquet or JSON Lines file.")


def longest_line() -> int:
    """Return the maximum characters of a line, so that reading it stays within the memory limit of `bounded`."""
    return bounded.memory_limit() // _MEMORY_SHARE


def lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """Yield the lines of a text file with their endings (LF or CR LF, or CR as well), without byte order marks.

    A line of more than `longest_line` characters is replaced by a mark.
    """
    longest, ends = longest_line(), encoding.line_end or "\r\n"
    with _opened(path, encoding) as file:
        for line in iter(partial(file.readline, longest), ""):
            whole = line if len(line) < longest - 1 or line[-1] in ends else _skipped(file, ends)
            # Byte order marks are at the start, sometimes twice, and where files were concatenated.
            if text := whole.lstrip("\ufeff") if whole[0] == "\ufeff" else whole:
                yield text


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
    return path.open(encoding=encoding.name, errors=_HANDLER, newline=encoding.line_end)


def _skipped(file: TextIO, ends: str) -> str:
    """Skip the rest of a line; return the mark that represents the line."""
    while (piece := file.readline(_PIECE)) and piece[-1] not in ends:
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


def _known(name: str) -> str:
    try:
        "".encode(name)  # rejects codecs that are not for text
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if not known or known in _NOT_OF_FILES:
        raise TableError(f'There is no text encoding "{name}"; use a name such as utf-8, utf-16 or cp1252.')
    return known


def _family(name: str) -> str:
    return codecs.lookup(name).name[:6]  # "utf-16-le" and "utf-16" are equal here


def _utf16_by_zeros(path: Path, start: bytes) -> str | None:
    """Return UTF-16 without a mark: in Western text, every other byte is zero. Other zeros mean it is not text."""
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
    """Return UTF-8 unless more lines contradict it than support it; then the result of charset-normalizer."""
    fitting = unfitting = 0
    foreign = bytearray()
    with path.open("rb") as file:
        for line in iter(partial(file.readline, _PIECE), b""):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                fitting += 1
            except UnicodeDecodeError as error:
                if len(line) == _PIECE and _is_cut(error):
                    continue
                unfitting += 1
                foreign += line[: max(0, _SAMPLE - len(foreign))]
    return "utf-8" if fitting >= unfitting else _foreign_encoding(bytes(foreign))


def _is_cut(error: UnicodeDecodeError) -> bool:
    """Return whether the error is only because a piece of a line begins or ends inside a character."""
    return error.start < _LONGEST_CHARACTER or len(error.object) - error.start < _LONGEST_CHARACTER


def _foreign_encoding(sample: bytes) -> str:
    """Return the encoding of bytes that are not UTF-8: by charset-normalizer, or by plausibility as Western text."""
    for japanese in ("cp932", "euc_jp"):
        if _has_kana(sample, japanese):
            return japanese
    best = from_bytes(sample, cp_exclusion=_OF_TERMINALS).best()
    if best is not None and not _is_latin(str(best)):
        return best.encoding
    # Short Western text fits many encodings equally well; Windows-1252 is by far the most frequent of them.
    names = ["cp1252", "mac_roman", "cp1250", "iso8859_2", *([best.encoding] if best else [])]
    return max(names, key=lambda name: _plausibility(sample.decode(name, "replace")))


def _has_kana(sample: bytes, codec: str) -> bool:
    """Return whether the bytes, decoded by the codec, have many hiragana, as Japanese has and random text has not."""
    try:
        text = sample[: sample.rfind(b"\n")].decode(codec)
    except UnicodeDecodeError:
        return False
    beyond = [char for char in text if not char.isascii()]
    return sum("\u3041" <= char <= "\u3096" for char in beyond) > _KANA_SHARE * len(beyond) > 0


def _is_latin(text: str) -> bool:
    """Return whether all letters beyond ASCII, if any, are Latin ones."""
    letters = [char for char in text if not char.isascii() and char.isalpha()]
    return 2 * sum("LATIN" in unicodedata.name(char, "LATIN") for char in letters) >= len(letters)


def _plausibility(text: str) -> int:
    """Return how plausible the characters beyond ASCII are as Western text: the sum of `_fits`."""
    beyond = (place for place, char in enumerate(text) if not char.isascii())
    return sum(_fits(text[max(0, place - 1) : place], text[place], text[place + 1 : place + 2]) for place in beyond)


def _fits(before: str, char: str, after: str) -> int:
    """Return 1 if a character fits between its neighbours ("" at an edge), -1 if it does not, 0 if it may do either."""
    inside = before.isalpha() and after.isalpha()
    if char in "’‘“”–—…€£":
        return 1 if char == "’" or not inside else 0
    if unicodedata.category(char) in ("Cc", "Cn", "Co") or char == "\ufffd":
        return -1
    if char.isalpha():
        if "LATIN" not in unicodedata.name(char, ""):
            return -1
        return -1 if char.isupper() and before.islower() else int(before.isalpha() or after.isalpha())
    return -1 if inside else 0
