"""JSON as a table: JSON Lines, one object per line, or one document that contains an array of objects."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.bounded_reading import check_document
from sentiment.tables.columns import refuse_width
from sentiment.tables.formats import encoding
from sentiment.tables.formats.encoding_detection import find_encoding
from sentiment.tables.formats.json_files.decoding import decoded
from sentiment.tables.formats.json_files.embedded import contains_table
from sentiment.tables.formats.json_files.json_document import document_rows
from sentiment.tables.formats.json_files.nested_reviews import field_of_reviews
from sentiment.tables.formats.json_files.result_sets import result_set
from sentiment.tables.rows import Format, ReadOptions, Row, encodable

_SAMPLE_LINES = 50
# The line before each document in a bulk file for a search engine (Elasticsearch, OpenSearch).
_ACTION = re.compile(r'\s*\{\s*"(?:index|create|update|delete)"\s*:\s*\{')


@dataclass(frozen=True)
class JsonSource:
    """A JSON file; the columns are the fields of all its objects, in order of first appearance.

    With `is_lines`, each line is an object of its own, else the file is one document. With `has_actions`, lines between
    the objects state the action for the next object and are not rows.
    """

    path: Path
    encoding: encoding.Encoding
    names: tuple[str, ...]
    is_lines: bool = True
    has_actions: bool = False
    format: Format = "jsonl"

    @property
    def header(self) -> tuple[str, ...]:
        """The field names, encodable in any file."""
        return tuple(map(encodable, self.names))

    @property
    def detected(self) -> dict[str, str]:
        """The encoding, for display."""
        return {"encoding": self.encoding.name}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Yield every row; a value that is not an object is returned as text in a cell after the last column."""
        if self.is_lines:
            yield from self._rows_of_lines()
            return
        for number, fields in enumerate(document_rows(self.path, self.encoding), start=1):
            if isinstance(fields, dict):
                yield Row(number, [fields.get(name) for name in self.names])
            else:
                yield Row(number, [None] * len(self.header) + [fields], f"Item {number} is not a JSON object.")

    def _rows_of_lines(self) -> Iterator[Row]:
        for number, line in self._numbered_lines():
            fields, problem = parsed(line)
            if fields is None:
                shown = encoding.without_marks(line.strip())
                yield Row(number, [None] * len(self.header) + [shown], f"Line {number} {problem}.")
            else:
                yield Row(number, [fields.get(name) for name in self.names])

    def lines(self) -> Iterator[str]:
        """Yield the raw lines of the rows."""
        return (line for _, line in self._numbered_lines())

    def _numbered_lines(self) -> Iterator[tuple[int, str]]:
        numbered = enumerate(encoding.lines(self.path, self.encoding), start=1)
        return ((n, line) for n, line in numbered if not (self.has_actions and _is_action(line)))


def open_json(path: Path, options: ReadOptions) -> JsonSource:
    """Detect the columns of a JSON file.

    Raises:
        TableError: it contains no object.
    """
    found = find_encoding(path, options.encoding)
    first = encoding.first_lines(path, found, _SAMPLE_LINES)
    is_lines = _has_object_lines(first)
    has_actions = is_lines and _is_action(first[0]) and not all(_is_action(line) for line in first if line.strip())
    names: dict[str, None] = {}  # an ordered set
    if is_lines:
        for line in JsonSource(path, found, (), is_lines, has_actions).lines():
            names.update(dict.fromkeys(parsed(line)[0] or ()))
            refuse_width(path, len(names))
    else:
        check_document(path, options)
        for fields in document_rows(path, found):
            names.update(dict.fromkeys(fields if isinstance(fields, dict) else ()))
    if not names:
        raise TableError(
            f'{path.name} has no JSON object such as {{"review": "…"}}; '
            "save it as JSON Lines, one object per line, as an array of objects, or as CSV."
        )
    refuse_width(path, len(names))
    return JsonSource(path, found, tuple(names), is_lines, has_actions)


def parsed(line: str) -> tuple[dict[str, Any] | None, str]:
    """Return the object of a line (empty for a blank line), or None and the problem. A trailing comma is ignored."""
    if encoding.has_marks(line):
        return None, encoding.damage(line)
    text = object_text(line)
    try:
        value = decoded(text) if text else {}
    except (ValueError, RecursionError):
        return None, "is not valid JSON"
    return (value, "") if isinstance(value, dict) else (None, "is not a JSON object")


def _is_action(line: str) -> bool:
    """Return whether the line is an object with nothing but an action, however deeply that is nested."""
    if not _ACTION.match(line):
        return False
    fields, _ = parsed(line)
    return fields is not None and len(fields) == 1 and isinstance(next(iter(fields.values())), dict)


def object_text(line: str) -> str:
    """Return the text of the line's object, without a trailing comma."""
    text = line.strip()
    return text[:-1].rstrip() if text.endswith(",") else text


def _has_object_lines(first: Sequence[str]) -> bool:
    """Return whether the file is JSON Lines: one of its first lines is a whole object, and no array opens before it."""
    lines = [text for line in first if (text := line.strip())]
    if not lines or lines[0].startswith(("[", ")]}'")) or all(map(encoding.is_too_long, lines)):
        return False
    if len(lines) == 1 and lines[0].startswith("{"):
        fields, _ = parsed(lines[0])
        if fields is None:
            return not _has_several_objects(lines[0])
        nested = any(isinstance(value, dict | list) for value in fields.values())
        is_column = len(fields) > 1 and all(name.isdecimal() for name in fields)
        return not (nested or is_column or contains_table(fields))
    rows = [fields for line in lines if (fields := parsed(line)[0])]
    return bool(rows) and field_of_reviews(rows) is None and not result_set(rows)


def _has_several_objects(line: str) -> bool:
    """Return whether a line begins with a complete object followed by another one."""
    try:
        _, end = json.JSONDecoder().raw_decode(line)
    except (ValueError, RecursionError):
        return False
    return line[end:].lstrip(" ,\t").startswith("{")
