"""Whether reviews are like those that a model learnt from: their length, their words, and what it makes of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sentiment.prediction import SENTIMENTS, Prediction
from sentiment.wording import counted, percent, tenths

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# With fewer reviews, chance moves every figure.
MINIMUM_REVIEWS = 30
# From so many labels on, fine-tuning gains something.
LABELS_TO_FINE_TUNE = 50
# A share has moved when it is so many points away, and so many standard errors.
_POINTS = 0.1
_STANDARD_ERRORS = 3.0
_MORE_UNKNOWN = 2.0
_MORE_UNKNOWN_POINTS = 0.02
# What code, logs, news, lists of names or another language show, and no table of reviews does, whatever they are of: 41
# tables of 31 kinds of goods were tried, ten of them with a model that had not met them.
_UNLIKE_UNKNOWN_POINTS = 0.05
_UNLIKE_UNCERTAIN = 0.5
_UNLIKE_UNSCORED_POINTS = 0.2


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
    return profile_of(
        [SENTIMENTS.index(one.sentiment) for one in predictions],
        [one.tokens_total for one in predictions],
        [one.unknown_share for one in predictions],
    )


def profile_of(sentiments: ArrayLike, tokens: ArrayLike, unknown_shares: ArrayLike) -> Profile:
    """Return the profile of one or more reviews by columns (reviews,) of their predictions.

    `sentiments` index `SENTIMENTS`, `tokens` are those of the whole review.
    """
    counts = np.bincount(np.asarray(sentiments), minlength=len(SENTIMENTS))
    reviews = int(counts.sum())
    shares = dict(zip(SENTIMENTS, (counts / reviews).tolist(), strict=True))
    quantiles = np.quantile(np.asarray(tokens), QUANTILES)
    return Profile(reviews, tuple(quantiles.tolist()), float(np.mean(np.asarray(unknown_shares))), **shares)


def of_report(report: Mapping[str, Any]) -> Profile | None:
    """Return the profile of a model's held-out reviews from its report card; None when it was made without one."""
    return from_values(report.get("data_profile"))


def from_values(values: Any) -> Profile | None:
    """Return the profile whose fields these plain values are; None when they are not a profile's."""
    try:
        return Profile(**{**values, "tokens": tuple(values["tokens"])})
    except (KeyError, TypeError, ValueError):
        return None


def compare(known: Profile, table: Profile) -> list[str]:
    """Say in sentences how a table differs from a model's own held-out reviews, or that nothing stands out."""
    if table.reviews < MINIMUM_REVIEWS:
        return [f"{table.reviews:,} reviews are too few to tell; it takes {MINIMUM_REVIEWS}."]
    found = [*_length(known, table), *_words(known, table), *_scores(known, table)]
    return found or ["Nothing stands out: length, unknown words and scores are like in its training data."]


def notice(known: Profile, table: Profile) -> str:
    """Return in words that a table is unlike what a model learnt from, and what to do; "" for reviews of any kind.

    Goods differ in how long their reviews are, in their words and in their mix, and a model can read them all the same:
    it takes far more than what `compare` mentions.
    """
    if table.reviews < MINIMUM_REVIEWS:
        return ""
    reasons = _unlike(known, table)
    if not reasons:
        return ""
    together = " and ".join(filter(None, [", ".join(reasons[:-1]), reasons[-1]]))
    return (
        f"These texts are unlike those that the model learnt from: {together}. Check that the column holds reviews in "
        f"English; if it does, fine-tune the model on {LABELS_TO_FINE_TUNE} labelled rows or more."
    )


def _unlike(known: Profile, table: Profile) -> list[str]:
    """Return what shows that a table is not one of reviews as the model knows them, in words."""
    reasons = []
    if table.unscored >= known.unscored + _UNLIKE_UNSCORED_POINTS:
        reasons.append(f"it can make nothing of {percent(table.unscored)} of them")
    if table.unknown_share >= known.unknown_share + _UNLIKE_UNKNOWN_POINTS:
        reasons.append(f"it does not know {percent(table.unknown_share)} of their words")
    if table.uncertain > max(_UNLIKE_UNCERTAIN, known.uncertain + _POINTS):
        reasons.append(f"it is uncertain of {percent(table.uncertain)} of them")
    middle, shortest, longest = table.tokens[2], known.tokens[0], known.tokens[-1]
    if middle < shortest / 2:
        reasons.append(f"half of them have {counted(math.ceil(middle), 'word')} at most")
    if middle > longest:
        reasons.append(f"half of them have {counted(int(middle), 'word')} or more")
    return reasons


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
