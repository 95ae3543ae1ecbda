"""Finds the column with the labels of a table by its name."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from sentiment.prediction import PREDICTION_COLUMNS
from sentiment.tables.columns import words_of

# Usual names of label columns, most reliable first.
# fmt: off
LABEL_NAMES = (
    "label", "labels", "sentiment", "polarity", "stars", "star rating", "rating", "ratings", "recommended", "score",
    "overall", "target", "class", "y", "recommend", "recommends", "recommendation", "voted up", "satisfaction", "csat",
    "nps", "bewertung", "sterne", "étoiles", "calificación", "puntuación", "estrellas", "valoración", "valutazione",
    "stelle", "voto", "avaliação", "estrelas", "beoordeling", "sterren", "ocena", "оценка", "рейтинг", "puan", "評価",
    "评分", "평점", "별점",
)
# Words in the names of columns next to the label: the mean or the number of ratings, what others thought of the review,
# how sure somebody is; and, as the first word, one part of what was bought.
_BESIDE_WORDS = frozenset(
    {
        "average", "avg", "mean", "count", "number", "total", "votes", "vote", "helpful", "useful", "helpfulness",
        "weighted", "confidence", "probability", "id", "text", "date", "type", "tags", "source", "comment", "reason",
        "title",
    }
)
_ASPECTS = frozenset(
    ("food", "service", "delivery", "value", "location", "cleanliness", "staff", "ambience", "shipping", "seller")
)
# fmt: on
_MEASURED = frozenset(("sentiment",))  # a program's verdict in numbers, as "sentiment score", beside what people gave
_SURE_NAMES = 14
_SPOKEN_NAMES = tuple(map(words_of, LABEL_NAMES))


def guess_label_column(columns: Sequence[str], text_column: str | None) -> str | None:
    """Return the first column with a usual name, such as "label" or "star rating"; None if there is none.

    Usual names come before those of a recommendation and those in other languages, and names of what stands next to
    the label, such as the mean rating, come last. If the text is inside an object, as in "fields.review", so is the
    label, if possible.
    """
    place = f"{text_column}."
    while "." in place:
        inside = [name.removeprefix(place) for name in columns if name.startswith(place)]
        good, _ = _named(inside, (text_column or "").removeprefix(place))
        if found := next(good, None):
            return place + found
        place = place[: place.rfind(".", 0, -1) + 1]
    return next(chain(*_named(columns, text_column)), None)


def _named(columns: Sequence[str], text_column: str | None) -> tuple[Iterator[str], Iterator[str]]:
    """Return the columns with usual names, best first: those that can be the label, and those that stand next to it."""
    # In a table that was scored by this package, "sentiment" and "rating" are predictions and no labels.
    ours = PREDICTION_COLUMNS if "tokens_read" in columns else ()
    spoken = {name: words_of(name) for name in columns if name not in ours}
    rated = {name: words for name, words in spoken.items() if name != text_column}
    sure, others = _SPOKEN_NAMES[:_SURE_NAMES], _SPOKEN_NAMES[_SURE_NAMES:]
    text_words = set(words_of(text_column or "").split())
    plain = {name: words for name, words in rated.items() if not _is_beside(words, text_words)}
    good = chain(_equal(sure, spoken), _near(sure, plain), _equal(others, rated), _near(others, plain))
    return good, chain(_near(sure, rated), _near(others, rated))


def _equal(names: Sequence[str], spoken: Mapping[str, str]) -> Iterator[str]:
    return (name for wanted in names for name, words in spoken.items() if words == wanted)


def _near(names: Sequence[str], spoken: Mapping[str, str]) -> Iterator[str]:
    return (name for wanted in names for name, words in spoken.items() if wanted in words.split())


def _is_beside(words: str, text_words: set[str]) -> bool:
    """Return whether a column is about something else than the label, unless the text is about the same."""
    *first, last = words.split() or [""]
    beside = _BESIDE_WORDS.intersection((*first, last)) | _ASPECTS.intersection(first)
    if last == "score":
        beside |= _MEASURED.intersection(first)
    return not beside <= text_words
