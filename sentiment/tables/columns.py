"""The names of a table's columns: is there a header, what is each column called, which one holds the reviews."""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.rows import cell_text
from sentiment.wording import listed

# Names that a column of reviews goes by, the surest first.
TEXT_NAMES = (
    "review",
    "review text",
    "reviewtext",
    "review body",
    "review content",
    "text",
    "comment",
    "comments",
    "comment text",
    "body",
    "content",
    "message",
    "feedback",
    "reviews",
    "opinion",
    "verbatim",
    "sentence",
    "tweet",
    "phrase",
    "document",
    "response",
    "answer",
    "description",
    "summary",
)
_NAME_WORDS = frozenset(TEXT_NAMES)
_LONGEST_NAME = 60
_MOST_NAME_WORDS = 6
_NUMBER = re.compile(r"\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*%?\s*|\s*(?:nan|null|none|na|n/a|-)\s*", re.IGNORECASE)
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s][\d:.+Z\s-]*)?\s*")
_LETTER = re.compile(r"[^\W\d_]")


def column_labels(header: Sequence[str]) -> tuple[str, ...]:
    """Names to address the columns by: stripped, never empty, the second "text" as "text (2)"."""
    labels: dict[str, None] = {}  # a set that keeps the order
    stripped = [name.strip() for name in header]
    reserved = set(stripped)
    for position, name in enumerate(stripped, start=1):
        label = base = name or f"column_{position}"
        repeat = 1
        while label in labels or (label != name and label in reserved):
            repeat += 1
            label = f"{base} ({repeat})"
        labels[label] = None
    return tuple(labels)


def free_names(wanted: Iterable[str], taken: Iterable[str]) -> list[str]:
    """`wanted`, each prefixed with `sentiment_` until no column of `taken` has its name."""
    used = {name.strip() for name in taken}
    free: list[str] = []
    for name in wanted:
        while name in used:
            name = f"sentiment_{name}"
        used.add(name)
        free.append(name)
    return free


def find_column(name: str, labels: Sequence[str]) -> int:
    """Where the column called `name` is; a TableError with the closest name when there is none."""
    if name.strip() in labels:
        return labels.index(name.strip())
    folded = {label.casefold(): label for label in labels}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1)
    suggestion = f'; did you mean "{folded[close[0]]}"?' if close else "."
    raise TableError(f'There is no column "{name}"{suggestion} The columns are {listed(labels)}.')


def has_header(first: Sequence[Any], rest: Sequence[Sequence[Any]]) -> bool:
    """Whether the first row of a table names its columns, judged by the rows below it."""
    names = [cell_text(cell).strip() for cell in first]
    if has_telling_name(names):
        return True
    if not any(names) or any(not _could_be_name(name) for name in names if name):
        return False
    if any(not isinstance(cell, str) for cell in first if cell is not None):
        return False
    below = [[cell_text(row[i]).strip() for row in rest if i < len(row)] for i in range(len(names))]
    return not any(name and name in values for name, values in zip(names, below, strict=True))


def has_telling_name(names: Iterable[str]) -> bool:
    """Whether one of the names is one that a column of reviews goes by."""
    return any(_spoken(name) in _NAME_WORDS for name in names)


def guess_text_column(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> int | None:
    """Which column holds the reviews: one with a telling name and text in it, else the longest text.

    `rows` is a sample. None when no column holds text.
    """
    lengths = [_text_length([cell_text(row[i]) for row in rows if i < len(row)]) for i in range(len(labels))]
    names = [_spoken(label) for label in labels]
    named = [names.index(name) for name in TEXT_NAMES if name in names]
    for i in named:
        if lengths[i] > 0:
            return i
    longest = max(lengths, default=0.0)
    if longest > 0:
        telling = [i for i, name in enumerate(names) if _NAME_WORDS & set(name.split()) and 2 * lengths[i] >= longest]
        return telling[0] if telling else lengths.index(longest)
    # Nothing in the sample reads as text (the table is empty, or a review column holds numbers): trust the name.
    return named[0] if named else None


def _spoken(name: str) -> str:
    """A column name as words: "Review_Text" and "reviewText" as "review text"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.strip())
    return " ".join(re.split(r"[\W_]+", spaced.casefold())).strip()


def _could_be_name(name: str) -> bool:
    short = len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_NAME_WORDS
    return short and not name.endswith((".", "!", "…")) and not _NUMBER.fullmatch(name) and not _DATE.fullmatch(name)


def _text_length(values: Sequence[str]) -> float:
    """The mean length in characters of a column's values; 0 when most of them are no text."""
    filled = [value for value in values if value.strip()]
    texts = [v for v in filled if _LETTER.search(v) and not _NUMBER.fullmatch(v) and not _DATE.fullmatch(v)]
    return sum(map(len, texts)) / len(texts) if 3 * len(texts) >= len(filled) > 0 else 0.0
