"""The preview of a table before it is scored: plain values that a page can cache and display."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sentiment.tables import bounded_reading
from sentiment.tables.review_cells import text_of
from sentiment.tables.rows import cell_text, encodable
from sentiment.tables.table import Problem, ReadOptions, Table, TextCounts, inspect_table
from sentiment.text.cleaning import clean
from sentiment.wording import counted

PREVIEW_ROWS = 5
CELL_CHARACTERS = 300
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "|": "bar", "tab": "tab", "none": "one review per line"}


@dataclass(frozen=True)
class TablePreview:
    """A table that was read once, without the file: see `tables.Table` for the fields of the same name.

    `rows` are the first few readable rows: cells as text, reviews without markup, truncated if long. `sheets` are the
    names of an Excel file's sheets.
    """

    name: str
    columns: tuple[str, ...]
    text_column: str | None
    obstacle: str
    row_count: int
    rows: tuple[tuple[str, ...], ...]
    texts: TextCounts
    problems: tuple[Problem, ...]
    problem_count: int
    detected: dict[str, str]
    sheets: tuple[str, ...]
    digest: str

    @property
    def reading(self) -> str:
        """How the file is read, in words, such as "utf-8 · semicolon"."""
        parts = []
        if sheet := self.detected.get("sheet"):
            parts.append(f"sheet {sheet}")
        if encoding := self.detected.get("encoding"):
            parts.append(encoding)
        if delimiter := self.detected.get("delimiter"):
            parts.append(_DELIMITER_NAMES.get(delimiter, delimiter))
        if self.detected.get("quote", '"') != '"':
            parts.append(f"quote {self.detected['quote']}")
        if self.detected.get("header") == "no":
            parts.append("no header")
        for key, place in (("skipped", "above"), ("explained", "below")):
            if lines := self.detected.get(key):
                parts.append(f"{counted(int(lines), 'line')} {place} the header left out")
        return " · ".join(parts)

    @property
    def remarks(self) -> str:
        """Remarks about the reviews, such as "3 empty · 2 not readable"; "" if there are none."""
        counts = {
            "empty": self.texts.empty,
            "duplicate" if self.texts.duplicate == 1 else "duplicates": self.texts.duplicate,
            "longer than about 1,000 words, to be read in part": self.texts.long,
            "not readable": self.problem_count,
        }
        return " · ".join(f"{count:,} {what}" for what, count in counts.items() if count)


AS_JSON = TypeAdapter(TablePreview)


def preview(path: Path, options: ReadOptions) -> TablePreview:
    """Return the preview of a table; a large one is read in a process with limits on memory and time.

    Raises:
        TableError: it is not a table, or exceeds the limits.
    """
    found = bounded_reading.previewed(path, options)
    return read(path, options) if found is None else AS_JSON.validate_json(found)


def read(path: Path, options: ReadOptions) -> TablePreview:
    """Read a table once, in this process, and return its preview.

    Raises:
        TableError: it is not a table.
    """
    table = inspect_table(path, options)
    return TablePreview(
        name=path.name,
        columns=table.columns,
        text_column=table.text_column,
        obstacle=table.obstacle,
        row_count=table.row_count,
        rows=_first_rows(table),
        texts=table.texts,
        problems=table.problems,
        problem_count=table.problem_count,
        detected=table.detected,
        sheets=table.sheet_names,
        digest=table.digest,
    )


def _first_rows(table: Table) -> tuple[tuple[str, ...], ...]:
    rows = [row for row in table.preview if not row.problem][:PREVIEW_ROWS]
    reviews = None if table.text_column is None else table.text_index
    return tuple(
        tuple(_shown(cell, is_review=place == reviews) for place, cell in enumerate(row.cells)) for row in rows
    )


def _shown(cell: Any, *, is_review: bool) -> str:
    if is_review:
        return clean(encodable(text_of(cell)))[:CELL_CHARACTERS]
    return encodable(cell_text(cell))[:CELL_CHARACTERS]
