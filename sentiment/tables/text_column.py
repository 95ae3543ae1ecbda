"""Which column of a table holds the reviews; where none can be chosen, why, and what to do."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sentiment.tables.columns import FOREIGN_TEXT_NAMES, TEXT_NAMES, has_telling_name, is_address, is_value, words_of
from sentiment.tables.review_cells import has_named_text, holds_several, holds_several_inside, text_of
from sentiment.tables.rows import cell_text
from sentiment.wording import listed

_NAME_WORDS = frozenset(TEXT_NAMES)
# Usual names of review columns that tables with an opinion elsewhere use for something else: what was bought, what was
# asked, what was answered.
_WEAK_NAMES = frozenset(("response", "answer", "description", "summary", "document"))
_OPINION_WORDS = frozenset(("review", "reviews", "comment", "comments", "feedback", "opinion", "remark", "remarks"))
# A comment on a rating: what "Satisfaction Comment", "Rating remark" and "nps_reason" have in common.
_RATING_WORDS = frozenset(("rating", "satisfaction", "csat", "nps", "survey", "score"))
_ON_RATING_WORDS = _OPINION_WORDS | {"reason", "explanation", "verbatim", "note", "notes"}
# Words in the names of columns next to a review: its title, its kind, the answer to it; and, as the last word only, who
# wrote it ("comment author" is not the comment, "user comment" is).
# fmt: off
_BESIDE_WORDS = frozenset(
    {
        "title", "headline", "summary", "subject", "question", "url", "link", "id", "language", "tags", "type",
        "category", "status", "source", "date", "count", "reply", "replies", "response", "answer", "owner",
        "developer", "agent", "staff", "admin", "internal", "host",
        "antwort", "réponse", "respuesta", "risposta", "resposta", "reactie", "antwoord", "svar", "vastaus",
        "odpowiedź", "odpověď", "válasz", "ответ", "відповідь", "yanıt", "cevap", "رد", "返信", "回复", "回覆", "답글",
        "답변", "ตอบกลับ", "उत्तर",
    }
)
# fmt: on
_WRITER_WORDS = frozenset(("author", "reviewer", "user", "name"))
_NUMBERED_NAMES = _NAME_WORDS - {"description", "summary", "document", "content", "body", "phrase"}
_OPPOSITES = {"positive": "negative", "negative": "positive"}
_MOST_NAME_WORDS = 6
_MOST_CATEGORY_WORDS = 1.5
_SENTENCE = 5  # words
_ENOUGH_VALUES, _FEW_VALUES = 50, 0.1
_FEWEST_EQUAL = 3
_LONGEST_LOOK = 10_000
_MOST_TRANSPOSED_ROWS = 50
_FEWEST_TRANSPOSED_COLUMNS = 3
_NUMBER = re.compile(r"\b\d+\b")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class TextColumn:
    """The index of the column with the reviews, or None and the reason, as the rest of a sentence about the table."""

    index: int | None
    obstacle: str = ""


@dataclass(frozen=True)
class _Column:
    """A column of the sample: its name in words, and the texts in it; `length` is 0 if most of them are not prose."""

    place: int
    label: str
    words: str
    values: list[str]
    length: float
    is_named_inside: bool  # objects in it have a field with a usual name of a review

    @property
    def split(self) -> set[str]:
        return set(self.words.split())

    @property
    def mean_words(self) -> float:
        filled = [value for value in self.values if value.strip()]
        return sum(len(value[:_LONGEST_LOOK].split()) for value in filled) / max(1, len(filled))

    @property
    def is_constant(self) -> bool:
        """Whether there is one text in all its cells, as in a column that says what kind of row it is."""
        return len(self.values) >= _FEWEST_EQUAL and len({*self.values}) == 1

    @property
    def is_category(self) -> bool:
        return _is_category(self.values)


def find_text_column(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> TextColumn:
    """Return the column of the reviews in a table with the columns `labels`, of which `rows` is a sample.

    It is one with a usual name and text in it, else the one with the longest text. There is none if no column contains
    text, if there are only category names next to numbers, or if several columns or cells could be meant.

    Examples:
        >>> find_text_column(["id", "comment"], [["1", "A fine place."], ["2", "Never again."]]).index
        1
    """
    index = guess_text_column(labels, rows)
    obstacle = "" if index is not None else _obstacle(labels, rows)
    if index is not None and _hold_several([row[index] for row in rows if index < len(row)]):
        return TextColumn(
            None,
            f'has several reviews in each cell of "{labels[index]}"; save it with one row per review, '
            "or name another column.",
        )
    return TextColumn(index, obstacle)


def guess_text_column(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> int | None:
    """Return the index of the column that `find_text_column` finds by names and lengths; None without one."""
    columns = [_column(place, label, rows) for place, label in enumerate(labels)]
    named = list(_named(columns))
    numbered = _several(columns)
    for column in sorted(named, key=lambda column: column.is_category):
        if column.length > 0 and column not in numbered:
            return _better_named(column, columns).place
    if numbered or _is_transposed(labels, rows):
        return None
    varied = [column for column in columns if not column.is_constant]
    columns = varied if any(column.length for column in varied) else columns
    foreign = [column for column in columns if column.label.strip().casefold() in FOREIGN_TEXT_NAMES]
    if found := next((column for column in foreign if column.length > 0 and not column.is_category), None):
        return found.place
    longest = max((column.length for column in columns), default=0.0)
    if longest > 0:
        longest_review = max((column.length for column in columns if not _is_beside(column)), default=longest)
        telling = [column for column in columns if _is_telling(column, longest_review)]
        if telling:
            return _better_named(min(telling, key=_rank), columns).place
        inside = (column for column in columns if column.is_named_inside and column.length > 0)
        best = next(inside, None) or max(_not_beside(columns), key=lambda column: column.length)
        if (better := _better_named(best, columns)) is not best:
            return better.place
        if len(labels) == 1 or not best.is_category:
            return best.place
    # No cell of the sample resembles a review (the table is empty, or a review column has numbers): trust the name.
    return named[0].place if named else None


def _column(place: int, label: str, rows: Sequence[Sequence[Any]]) -> _Column:
    values = [text_of(row[place]) for row in rows if place < len(row)]
    objects = [row[place] for row in rows if place < len(row) and isinstance(row[place], dict | list)]
    is_named_inside = 2 * sum(map(has_named_text, objects)) > len(rows)
    return _Column(place, label, words_of(label), values, _text_length(values), is_named_inside)


def _named(columns: Sequence[_Column]) -> Iterator[_Column]:
    """Yield the first column of each usual name, the most specific name first."""
    for name in TEXT_NAMES:
        yield from (column for column in columns if column.words == name and column is _first(columns, name))


def _first(columns: Sequence[_Column], name: str) -> _Column | None:
    return next((column for column in columns if column.words == name), None)


def _better_named(column: _Column, columns: Sequence[_Column]) -> _Column:
    """Return the column of opinions if there is one and `column` has a name that then means something else."""
    if column.words in _NAME_WORDS - _WEAK_NAMES or (_is_opinion(column) and not _is_beside(column)):
        return column
    others = [one for one in columns if one.length > 0 and not _is_beside(one) and not one.is_category]
    for meant in (_is_on_rating, _is_opinion):
        if column.words in _WEAK_NAMES or meant is _is_on_rating:
            found = next((one for one in others if meant(one)), None)
            if found:
                return found
    return column


def _is_telling(column: _Column, longest: float) -> bool:
    """Return whether a word of the name is usual for reviews, and the texts are long, or sentences in any case."""
    if not _NAME_WORDS & column.split:
        return False
    is_opinion = _is_opinion(column) and not _is_beside(column) and column.length > 0
    return (is_opinion and column.mean_words >= _SENTENCE) or 2 * column.length >= longest


def _rank(column: _Column) -> tuple[bool, bool]:
    """Return a key by which columns that hold reviews come before those next to them or about something else."""
    return _is_beside(column), not (_NAME_WORDS - _WEAK_NAMES) & column.split


def _is_on_rating(column: _Column) -> bool:
    return bool(_RATING_WORDS & column.split) and bool(_ON_RATING_WORDS & column.split)


def _is_opinion(column: _Column) -> bool:
    return bool(_OPINION_WORDS & column.split)


def _is_beside(column: _Column) -> bool:
    return bool(_BESIDE_WORDS & column.split) or column.words.rpartition(" ")[2] in _WRITER_WORDS


def _not_beside(columns: Sequence[_Column]) -> Sequence[_Column]:
    """Return the columns of sentences whose names are not those of titles, answers and the like; all without any."""
    return [one for one in columns if not _is_beside(one) and one.mean_words >= _SENTENCE and one.length] or columns


def _obstacle(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return why no text column is found, and what to do, as the rest of a sentence."""
    columns = [_column(place, label, rows) for place, label in enumerate(labels)]
    if several := _several(columns):
        names = listed([labels[column.place] for column in several])
        return (
            f"has its reviews in several columns: {names}. Save it with one row per review (in a spreadsheet program, "
            '"unpivot columns"; in pandas, melt), or name one of these columns.'
        )
    if _is_transposed(labels, rows):
        return (
            "has one column per review; save it with one row per review (in a spreadsheet program, copy the table and "
            'paste it with "transpose").'
        )
    return f"has no column of text; name the one with the reviews. Its columns are {listed(labels)}."


