"""Detects a table's file format by its content, not its name, and refuses files that are not tables, with advice.

Files without a matching reader are refused here: if they were read line by line, their markup or field names would be
scored.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import has_telling_name, is_value
from sentiment.tables.formats import encoding
from sentiment.tables.formats.encoding_detection import first_text
from sentiment.tables.formats.json_files.json_source import parsed
from sentiment.tables.rows import Format, ReadOptions

_START = 1 << 16
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "excel"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"),
)
_PACKED = (
    *(b"\x1f\x8b", b"\x1f\x9d", b"BZh", b"\xfd7zXZ\x00"),  # gzip, compress, bzip2, xz
    *(b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18"),  # 7-Zip, RAR, zstd, LZ4
)
_DOCUMENTS = ("%PDF-", "{\\rtf", "BEGIN:VCARD", "BEGIN:VCALENDAR")
# Data of other programs, which their own functions write as a table that can be read.
_BINARY: tuple[tuple[bytes, str], ...] = (
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"<stata_dta>", "a Stata file"),
    (b"$FL2", "an SPSS file"),
    (b"RDX", "an R file"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
)
_JSON_START = re.compile(r'(?:[\w.]+(?: [\w.]+)? ?= ?|export default |[\w.]+\()?\[\s*\{\s*"|\{\s*"[^"\\]*"\s*:')
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
        re.compile(r"-\[ RECORD \d+ \]"),
        "has one field per line; turn the expanded display of psql off (\\x), or export as CSV.",
    ),
)
_MAIL_HEADER = re.compile(r"^(?:MIME-Version|Received|Message-ID|Content-Type|Return-Path|Subject):", re.I | re.M)
_FIELD = re.compile(r"\s*(?:- )?[\"']?([A-Za-z][\w ./-]{0,40}?)[\"']?\s{0,9}[:=](?:\s+|\Z)(.*)")
_FIELD_SHARE = 0.4
_MOST_LINES = 400
_VALUE_SHARE = 0.9


def format_of(path: Path, options: ReadOptions) -> Format:
    """Return the format whose reader can read the file.

    Raises:
        TableError: there is none; the message states what to do.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if not start.strip():
        raise TableError(f"{path.name} is empty.")
    if start.startswith(_PACKED):
        raise TableError(f"{path.name} is a compressed file; unpack it first.")
    for magic, kind in _BINARY:
        if start.startswith(magic) and 0 in start:
            raise TableError(f"{path.name} is {kind}; save its data as Parquet or CSV.")
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return name
    text = first_text(path, start, options.encoding)
    _refuse_foreign(path, text.lstrip())
    if path.suffix.lower() in _JSON_SUFFIXES and ("{" in text or "[" in text or text.lstrip().startswith('"')):
        return "jsonl"
    if _looks_like_json(text.lstrip()):
        return "jsonl"
    if options.delimiter is None and _has_field_per_line(text):
        raise TableError(
            f'{path.name} has one field per line, such as "review: …", not one review per line; '
            "save it as CSV, or as JSON with one object per review. "
            'If each line is a review all the same, give "none" as the delimiter.'
        )
    return "csv"


def _refuse_foreign(path: Path, text: str) -> None:
    """Raise TableError if the text is the beginning of a file of another program."""
    if text.startswith(_DOCUMENTS):
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


def _looks_like_json(text: str) -> bool:
    """Return whether a file of any name begins like JSON Lines or an array of objects."""
    first_line = text.partition("\n")[0]
    if first_line.startswith("{") and parsed(first_line)[0]:
        return True
    return _JSON_START.match(text) is not None


def _has_field_per_line(text: str) -> bool:
    """Return whether each line is a field with its name, in a repeating order, as in YAML and INI files."""
    lines = [line for line in text.splitlines()[:_MOST_LINES] if line.strip()]
    fields = [(match[1].casefold(), match[2]) for line in lines if (match := _FIELD.match(line[:_START]))]
    if not fields or len(fields) < _FIELD_SHARE * len(lines):
        return False
    records = list(_records(fields))
    if len(records) < 2 or any(len(dict(record)) < len(record) for record in records):
        return False
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value.strip().strip("\"'"))
    repeated = {name: found for name, found in values.items() if len(found) > 1}
    # In YAML, a hyphen is only before the first field of a record; if each field has one, they are items of a list.
    begun = {match[1].casefold() for line in lines if line.lstrip().startswith("- ") and (match := _FIELD.match(line))}
    holds_values = len(begun) == 1 or any(
        sum(map(is_value, found)) >= _VALUE_SHARE * len(found) for found in repeated.values()
    )
    names_review = has_telling_name(name.rpartition("/")[2] for name in repeated)
    return len(repeated) > 1 and (holds_values or names_review)


def _records(fields: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield the fields from one occurrence of the first repeated name to the next; nothing without a repeated name."""
    names = [name for name, _ in fields]
    first = next((name for name in names if names.count(name) > 1), None)
    starts = [place for place, name in enumerate(names) if name == first]
    for start, end in pairwise([*starts, len(names)]):
        yield list(fields[start:end])
