"""Detects the encoding of a text file, and whether a lone carriage return ends its lines."""

import codecs
import re
import unicodedata
from functools import partial
from pathlib import Path

from charset_normalizer import from_bytes

from sentiment.errors import TableError
from sentiment.tables.formats.encoding import PIECE, RECORD_SEPARATOR, UNIT_SEPARATOR, UNUSUAL_ENDS, Encoding, no_table

_SAMPLE = 1 << 16
_LONGEST_CHARACTER = 4  # bytes of UTF-8
_STRAY_ZEROS = 4
_FEWEST_BYTES = 16  # fewer bytes of UTF-16 can be valid UTF-8 by chance
_QUOTED = re.compile(r'"[^"]*+"')
_LINE_END = re.compile(r"\r\n|\r|\n")
_REGULAR_SHARE, _KANA_SHARE = 0.95, 0.2
_FEWEST_ASCII_ROWS = 3
# Control characters that occur in text only by accident; the others end lines or separate fields.
_CONTROLS = bytes([*range(0x03, 0x09), *range(0x0E, 0x1C)])
_MOST_CONTROLS = 0.03  # as a share of all bytes; in random bytes it is 0.08
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


def find_encoding(path: Path, asked: str | None) -> Encoding:
    """Return the encoding of a text file: as requested, or from its byte order mark, or from its bytes.

    Raises TableError when the requested encoding does not exist or the file is not text.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    mark, name, bom = _mark_and_name(path, start, asked)
    text = start[mark:].decode(name, errors="ignore")
    return Encoding(name, bom, _line_end(text), mark)


def _line_end(text: str) -> str:
    """Return what ends the lines of a text, as in `Encoding.line_end`."""
    lines = text.lstrip().rstrip("\r\n")
    if _is_ascii_table(lines):
        return RECORD_SEPARATOR
    if "\n" not in lines and "\r" not in lines:
        for end in UNUSUAL_ENDS:
            # A JSON document may have such a character inside its texts.
            if lines.count(end) > 1 and (lines[0] not in "{[" or f"}}{end}{{" in lines):
                return end
    return "\n" if _is_return_content(text) else ""


def _is_ascii_table(text: str) -> bool:
    """Return whether the record separator of ASCII ends rows that its unit separator divides into equally many cells.

    The last row may be cut off, and blank.
    """
    *rows, last = text.split(RECORD_SEPARATOR)
    widths = [row.count(UNIT_SEPARATOR) for row in rows]
    if not rows or not widths[0] or last.count(UNIT_SEPARATOR) > widths[0]:
        return False
    # In a text of another kind of table, they are by chance.
    is_first = UNIT_SEPARATOR in _LINE_END.split(text, maxsplit=1)[0]
    is_sure = is_first or len(rows) >= _FEWEST_ASCII_ROWS
    return is_sure and widths.count(widths[0]) >= _REGULAR_SHARE * len(widths)


def _is_return_content(text: str) -> bool:
    """Return whether a lone carriage return is content: most lines end otherwise, and it ends no row like theirs."""
    alone = text.count("\r") - text.count("\r\n")
    if text.count("\n") < max(1, alone):
        return False
    text = _QUOTED.sub("", text) if alone else text
    if alone and "\n" not in text.rstrip("\r\n"):
        return False
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
    if asked:
        mark, name, _ = _mark_and_name(path, start, asked)
    else:
        mark, marked = _marked(start)
        name = marked or _utf16_by_zeros(path, start) or "utf-8"
    return start[mark:].decode(name, errors="replace").lstrip("\ufeff")


def _mark_and_name(path: Path, start: bytes, asked: str | None) -> tuple[int, str, bool]:
    """Return the length of another encoding's mark before the text, the codec, and whether there is any mark."""
    mark, bom = _marked(start)
    if asked is not None:
        known = _known(asked)
        if bom is not None and _family(known) == _family(bom):
            return mark, (bom if known in _WITHOUT_ORDER else known), True
        # Without a mark, most files have the byte order of most machines.
        return 0, _WITHOUT_ORDER.get(known, known), False
    if bom is not None:
        return mark, bom, True
    wide = _utf16_by_zeros(path, start)
    if wide is None and _is_binary(start):
        raise no_table(path)
    return 0, wide or _by_bytes(path), False


def _marked(start: bytes) -> tuple[int, str | None]:
    """Return the length of a mark that is not the text's own, and the codec that the marks state, None without marks.

    Programs that add a mark to whatever they copy write that of UTF-8 before UTF-16, and that of UTF-16 before UTF-8.
    """
    bom = _bom(start)
    if bom == "utf-8":
        rest = start[len(codecs.BOM_UTF8) :]
        if inner := _bom(rest) or _order_by_zeros(rest):
            return (0 if inner == bom else len(codecs.BOM_UTF8)), inner
    if bom in ("utf-16-le", "utf-16-be") and _is_utf8(start[len(codecs.BOM_UTF16) :]):
        return len(codecs.BOM_UTF16), "utf-8"
    return 0, bom


def _bom(start: bytes) -> str | None:
    return next((name for mark, name in _BOMS if start.startswith(mark)), None)


def _is_utf8(text: bytes) -> bool:
    """Return whether the bytes, apart from a character cut at their end, are UTF-8 text without any zero byte.

    UTF-16 text has zero bytes in its line endings and delimiters, if in nothing else.
    """
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(text) - error.start >= _LONGEST_CHARACTER:
            return False
    return len(text) >= _FEWEST_BYTES and 0 not in text


def _is_binary(start: bytes) -> bool:
    """Return whether the first bytes of a file are not text: many control characters, and not valid UTF-8."""
    if len(start.translate(None, _CONTROLS)) >= (1 - _MOST_CONTROLS) * len(start):
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(start) - error.start >= _LONGEST_CHARACTER
    return False


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
    """Return UTF-16 without a mark, from its zero bytes; other zeros mean that the file is not text."""
    order = _order_by_zeros(start)
    if order is None and start.count(0) > max(_STRAY_ZEROS, 0.01 * len(start)):
        raise no_table(path)
    return order


def _order_by_zeros(start: bytes) -> str | None:
    """Return UTF-16 with its byte order if every other byte is zero, as in Western text; else None."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 0.3 * len(start) / 2 and odd > 10 * even:
        return "utf-16-le"
    if even > 0.3 * len(start) / 2 and even > 10 * odd:
        return "utf-16-be"
    return None


def _by_bytes(path: Path) -> str:
    """Return UTF-8 unless more lines contradict it than support it; then the result of charset-normalizer."""
    if _is_whole_utf8(path):
        return "utf-8"
    fitting = unfitting = 0
    foreign = bytearray()
    with path.open("rb") as file:
        for line in iter(partial(file.readline, PIECE), b""):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                fitting += 1
            except UnicodeDecodeError as error:
                if len(line) == PIECE and _is_cut(error):
                    continue
                unfitting += 1
                foreign += line[: max(0, _SAMPLE - len(foreign))]
    return "utf-8" if fitting >= unfitting else _foreign_encoding(bytes(foreign))


def _is_whole_utf8(path: Path) -> bool:
    """Return whether all bytes of a file are UTF-8, as most are; several times as fast as a check line by line."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            for piece in iter(partial(file.read, _SAMPLE), b""):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


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
