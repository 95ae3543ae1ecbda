"""Whether reviews are like those that a model learnt from: their length, their words, and what it makes of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment.prediction import Prediction
from sentiment.wording import percent, tenths

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# With fewer reviews, chance moves every figure.
MINIMUM_REVIEWS = 30
# A share has moved when it is so many points away, and so many standard errors.
_POINTS = 0.1
_STANDARD_ERRORS = 3.0
_MORE_UNKNOWN = 2.0
_MORE_UNKNOWN_POINTS = 0.02


@dataclass(frozen=True)
class Profile:
    """Reviews as one model sees them.

    `tokens` are quantiles of the tokens per review, at `QUANTILES`; `unknown_share` the mean share of
    the tokens read that are not in the vocabulary. The other shares, 0 to 1, are of all `reviews`.
    """

    reviews: int
    tokens: tuple[float, ...]
    unknown_share: float
    positive: float
    negative: float
    uncertain: float
    unscored: float


def profile(predictions: Sequence[Prediction]) -> Profile:
    """Return the profile of one or more reviews by the predictions that a model has made for them."""
    tokens = np.quantile([one.tokens_total for one in predictions], QUANTILES)
    shares = {name: _share(predictions, name) for name in ("positive", "negative", "uncertain", "unscored")}
    unknown = float(np.mean([one.unknown_share for one in predictions]))
    return Profile(len(predictions), tuple(tokens.tolist()), unknown, **shares)


def of_report(report: Mapping[str, Any]) -> Profile | None:
    """Return the profile of a model's held-out reviews from its report card; None when it was made without one."""
    try:
        values = dict(report["data_profile"])
        return Profile(tokens=tuple(values.pop("tokens")), **values)
    except (KeyError, TypeError, ValueError):
        return None


def compare(known: Profile, table: Profile) -> list[str]:
    """Say in sentences how a table differs from a model's own held-out reviews, or that nothing stands out."""
    if table.reviews < MINIMUM_REVIEWS:
        return [f"{table.reviews:,} reviews are too few to tell; it takes {MINIMUM_REVIEWS}."]
    found = [*_length(known, table), *_words(known, table), *_scores(known, table)]
    return found or ["Nothing stands out: length, unknown words and scores are like in its training data."]


def _share(predictions: Sequence[Prediction], sentiment: str) -> float:
    return sum(one.sentiment == sentiment for one in predictions) / len(predictions)


def _length(known: Profile, table: Profile) -> list[str]:
    _, low, usual, high, _ = known.tokens
    middle = table.tokens[2]
    if low <= middle <= high:
        return []
    than = "shorter" if middle < low else "longer"
    return [
        f"The reviews are much {than} than those it learnt from: the middle one has {middle:,.0f} tokens, "
        f"there {usual:,.0f}."
    ]


def _words(known: Profile, table: Profile) -> list[str]:
    least = max(known.unknown_share * _MORE_UNKNOWN, known.unknown_share + _MORE_UNKNOWN_POINTS)
    if table.unknown_share < least:
        return []
    return [
        f"It does not know {tenths(table.unknown_share)} of the words, "
        f"{tenths(known.unknown_share)} in its training data: expect more errors."
    ]


def _scores(known: Profile, table: Profile) -> list[str]:
    sentences = {
        "positive": "It calls positive {} of them, {} in its training data: another mix, or a model that is off.",
        "uncertain": "It is uncertain of {} of them, {} in its training data.",
        "unscored": "It can make nothing of {} of them, {} in its training data.",
    }
    return [
        sentence.format(percent(getattr(table, name)), percent(getattr(known, name)))
        for name, sentence in sentences.items()
        if _has_moved(getattr(known, name), getattr(table, name), known.reviews, table.reviews)
    ]


def _has_moved(known: float, found: float, known_of: int, found_of: int) -> bool:
    """Whether two shares differ by more than is worth telling and than chance explains (pooled standard error)."""
    pooled = (known * known_of + found * found_of) / (known_of + found_of)
    error = math.sqrt(pooled * (1 - pooled) * (1 / known_of + 1 / found_of))
    return abs(found - known) >= max(_POINTS, _STANDARD_ERRORS * error)