def _several(columns: Sequence[_Column]) -> list[_Column]:
    """Return columns that hold different reviews of the same row: numbered ones, or a positive and a negative one."""
    groups: dict[str, list[_Column]] = {}
    for column in columns:
        is_repeated = column.label.endswith(")")  # by `column_labels`, as the second of two equal names
        if column.length > 0 and not column.is_category and not is_repeated and _NUMBERED_NAMES & column.split:
            key = _NUMBER.sub("#", column.words, count=1)
            if column.words in _NUMBERED_NAMES:
                key = f"{column.words} #"  # pandas writes "review", "review.1", "review.2"
            if key == column.words:
                key = " ".join("±" if word in _OPPOSITES else word for word in column.words.split())
            if key != column.words and not _is_beside(column):
                groups.setdefault(key, []).append(column)
    return next((group for group in groups.values() if len({column.words for column in group}) > 1), [])


def _is_transposed(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """Return whether one row, named in the first column, has the reviews, and the columns have no telling name."""
    names = [cell_text(row[0]) for row in rows if row]
    if has_telling_name(labels) or not 1 < len(names) <= _MOST_TRANSPOSED_ROWS or len({*names}) < len(names):
        return False
    named = [row for row in rows if row and has_telling_name([cell_text(row[0])])]
    texts = [text_of(cell) for cell in named[0][1:]] if len(named) == 1 else []
    filled = [text for text in texts if text.strip()]
    return len(filled) >= _FEWEST_TRANSPOSED_COLUMNS and _text_length(filled) > 0 and not _is_category(filled)


def _hold_several(cells: Sequence[Any]) -> bool:
    """Return whether most cells with text are lists of several objects with texts.

    Where there is one row only, a list or an object that is not wrapped in a text counts as well: it is what was found
    in place of the rows.
    """
    if len(cells) == 1 and not isinstance(cells[0], str):
        return holds_several_inside(cells[0])
    filled = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    return 2 * sum(map(holds_several, filled)) > len(filled)


def _is_category(values: Sequence[str]) -> bool:
    """Return whether texts are a few repeated words or single words, such as town names, rather than prose."""
    filled = [value for value in values if value.strip()]
    words = sum(len(value[:_LONGEST_LOOK].split()) for value in filled)
    few = len(filled) >= _ENOUGH_VALUES and len(set(filled)) <= _FEW_VALUES * len(filled)
    return words < _MOST_CATEGORY_WORDS * len(filled) or (few and words < _MOST_NAME_WORDS * len(filled))


def _text_length(values: Sequence[str]) -> float:
    """Return the mean length in characters of a column's values; 0 if most of them are not text."""
    filled = [value for value in values if value.strip()]
    texts = [v for v in filled if _LETTER.search(v) and not is_value(v) and not is_address(v)]
    return sum(map(len, texts)) / len(texts) if 3 * len(texts) >= len(filled) > 0 else 0.0
