"""The columns of a table: whether there is a header, and the name of each column."""

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sentiment.errors import TableError
from sentiment.tables.rows import cell_text
from sentiment.wording import listed

# Usual names of review columns, the most specific first.
# fmt: off
TEXT_NAMES = (
    "review", "review text", "reviewtext", "review body", "review content", "text", "comment", "comments",
    "comment text", "body", "content", "message", "feedback", "reviews", "opinion", "verbatim", "sentence", "tweet",
    "phrase", "document", "response", "answer", "description", "summary",
)
# fmt: on
# Names of a review column in other languages.
# fmt: off
FOREIGN_TEXT_NAMES = frozenset(
    {
        "bewertung", "bewertungstext", "rezensionstext", "kommentartext", "rezension", "kommentar", "meinung",
        "rückmeldung", "avis", "commentaire", "commentaires", "critique", "reseña", "opinión", "comentario",
        "comentarios", "valoración", "crítica", "recensione", "recensioni", "commento", "opinione", "opinião",
        "avaliação", "resenha", "comentário", "beoordeling", "recensie", "opmerking", "omdöme", "recension",
        "anmeldelse", "anmeldelser", "arvostelu", "recenzja", "opinia", "komentarz", "recenze", "hodnocení",
        "recenzia", "vélemény", "értékelés", "recenzie", "отзыв", "отзывы", "комментарий", "рецензия", "відгук",
        "коментар", "мнение", "κριτική", "σχόλιο", "yorum", "değerlendirme", "görüş", "ביקורת", "תגובה",
        "تقييم", "مراجعة", "تعليق", "رأي", "نظر", "レビュー", "コメント", "口コミ", "評価", "感想",
        "レビュー本文", "评论", "评论内容", "評論", "评价", "評價", "点评", "리뷰", "후기", "댓글", "समीक्षा",
        "टिप्पणी", "รีวิว", "ความคิดเห็น", "đánh giá", "bình luận", "ulasan", "komentar",
    }
)
# fmt: on
# Whole reviews of a word or two, which could be a column's name by their length.
# fmt: off
_SHORT_REVIEWS = frozenset(
    {
        "great", "good", "very good", "not good", "bad", "very bad", "not bad", "too bad", "ok", "okay", "it's ok",
        "love it", "loved it", "like it", "liked it", "hate it", "hated it", "love", "awful", "terrible", "horrible",
        "excellent", "amazing", "perfect", "poor", "very poor", "nice", "very nice", "fine", "meh", "so so", "awesome",
        "superb", "fantastic", "wonderful", "brilliant", "lovely", "disappointing", "disappointed", "worst", "useless",
        "boring", "rubbish", "garbage", "never again", "well done", "cool", "wow", "yuck", "thanks", "thank you",
        "👍", "👎", "❤", "😀", "😊", "😍", "😡", "😞",
        "gut", "sehr gut", "schlecht", "super", "toll", "prima", "schrecklich", "bien", "très bien", "nul", "mauvais",
        "parfait", "bueno", "muy bueno", "muy bien", "malo", "excelente", "pésimo", "ottimo", "buono", "pessimo", "bom",
        "ótimo", "ruim", "goed", "heel goed", "slecht", "bra", "dålig", "dobry", "zły", "хорошо", "плохо", "отлично",
    }
)
# fmt: on
_STRONG_NAMES = 5
_NAME_WORDS = frozenset(TEXT_NAMES)
_LONGEST_NAME = 60
_MOST_NAME_WORDS = 6
_NUMBER = re.compile(r"\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?\s*%?\s*|\s*(?:nan|null|none|na|n/a|-)\s*", re.IGNORECASE)
# "10:00", "10:00:00.123 AM GMT+1", "10:00:00 +0100"
_TIME = r"\d{1,2}:\d\d[\d:.]*\s?(?:[ap]\.?m\.?)?\s?(?:Z|[a-z]{2,4})?\s?(?:[+-]\d[\d:]*)?"
_DATE = re.compile(rf"\s*\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}(?:[T\s][\d:.+Z\s-]*|[T\s,]+{_TIME})?\s*", re.I)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_SPELT_DATE = re.compile(
    rf"\s*(?:(?:{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\.?\s+{_MONTH}),?\s+\d{{4}}|\d{{1,2}}[-/]{_MONTH}[-/]\d{{2,4}})"
    rf"(?:[,\s@]+{_TIME})?\s*",
    re.I,
)
_ADDRESS = re.compile(
    r"(?:[A-Za-z][A-Za-z+.-]{1,9}://|www\.|/[\w.~%-]+/)\S*|[\w.+-]+@[\w-]+\.[\w.-]+|[0-9A-Fa-f-]{32,}|Mozilla/\d[^\n]*"
)
_LONGEST_VALUE = 40
_VALUES = (_NUMBER, _DATE, _SPELT_DATE)
_VALUE_SHARE = 0.9
_LONGEST_QUESTION = 500
_LONGEST_LOOK = 10_000
_MOST_COLUMNS = 20_000
_QUESTION = re.compile(r"\b(?:you|your|please|we|us|our)\b", re.IGNORECASE)


