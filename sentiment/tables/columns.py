"""The names of a table's columns: is there a header, what is each column called, which one holds the reviews."""

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.rows import cell_text, text_of
from sentiment.wording import listed

# Names that a column of reviews goes by, the surest first.
# fmt: off
TEXT_NAMES = (
    "review", "review text", "reviewtext", "review body", "review content", "text", "comment", "comments",
    "comment text", "body", "content", "message", "feedback", "reviews", "opinion", "verbatim", "sentence", "tweet",
    "phrase", "document", "response", "answer", "description", "summary",
)
# fmt: on
_STRONG_NAMES = 5
_NAME_WORDS = frozenset(TEXT_NAMES)
_LONGEST_NAME = 60
_MOST_NAME_WORDS = 6
_NUMBER = re.compile(r"\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*%?\s*|\s*(?:nan|null|none|na|n/a|-)\s*", re.IGNORECASE)
_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s][\d:.+Z\s-]*)?\s*")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_SPELT_DATE = re.compile(
    rf"\s*(?:{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\.?\s+{_MONTH}),?\s+\d{{4}}(?:[,\s]+[\d:]+(?:\s*[ap]m)?)?\s*", re.I
)
_LONGEST_VALUE = 40
_VALUES = (_NUMBER, _DATE, _SPELT_DATE)
_VALUE_SHARE = 0.9
_LONGEST_QUESTION = 500
_LONGEST_LOOK = 10_000
_MOST_CATEGORY_WORDS = 1.5
_MOST_COLUMNS = 20_000
_ENOUGH_VALUES, _FEW_VALUES = 50, 0.1
_QUESTION = re.compile(r"\b(?:you|your|please|we|us|our)\b", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


def is_value(text: str) -> bool:
    """Whether a cell's text is a number, a date or a word for a missing value: something that is not to be read."""
    # The patterns are asked of short cells only: what is longer is no number, and may be a review of any length.
    return len(text) <= _LONGEST_VALUE and any(pattern.fullmatch(text) for pattern in _VALUES)


def refuse_width(path: Path, columns: int) -> None:
    """Raise TableError when a table has more columns than any program writes: each of its rows would be as wide."""
    if columns > _MOST_COLUMNS:
        raise TableError(
            f"{path.name} has more than {_MOST_COLUMNS:,} columns, which is no table of reviews; "
            "check how it was written, or keep the columns that matter."
        )


def column_labels(header: Sequence[str]) -> tuple[str, ...]:
    """Names to address the columns by: stripped, never empty, the second "text" as "text (2)"."""
    labels: dict[str, None] = {}  # a set that keeps the order
    repeats: dict[str, int] = {}  # of each name, so that thousands of equal ones are not counted from the first again
    stripped = [name.strip() for name in header]
    reserved = set(stripped)
    for position, name in enumerate(stripped, start=1):
        label = base = name or f"column_{position}"
        repeat = repeats.get(base, 1)
        while label in labels or (label != name and label in reserved):
            repeat += 1
            label = f"{base} ({repeat})"
        repeats[base] = repeat
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
    if (sure := has_sure_header(first, rest)) is not None:
        return sure
    names = [cell_text(cell).strip() for cell in first]
    below = _columns_below(names, rest)
    if not any(names) or any(not _could_be_name(name) for name in names if name):
        return False
    if any(not isinstance(cell, str) for cell in first if cell is not None):
        return False
    return not any(name and name in values for name, values in zip(names, below, strict=True))


def has_sure_header(first: Sequence[Any], rest: Sequence[Sequence[Any]]) -> bool | None:
    """True when the first row surely names its columns, False when it is one like the others, None when unsure."""
    names = [cell_text(cell).strip() for cell in first]
    if has_telling_name(names):
        return True
    below = _columns_below(names, rest)
    if (is_header := _has_names_over_values(names, below)) is not None:
        return is_header
    return True if _asks_questions(names, below) else None


def _columns_below(names: Sequence[str], rest: Sequence[Sequence[Any]]) -> list[list[str]]:
    """The texts of each column below its name."""
    return [[cell_text(row[i]).strip() for row in rest if i < len(row)] for i in range(len(names))]


def _has_names_over_values(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool | None:
    """Whether columns of numbers and dates have a name on top (True) or another value (False).

    None where there is no such column. This knows a survey's header, whose names are whole questions.
    """
    is_header = None
    for name, column in zip(names, below, strict=True):
        filled = [value for value in column if value]
        if name and len(filled) > 1 and sum(map(is_value, filled)) >= _VALUE_SHARE * len(filled):
            if is_value(name):
                return False
            is_header = True
    return is_header


def _asks_questions(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the names are a survey's questions: they ask the reader, and what stands below does not ask."""
    asking = [
        column
        for name, column in zip(names, below, strict=True)
        if name.endswith(("?", ":")) and _QUESTION.search(name[:_LONGEST_QUESTION])
    ]
    others = [name for name in names if name and not name.endswith(("?", ":"))]
    answers = [value for column in asking for value in column]
    return (
        bool(answers)
        and all(map(_could_be_name, others))
        and 5 * sum(value.endswith("?") for value in answers) < len(answers)
    )


def has_row_names(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the header is one name short, as R writes it: the rows begin with a name of their own, once each."""
    named = [cells for cells in rest if len(cells) == len(first) + 1 and cells[-1].strip()]
    names = {cells[0] for cells in named}
    return (
        len(named) > _VALUE_SHARE * len(rest)
        and len(names) == len(named)
        and all(name and len(name) <= _LONGEST_NAME for name in names)
        and not all(cells[1].startswith(" ") for cells in named)
    )


def has_telling_name(names: Iterable[str]) -> bool:
    """Whether one of the names is one that a column of reviews goes by."""
    return any(words_of(name) in _NAME_WORDS for name in names)


def has_strong_name(names: Iterable[str]) -> bool:
    """Whether one of the names is hardly anything but the name of a column of reviews."""
    return any(words_of(name) in TEXT_NAMES[:_STRONG_NAMES] for name in names)


def guess_text_column(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> int | None:
    """Which column holds the reviews: one with a telling name and text in it, else the longest text.

    `rows` is a sample. None when no column holds text, or only words such as those of a category stand beside numbers.
    """
    values = [[text_of(row[i]) for row in rows if i < len(row)] for i in range(len(labels))]
    lengths = list(map(_text_length, values))
    names = [words_of(label) for label in labels]
    named = [names.index(name) for name in TEXT_NAMES if name in names]
    for i in sorted(named, key=lambda i: _is_category(values[i])):
        if lengths[i] > 0:
            return i
    longest = max(lengths, default=0.0)
    if longest > 0:
        telling = [i for i, name in enumerate(names) if _NAME_WORDS & set(name.split()) and 2 * lengths[i] >= longest]
        best = telling[0] if telling else lengths.index(longest)
        if telling or len(labels) == 1 or not _is_category(values[best]):
            return best
    # Nothing in the sample reads like a review (the table is empty, or a review column holds numbers): trust the name.
    return named[0] if named else None


def _is_category(values: Sequence[str]) -> bool:
    """Whether texts are words of a few kinds or single words, such as a town's name: not what people write."""
    filled = [value for value in values if value.strip()]
    words = sum(len(value[:_LONGEST_LOOK].split()) for value in filled)
    few = len(filled) >= _ENOUGH_VALUES and len(set(filled)) <= _FEW_VALUES * len(filled)
    return words < _MOST_CATEGORY_WORDS * len(filled) or (few and words < _MOST_NAME_WORDS * len(filled))


def words_of(name: str) -> str:
    """A column name as words: "Review_Text", "reviewText" and "review.text" as "review text"."""
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+", name[:_LONGEST_LOOK])).casefold()


def _could_be_name(name: str) -> bool:
    short = len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_NAME_WORDS
    return short and not name.endswith((".", "!", "…")) and not is_value(name)


def _text_length(values: Sequence[str]) -> float:
    """The mean length in characters of a column's values; 0 when most of them are no text."""
    filled = [value for value in values if value.strip()]
    texts = [v for v in filled if _LETTER.search(v) and not is_value(v)]
    return sum(map(len, texts)) / len(texts) if 3 * len(texts) >= len(filled) > 0 else 0.0
