"""Detects a table's file format by its content, not its name, and refuses files without a reader, with advice."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from sentiment.errors import TableError
from sentiment.tables.columns import has_telling_name, is_value
from sentiment.tables.foreign_files import refuse_data, refuse_text
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
_JSON_START = re.compile(r'(?:[\w.]+(?: [\w.]+)? ?= ?|export default |[\w.]+\()?\[\s*\{\s*"|\{\s*"[^"\\]*"\s*:')
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
    refuse_data(path, start)
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return name
    text = first_text(path, start, options.encoding)
    refuse_text(path, text.lstrip())
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
