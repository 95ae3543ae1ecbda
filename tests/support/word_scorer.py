"""A small real scorer for tests: it counts words of two lists, and gives the same result on every machine."""

import hashlib
import re
from collections.abc import Iterator, Sequence

from sentiment.prediction import Prediction
from sentiment.tables.rows import Row
from sentiment.tables.table import Table

GOOD = frozenset("good great wonderful lovely".split())
BAD = frozenset("bad awful dull terrible".split())


class WordScorer:
    """Counts good and bad words; records every review that it was asked to score."""

    name = "words"
    fingerprint = hashlib.sha256(b"words").hexdigest()

    def __init__(self) -> None:
        self.asked: list[str] = []

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        self.asked.extend(reviews)
        return [prediction_of(review) for review in reviews]


def prediction_of(review: str) -> Prediction:
    words = re.findall(r"\w+", review.lower())
    if not words:
        return Prediction("unscored", None, None, 0, 0, 0.0, ("empty",))
    good, bad = (sum(word in words_of for word in words) for words_of in (GOOD, BAD))
    probability = (good + 1) / (good + bad + 2)
    sentiment = "uncertain" if good == bad else "positive" if good > bad else "negative"
    known = (good + bad) / len(words)
    flags = ("short",) if len(words) < 3 else ()
    return Prediction(sentiment, probability, 1 + 9 * probability, len(words), len(words), 1 - known, flags)


def scored_rows(table: Table) -> Iterator[tuple[Row, Prediction]]:
    """Yield the rows of a table with their predictions."""
    for row, review in zip(table.rows(), table.reviews(), strict=True):
        yield row, prediction_of(review or "")
