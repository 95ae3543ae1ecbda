"""Files of other programs, recognised by their beginnings, each refused with a sentence that states what to do.

If they were read line by line, their markup or field names would be scored.
"""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.formats import encoding

_GZIP = b"\x1f\x8b"
_PACKED = (
    *(_GZIP, b"\x1f\x9d", b"BZh", b"\xfd7zXZ\x00"),  # compress, bzip2, xz
    *(b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18"),  # 7-Zip, RAR, zstd, LZ4
)
# Data of other programs, which their own functions write as a table that can be read: at which byte each begins, how.
_DATA: tuple[tuple[int, bytes, str], ...] = (
    (0, b"ARROW1", "an Arrow file"),
    (0, b"\xff\xff\xff\xff", "an Arrow file"),
    (0, b"FEA1", "an Arrow file"),
    (0, b"ORC", "an ORC file"),
    (0, b"Obj\x01", "an Avro file"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (8, b"DUCK", "a DuckDB database"),
    (4, b"Standard Jet DB", "an Access database"),
    (4, b"Standard ACE DB", "an Access database"),
    (0, b"HyPer", "an extract of Tableau"),
    (0, b"<stata_dta>", "a Stata file"),
    *((0, bytes([version, order, 1]), "a Stata file") for version in (105, 108, *range(110, 116)) for order in (1, 2)),
    (0, b"$FL2", "an SPSS file"),
    (0, b"$FL3", "an SPSS file"),
    (0, b"RDX", "an R file"),
    (0, b"X\n\0\0\0", "an R file"),
    (12, b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "a SAS file"),
    (0, b"HEADER RECORD*******LIB", "a SAS file"),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file"),
    (0, b"\x93NUMPY", "a NumPy file"),
    (0, b"\x89HDF", "an HDF5 file"),
    *((0, bytes([0x80, protocol]), "a Python pickle") for protocol in (2, 3, 4, 5)),
)
_R_FILES = (b"RDX", b"RDA", b"X\n\0", b"A\n")
_MOST_LINES = 400
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8")
_CARDS = ("BEGIN:VCARD", "BEGIN:VCALENDAR")
_PAGE = re.compile(
    r"(?:<!--(?:(?!-->).)*+-->\s*)*+(?:<(?:div|center|form|font|p)\b[^<>]*+>\s*)*+"
    r"<(?:!doctype|html|\?xml|table|head|meta|title|style|script|link|body|rss|feed)\b",
    re.IGNORECASE | re.DOTALL,
)
_LONE_TAG = re.compile(r"<\w[\w:.-]*(?:\s[^<>]*)?>\s*")
_SAVE_AGAIN = "Open it in a spreadsheet program and save it as .xlsx or CSV."

_AUTHOR_LINE = (
    r"[^\n,]{1,60}, \[\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}:\d\d[^\]\n]*\]\s*\n|"
    r"\S[^\n]{0,60}  \d{1,2}:\d\d [AP]M\s*\n|\[[\w./: -]{1,24}\d{1,2}:\d\d(?: [AP]M)?\] \S{1,40}\s*\n"
)

# The beginnings of files of other programs, and the message for each after the file's name.
_FOREIGN = (
    (
        # Comments with the program's name, or statements.
        re.compile(
            r"(?:--\s*)*-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|SQLite|Adminer|Host:|Dump)|/\*!\d|"
            r"(?:INSERT INTO|CREATE TABLE|DROP TABLE|BEGIN TRANSACTION|PRAGMA foreign_keys)\b|COPY [^\n]+ FROM stdin;",
            re.IGNORECASE,
        ),
        "is a dump of a database, not a table; export the table as CSV or JSON.",
    ),
    (
        re.compile(r"%PDF-"),
        "is a PDF document; export its data again as CSV, or copy its table into a spreadsheet program.",
    ),
    (
        re.compile(r"\{\\rtf"),
        "is a text document; copy its table into a spreadsheet program and save it as .xlsx or CSV.",
    ),
    (re.compile(r".{0,200}ASCII SPSS PORT FILE", re.DOTALL), "is an SPSS file; save its data as Parquet or CSV."),
    (re.compile(r"(?:\((?:lp|dp)\d*\s|ccopy_reg\n|cpandas\.)"), "is a Python pickle; save its data as Parquet or CSV."),
    (
        re.compile(r"(?:[\w.]{1,60} *(?:<-|=) *)?structure\(list\("),
        "is R code; save the data themselves with write.csv.",
    ),
    (
        re.compile(r"(?:(?:event|id|retry):[^\n]*\n|:[^\n]*\n)*data: ?[\[{]"),
        'is a stream of events; save the part after each "data:" as JSON Lines, one object per line.',
    ),
    (re.compile(r"(?:%[^\n]*\n\s*)*@relation\s", re.IGNORECASE), "is a file of Weka, not a table; save it as CSV."),
    (re.compile(r"ID;P|TABLE\r?\n0,1\r?\n"), f"is a spreadsheet of an old format. {_SAVE_AGAIN}"),
    (
        re.compile(r"\\(?:begin|documentclass|usepackage)\b"),
        "is a LaTeX document, not a table; save the table in it as CSV.",
    ),
    (
        re.compile(r"(?:From \S+ .*\n)?(?:[A-Z][\w-]+:[ \t].*\n(?:[ \t].*\n)*+){2}"),
        "is mail, not a table; save the texts as CSV, one row per review.",
    ),
    (
        re.compile(r"\[?\s*\{\s*u?'(?:[^'\\\n]|\\.)*+'\s*:"),
        "is written as Python prints it and not as JSON; save it with json.dump, or as CSV.",
    ),
    (
        re.compile(r"(?:---\s+)?-\s+\{\s*[\w-]+\s*:\s"),
        "is a file of YAML, not a table; save it as JSON, or as CSV with one row per review.",
    ),
    (re.compile(r"<\?php\b", re.IGNORECASE), "is a program, not a table; save its data as CSV or JSON."),
    (
        re.compile(r"\{\||\|\|[^\n]*\|\|\s*\n\|"),
        "is a table as a wiki writes it; copy it into a spreadsheet program and save it as .xlsx or CSV.",
    ),
    (
        re.compile(r"WEBVTT\b|\d+\s*\n\d\d:\d\d:\d\d[,.]\d{3} -->"),
        "is a file of subtitles, not a table; save the texts as CSV, one row per review.",
    ),
    (
        re.compile(r"# A tibble:|Rows: [\d,]+\s*\nColumns: \d|\+-+\+[ \t]*\r?\n[ \t]+\|"),
        "is what a statistics program prints; export the data themselves as CSV, such as with write.csv.",
    ),
    (
        re.compile(r"(?:[^\n]*\n)?\s*[╔┏]"),
        "is a table drawn with lines; export the data themselves as CSV.",
    ),
    (
        re.compile(r"\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:"),
        "is the log of a web server, which has no reviews.",
    ),
    (
        re.compile(r'(?:[A-Za-z]\w{0,30}=(?:"[^"\n]*"|[^\s"]*) ){2,}[A-Za-z]\w{0,30}='),
        "has fields such as level=info in each line; save it as JSON Lines, or as CSV.",
    ),
    (
        # "Ann, [01.05.24 10:00]", "Ann  10:00 AM" or "[01-May-24 10:00 AM] ann" above each message
        re.compile(rf"(?:{_AUTHOR_LINE})(?:[^\n]*\n){{1,30}}?(?:{_AUTHOR_LINE})"),
        "is a chat, copied with the author and the time above each message; save the messages as CSV, one per row.",
    ),
    (
        re.compile(r"\(\d+ \(\d+ \S"),
        "is a file of parsed sentences, not a table; save the sentences as CSV, one row per review.",
    ),
    (
        # A plus sign below which the text continues, in a line without a value in the first column.
        re.compile(r"[^\n]* \| [^\n]*\n-+\+[-+]*\n(?:[^\n]*\n)*?[^\n]*\+(?:\|[^\n]*)?\n +\|"),
        "has texts over several lines, drawn as a table; export it as CSV (in psql, with \\copy … csv header).",
    ),
    (
        re.compile(r"-\[ RECORD \d+ \]"),
        "has one field per line; turn the expanded display of psql off (\\x), or export as CSV.",
    ),
)
_MAIL_HEADER = re.compile(r"^(?:MIME-Version|Received|Message-ID|Content-Type|Return-Path|Subject):", re.I | re.M)


def refuse_data(path: Path, start: bytes) -> None:
    """Check the first bytes of a file for those of packed files and of data in a binary format.

    Raises:
        TableError: it is such a file.
    """
    if start.startswith(_PACKED):
        if start.startswith(_GZIP) and _first_unpacked(start).startswith(_R_FILES):
            raise TableError(f"{path.name} is an R file; save its data as Parquet or CSV.")
        raise TableError(f"{path.name} is a compressed file; unpack it first.")
    if start.startswith(_PICTURES):
        raise TableError(f"{path.name} is a picture; give the table itself as .xlsx or CSV.")
    for place, magic, kind in _DATA:
        if start.startswith(magic, place) and (0 in start or b"RECORD***" in magic):
            raise TableError(f"{path.name} is {kind}; save its data as Parquet or CSV.")


def _first_unpacked(start: bytes) -> bytes:
    """Return the first bytes that a gzip file unpacks to; none if it is damaged."""
    try:
        return zlib.decompressobj(wbits=31).decompress(start, 16)
    except zlib.error:
        return b""


def refuse_text(path: Path, text: str) -> None:
    """Check the beginning of a file as text, without leading blanks, for those of other programs.

    Raises:
        TableError: it is a file of another program.
    """
    if text.startswith(_CARDS):
        raise encoding.no_table(path)
    if _PAGE.match(text) or _is_markup(text):
        raise TableError(f"{path.name} is not a table but a web page or an XML file. {_SAVE_AGAIN}")
    for pattern, sentence in _FOREIGN:
        if (match := pattern.match(text)) and ("mail" not in sentence or _MAIL_HEADER.search(match[0])):
            raise TableError(f"{path.name} {sentence}")


def _is_markup(text: str) -> bool:
    """Return whether the first line is nothing but a tag, and most lines below begin with one."""
    lines = [line.strip() for line in text.splitlines()[:_MOST_LINES] if line.strip()]
    return len(lines) > 2 and bool(_LONE_TAG.fullmatch(lines[0])) and 2 * _count_tags(lines) > len(lines)


def _count_tags(lines: Sequence[str]) -> int:
    return sum(line.startswith("<") for line in lines)
