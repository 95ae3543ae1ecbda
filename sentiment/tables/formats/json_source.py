"""JSON Lines as a table: one object a line, its fields the columns."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.formats import encoding
from sentiment.tables.rows import Format, ReadOptions, Row


@dataclass(frozen=True)
class JsonSource:
    """A JSON Lines file; the columns are the fields of all its objects, in order of first appearance."""

    path: Path
    encoding: encoding.Encoding
    header: tuple[str, ...]
    format: Format = "jsonl"

    @property
    def detected(self) -> dict[str, str]:
        """The encoding, for showing."""
        return {"encoding": self.encoding.name}

    def rows(self, only: int | None = None) -> Iterator[Row]:
        """Every row; a line that is no object comes as its text in a cell after the last column."""
        for number, line in enumerate(self.lines(), start=1):
            fields, problem = parsed(line)
            if fields is None:
                shown = encoding.without_marks(line.strip())
                yield Row(number, [None] * len(self.header) + [shown], f"Line {number} {problem}.")
            else:
                yield Row(number, [fields.get(name) for name in self.header])

    def lines(self) -> Iterator[str]:
        """The lines as they are."""
        return encoding.lines(self.path, self.encoding)


def open_json(path: Path, options: ReadOptions) -> JsonSource:
    """Find out the columns of a JSON Lines file. Raises TableError when no line is an object."""
    found = encoding.find_encoding(path, options.encoding)
    names: dict[str, None] = {}  # a set that keeps the order
    for line in encoding.lines(path, found):
        names.update(dict.fromkeys(parsed(line)[0] or ()))
    if not names:
        raise TableError(
            f'{path.name} has no line with a JSON object such as {{"review": "…"}}; '
            "save it as JSON Lines, one object a line, or as CSV."
        )
    return JsonSource(path, found, tuple(names))


def parsed(line: str) -> tuple[dict[str, Any] | None, str]:
    """The object of a line (empty for a blank line), or None and what is wrong."""
    if encoding.has_marks(line):
        return None, "has bytes that do not fit the file's encoding"
    try:
        value = json.loads(line) if line.strip() else {}
    except (ValueError, RecursionError):
        return None, "is not valid JSON"
    return (value, "") if isinstance(value, dict) else (None, "is not a JSON object")