def is_value(text: str) -> bool:
    """Return whether a cell's text is a number, a date or a marker for a missing value, rather than prose."""
    # The patterns are applied to short cells only: longer ones are not numbers, and may be reviews of any length.
    return len(text) <= _LONGEST_VALUE and any(pattern.fullmatch(text) for pattern in _VALUES)


def is_address(text: str) -> bool:
    """Return whether a cell's text is an address, a path, a long hexadecimal key or the name of a browser."""
    return len(text) <= _LONGEST_LOOK and _ADDRESS.fullmatch(text) is not None


def refuse_width(path: Path, columns: int) -> None:
    """Check the width of a table, since every row is padded to it.

    Raises:
        TableError: the table has more columns than any program writes.
    """
    if columns > _MOST_COLUMNS:
        raise TableError(
            f"{path.name} has more than {_MOST_COLUMNS:,} columns, which is no table of reviews; "
            "check how it was written, or keep the columns that matter."
        )


def column_labels(header: Sequence[str]) -> tuple[str, ...]:
    """Return unique names to refer to the columns by: stripped, never empty, the second "text" as "text (2)"."""
    labels: dict[str, None] = {}  # an ordered set
    repeats: dict[str, int] = {}  # the last suffix of each name, so that thousands of equal names take linear time
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
    """Return `wanted`, each prefixed with `sentiment_` until it differs from all columns in `taken`."""
    used = {name.strip() for name in taken}
    free: list[str] = []
    for name in wanted:
        while name in used:
            name = f"sentiment_{name}"
        used.add(name)
        free.append(name)
    return free


def find_column(name: str, labels: Sequence[str]) -> int:
    """Return the index of the column `name`.

    Raises:
        TableError: there is none; the message gives the closest name.
    """
    if name.strip() in labels:
        return labels.index(name.strip())
    folded = {label.casefold(): label for label in labels}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1)
    suggestion = f'; did you mean "{folded[close[0]]}"?' if close else "."
    raise TableError(f'There is no column "{name}"{suggestion} The columns are {listed(labels)}.')


def has_header(first: Sequence[Any], rest: Sequence[Sequence[Any]]) -> bool:
    """Return whether the first row of a table is a header, given the rows below it."""
    if (sure := has_sure_header(first, rest)) is not None:
        return sure
    names = [cell_text(cell).strip() for cell in first]
    below = _columns_below(names, rest)
    if not any(names) or any(not _could_be_name(name) for name in names if name):
        return False
    if any(not isinstance(cell, str) for cell in first if cell is not None):
        return False
    return not any(_is_data(name, values) for name, values in zip(names, below, strict=True))


def has_sure_header(first: Sequence[Any], rest: Sequence[Sequence[Any]]) -> bool | None:
    """Return True if the first row is certainly a header, False if it is data like the others, None if unsure."""
    names = [cell_text(cell).strip() for cell in first]
    if has_telling_name(names):
        return True
    below = _columns_below(names, rest)
    if (is_header := _has_names_over_values(names, below)) is not None:
        return is_header
    return True if _asks_questions(names, below) else None


def _columns_below(names: Sequence[str], rest: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Return the texts of each column below its name."""
    return [[cell_text(row[i]).strip() for row in rest if i < len(row)] for i in range(len(names))]


def _has_names_over_values(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool | None:
    """Return whether columns of numbers and dates begin with a name (True) or with another value (False).

    The result is None if there is no such column. This detects the header of a survey, whose names are whole questions.
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
    """Return whether the names are survey questions: they ask, and the cells below do not."""
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
    """Return whether the header is one name short, as written by R: each row begins with a unique row name."""
    named = [cells for cells in rest if len(cells) == len(first) + 1 and cells[-1].strip()]
    names = {cells[0] for cells in named}
    return (
        len(named) > _VALUE_SHARE * len(rest)
        and len(names) == len(named)
        and all(name and len(name) <= _LONGEST_NAME for name in names)
        and not all(cells[1].startswith(" ") for cells in named)
    )


def has_telling_name(names: Iterable[str]) -> bool:
    """Return whether one of the names is a usual name of a review column."""
    return any(words_of(name) in _NAME_WORDS for name in names)


def has_strong_name(names: Iterable[str]) -> bool:
    """Return whether one of the names is hardly ever used for anything but a review column."""
    return any(words_of(name) in TEXT_NAMES[:_STRONG_NAMES] for name in names)


def words_of(name: str) -> str:
    """Return a column name as words: "Review_Text", "reviewText" and "review.text" as "review text"."""
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+", name[:_LONGEST_LOOK])).casefold()


def _is_data(text: str, below: Sequence[str]) -> bool:
    """Return whether a text that could be a column's name is a value like those below it."""
    return bool(text) and (text in below or (_is_short_review(text) and any(map(_is_short_review, below))))


def _is_short_review(text: str) -> bool:
    """Return whether a text is a review such as "Great!" or "not bad"."""
    return len(text) <= _LONGEST_VALUE and text.rstrip(".! \ufe0f").casefold() in _SHORT_REVIEWS


def _could_be_name(name: str) -> bool:
    short = len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_NAME_WORDS
    return short and not name.endswith((".", "!", "…")) and not is_value(name)
