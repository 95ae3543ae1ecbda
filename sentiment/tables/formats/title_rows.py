"""Rows around the header without data: titles and notes above it, further names of a survey tool below it."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import has_strong_name, has_sure_header, has_telling_name, is_value
from sentiment.tables.rows import cell_text

_MOST_TITLES = 20
_MOST_ABOVE_ONE_COLUMN = 5
_MOST_BELOW = 3
_LONGEST_KIND = 40
_LONGEST_QUESTION = 500
_VALUE_SHARE = 0.9
_RULE = re.compile(r"[\s|+]*:?(?:[-=+]{2,}|[─-╿]+):?[\s|+]*")
_IMPORT_ID = re.compile(r'\{"ImportId":.*\}', re.DOTALL)  # as written by Qualtrics below each question
# Names of column types in databases, data frames and survey tools.
_TYPE = re.compile(
    r"(?:big|small|tiny|u)?int(?:eger)?\d*|float\d*|double|real|decimal|numeric|number|(?:n?var)?char|str(?:ing)?|"
    r"(?:free |open |long |short )?text|date|datetime\d*|timestamp|time|bool(?:ean)?|object|category|factor|scale",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\s*\([\d, ]*\)|\[ns\]")
# What stands in for a missing value, or a formula or its error: such a row is data.
_NO_VALUE = re.compile(
    r"[\W_]*|n\.?/?a\.?n?|none|null|nil|missing|unknown|blank|pending|tb[ad]|no \w+|not \w+|[=#@+].*",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(r"[A-Za-z]{1,5}[_.]?\d{1,4}(?:[_.]\w{1,10})?")
_ASKS = re.compile(r"[?:]\Z|\b(?:please|your?|we|us|our)\b", re.IGNORECASE)
_MOST_WORDS_OF_LABEL = 8
_KINDS_OF_ANSWER = re.compile(r"(?:open-ended )?(?:response|comment)|other \(please specify\)", re.IGNORECASE)


def title_rows(rows: Sequence[Sequence[Any]]) -> int:
    """Return how many of the first rows (none of them blank) are titles: narrower than the table, above its header.

    The result is 0 unless a row of names follows that is as wide as most rows, with values below it.
    """
    widths = [_filled(row) for row in rows]
    width = Counter(widths).most_common(1)[0][0] if widths else 0
    if width < 2:
        return _above_single_column(rows)
    names = [cell_text(cell) for cell in rows[0]]
    if _is_group_of_names(names, rows[1:]):
        return 1
    if has_strong_name(names) or (widths[0] > 1 and has_telling_name(names)):
        return 0
    for place in range(1, min(_MOST_TITLES, len(rows) - 1)):
        if widths[place - 1] >= width:
            return 0
        below = rows[place + 1 :]
        regular = sum(filled >= width - 1 for filled in widths[place + 1 :])
        if widths[place] >= width and 2 * regular >= len(below) and has_sure_header(rows[place], below):
            return place
    return 0


def rows_below_header(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Return how many rows below the header `names` explain it; `rows` begin below it. They are not read as reviews.

    These are a rule as drawn by databases, the questions and import ids of Qualtrics, the answer types of SurveyMonkey,
    or a second header: types, units, descriptions, names in another language.
    """
    texts = [[cell_text(cell).strip() for cell in row] for row in rows]
    if not texts or texts[0] == [name.strip() for name in names]:
        return 0
    for place, row in enumerate(texts[:_MOST_BELOW]):
        if _all_filled(_IMPORT_ID, row):
            return place + 1
    if _all_filled(_RULE, texts[0]):
        return 1
    for count in (2, 1):
        below = texts[count:]
        if below and all(_is_second_header(names, row, below) for row in texts[:count]):
            return count + _all_filled(_RULE, below[0])
    return 0


def _is_group_of_names(names: Sequence[str], below: Sequence[Sequence[Any]]) -> bool:
    """Return whether the first row names groups of columns, as pandas writes multi-level names, with names below."""
    filled = [name for name in names if name.strip()]
    return (
        len(set(filled)) < len(filled)
        and bool(below)
        and not has_telling_name(filled)
        and has_telling_name(cell_text(cell) for cell in below[0])
        and has_sure_header(below[0], below[1:]) is True
    )


def _all_filled(pattern: re.Pattern[str], row: Sequence[str]) -> bool:
    """Return whether there are non-empty cells and all of them match the pattern."""
    filled = [cell for cell in row if cell]
    return bool(filled) and all(map(pattern.fullmatch, filled))


def _is_second_header(names: Sequence[str], row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a row describes the columns, given the rows below: it has no value in their columns of values."""
    filled = [cell for cell in row if cell]
    if len(filled) > 1 and all(_TYPE.fullmatch(_SIZE.sub("", cell[:_LONGEST_KIND])) for cell in filled):
        return True
    values = _columns_of_values(below, len(row))
    named = [i for i in values if row[i]]
    if any(is_value(row[i]) or _NO_VALUE.fullmatch(row[i]) for i in named):
        return False
    if values and any(_KINDS_OF_ANSWER.fullmatch(cell) for cell in filled if len(cell) <= _LONGEST_KIND):
        return True
    if not named:
        is_index_name = len(filled) == 1 and bool(row[0]) and not names[0].strip()  # as written by pandas
        return is_index_name or _are_questions(names, row, below)
    return len(named) > 1 or all(map(_is_label, filled))


def _columns_of_values(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return which of the first `width` columns have numbers or dates in nearly all cells, and in several."""
    found = []
    for i in range(width):
        filled = [cells[i] for cells in rows if i < len(cells) and cells[i]]
        if len(filled) > 1 and sum(map(is_value, filled)) >= _VALUE_SHARE * len(filled):
            found.append(i)
    return found


def _is_label(text: str) -> bool:
    """Return whether the length and the ending of a text allow it to be a column label."""
    return len(text.split()) <= _MOST_WORDS_OF_LABEL and not text.endswith((".", "!", "…"))


def _are_questions(names: Sequence[str], row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether the names are codes of questions and the row has the questions, unlike the rows below."""
    asked = [i for i, cell in enumerate(row) if _ASKS.search(cell[:_LONGEST_QUESTION])]
    answers = [cells[i] for cells in below for i in asked if i < len(cells) and cells[i]]
    return (
        len(asked) > 0
        and all(row[i].endswith(("?", ":")) or _is_label(row[i]) for i in asked)
        and all(_CODE.fullmatch(name.strip()) for i, name in enumerate(names) if i in asked)
        and 2 * sum(map(bool, map(_ASKS.search, answers))) < len(answers)
    )


def _above_single_column(rows: Sequence[Sequence[Any]]) -> int:
    """Return the number of rows above the name of a single column of reviews."""
    names = [[cell_text(cell) for cell in row] for row in rows[: _MOST_ABOVE_ONE_COLUMN + 1]]
    if not names or has_telling_name(names[0]):
        return 0
    return next((place for place, row in enumerate(names) if place and has_strong_name(row)), 0)


def _filled(row: Sequence[Any]) -> int:
    """Return the number of cells up to and including the last non-empty one."""
    return max((place for place, cell in enumerate(row, start=1) if cell_text(cell).strip()), default=0)
