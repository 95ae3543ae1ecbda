"""Rows below the header without data: questions, types, units, names in another language, rules."""

import re
from collections.abc import Sequence
from typing import Any

from sentiment.tables.columns import FOREIGN_TEXT_NAMES, TEXT_NAMES, is_value, words_of
from sentiment.tables.rows import cell_text

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
_MOST_WORDS_OF_NAME = 3
_FEWEST_ANSWERS = 3
_MOST_WORDS_ASKED = 25
_RARELY = 20  # one question in so many answers is none that is asked of everybody
# One sentence to somebody: "Which city do you live in?", "Please describe your stay.", "Your name".
_QUESTION = re.compile(
    r"\S+ [^.!?]*[?:]\Z|(?:please|your|what|how|why|which|who|where|when|any|tell us|describe)\b[^.!?]*[.?:]?\Z",
    re.IGNORECASE,
)
_KINDS_OF_ANSWER = re.compile(r"(?:open-ended )?(?:response|comment)|other \(please specify\)", re.IGNORECASE)
# fmt: off
_USUAL_NAMES = frozenset(
    {
        "name", "guest", "customer", "user", "author", "product", "item", "hotel", "shop", "store", "place", "city",
        "country", "date", "time", "title", "subject", "source", "language", "category", "type", "label", "sentiment",
    }
)
# fmt: on


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


def has_import_ids(rows: Sequence[Sequence[Any]]) -> bool:
    """Return whether one of the first rows has the import ids of Qualtrics, so that a header is above them."""
    return any(_all_filled(_IMPORT_ID, [cell_text(cell).strip() for cell in row]) for row in rows[:_MOST_BELOW])


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
    kinds = [cell for cell in filled if len(cell) <= _LONGEST_KIND and _KINDS_OF_ANSWER.fullmatch(cell)]
    if kinds and (values or len(kinds) == len(filled) > 1):
        return True
    if not named:
        is_index_name = len(filled) == 1 and bool(row[0]) and not names[0].strip()  # as written by pandas
        return is_index_name or _are_questions(names, row, below) or _explains_texts(names, row, below)
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


def _explains_texts(names: Sequence[str], row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a row below short names explains columns of text, where no column of values tells it from data.

    It either names the columns again, such as in another language, or several of its cells are questions, at least one
    of which repeats the column's name or is much longer than the answers below it. No answer may be a question, and no
    cell of the row a number or a date.
    """
    places = [i for i, cell in enumerate(row) if cell and i < len(names)]
    answers = {i: [cells[i] for cells in below if i < len(cells) and cells[i]] for i in places}
    if len(places) < 2 or len(below) < _FEWEST_ANSWERS or any(row[i] in answers[i] for i in places):
        return False
    if any(is_value(row[i]) for i in places):
        return False
    renamed = [i for i in places if row[i].casefold() in FOREIGN_TEXT_NAMES and words_of(names[i]) in TEXT_NAMES]
    if any(answers[i] for i in renamed):
        return all(len(row[i].split()) <= _MOST_WORDS_OF_NAME for i in places)
    if any(_names_reviews(row[i], answers[i]) for i in places):
        are_short = all(len(row[i].split()) <= _MOST_WORDS_OF_NAME for i in places)
        return are_short and any(_USUAL_NAMES & set(words_of(row[i]).split()) for i in places)
    asked = [i for i in places if _is_question(row[i])]
    described = [i for i in places if _describes(names[i], row[i], answers[i])]
    given = [answer for i in asked for answer in answers[i]]
    return (
        len({*asked, *described}) > 1
        and any(_repeats_name(names[i], row[i]) or _is_longer(row[i], answers[i]) for i in {*asked, *described})
        and all(i in asked or _is_label(row[i]) for i in places)
        and all(len(words_of(names[i]).split()) <= _MOST_WORDS_OF_NAME for i in places)
        and _RARELY * len(list(filter(_is_question, given))) < len(given)
    )


def _is_question(text: str) -> bool:
    return len(text) <= _LONGEST_QUESTION and len(text.split()) <= _MOST_WORDS_ASKED and bool(_QUESTION.match(text))


def _names_reviews(cell: str, answers: Sequence[str]) -> bool:
    """Return whether a cell is a usual name of a review column and the cells below it are longer texts."""
    return words_of(cell) in TEXT_NAMES and _mean_words(answers) > _MOST_WORDS_OF_NAME


def _describes(name: str, cell: str, answers: Sequence[str]) -> bool:
    """Return whether a cell explains what its column has, such as "Name of the guest", unlike the cells below it."""
    repeated = any(_repeats_name(name, answer) for answer in answers)
    return _repeats_name(name, cell) and not repeated and _is_longer(cell, answers)


def _repeats_name(name: str, cell: str) -> bool:
    """Return whether a word of the column's name is in the cell, in any number."""
    words = {word.removesuffix("s") for word in words_of(cell).split()}
    return any(word.removesuffix("s") in words for word in words_of(name).split() if len(word) > 2)


def _is_longer(cell: str, answers: Sequence[str]) -> bool:
    words = len(cell.split())
    return words > 1 and words >= 2 * _mean_words(answers)


def _mean_words(texts: Sequence[str]) -> float:
    return sum(len(text.split()) for text in texts) / max(1, len(texts))
