"""Quotes: the sentences of reviews that contain a phrase."""

from dataclasses import dataclass

import numpy as np

from sentiment.answers.facts import TableFacts
from sentiment.answers.outcome import Mask
from sentiment.answers.phrases.counts import places_of
from sentiment.explanation.sentences import sentences

MOST_CHARACTERS = 300
_READ = 20  # reviews inspected per quote, to find short and different sentences


@dataclass(frozen=True)
class Quote:
    """A sentence of the review in `row`, numbered from 0, with the model's `probability` of positive for the review.

    The phrase is at characters `start:end` of `text`.
    """

    row: int
    text: str
    start: int
    end: int
    probability: float


def quotes(facts: TableFacts, mask: Mask, phrase: str, most: int = 3, positive: bool = False) -> list[Quote]:
    """Return sentences that contain the phrase from different rows of `mask` (rows,), the most certain verdicts first.

    They come from negative reviews, or from positive ones if `positive`; equal sentences are quoted once.
    """
    probability = facts.scores.probability
    rows = np.flatnonzero(mask & facts.holding(phrase) & ~np.isnan(probability))
    surest = rows[np.argsort(-probability[rows] if positive else probability[rows], kind="stable")][: most * _READ]
    found: dict[str, Quote] = {}
    for row, review in zip(surest.tolist(), facts.reviews(surest), strict=True):
        quote = _quoted(row, review, phrase, float(probability[row]))
        if quote:
            found.setdefault(quote.text.casefold(), quote)
        if len(found) == most:
            break
    return list(found.values())


def _quoted(row: int, review: str, phrase: str, probability: float) -> Quote | None:
    """Return the sentence that contains the phrase, shortened around it if it is very long."""
    places = places_of(phrase, review)
    if not places:
        return None
    place, stop = places[0]
    start, end = next((a, b) for a, b in sentences(review) if a <= place < b)
    if end - start > MOST_CHARACTERS:
        start = max(start, place - MOST_CHARACTERS // 2)
        end = min(end, start + MOST_CHARACTERS)
    return Quote(row, review[start:end], place - start, min(stop, end) - start, probability)
