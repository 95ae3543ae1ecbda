"""Detect data drift: whether reviews differ from a model's training data in length, words or predictions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sentiment.prediction import SENTIMENTS, Prediction
from sentiment.wording import counted, percent, tenths

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
# With fewer reviews, every figure is dominated by chance.
MINIMUM_REVIEWS = 30
# From this many labels on, fine-tuning is worthwhile.
LABELS_TO_FINE_TUNE = 50
# A share has shifted if it differs by this many points and this many standard errors.
_POINTS = 0.1
_STANDARD_ERRORS = 3.0
_MORE_UNKNOWN = 2.0
_MORE_UNKNOWN_POINTS = 0.02
# Exceeded by code, logs, news, lists of names and other languages, but by no table of reviews of any kind: checked on
# 41 tables of 31 kinds of goods, ten of them with a model that was not trained on them.
_UNLIKE_UNKNOWN_POINTS = 0.05
_UNLIKE_UNCERTAIN = 0.5
_UNLIKE_UNSCORED_POINTS = 0.2


@dataclass(frozen=True)
class Profile:
    """Summary statistics of reviews as one model sees them.

    `tokens` are the quantiles, at `QUANTILES`, of the number of tokens per review. `unknown_share` is the mean share of
    out-of-vocabulary tokens among those read. The other shares, 0 to 1, are of all `reviews`.
    """

    reviews: int
    tokens: tuple[float, ...]
    unknown_share: float
    positive: float
    negative: float
    uncertain: float
    unscored: float


def profile(predictions: Sequence[Prediction]) -> Profile:
    """Return the profile of one or more reviews, computed from a model's predictions for them."""
    return profile_of(
        [SENTIMENTS.index(one.sentiment) for one in predictions],
        [one.tokens_total for one in predictions],
        [one.unknown_share for one in predictions],
    )


def profile_of(sentiments: ArrayLike, tokens: ArrayLike, unknown_shares: ArrayLike) -> Profile:
    """Return the profile of one or more reviews, computed from columns (reviews,) of their predictions.

    `sentiments` are indices into `SENTIMENTS`, `tokens` count the whole review.
    """
    counts = np.bincount(np.asarray(sentiments), minlength=len(SENTIMENTS))
    reviews = int(counts.sum())
    shares = dict(zip(SENTIMENTS, (counts / reviews).tolist(), strict=True))
    quantiles = np.quantile(np.asarray(tokens), QUANTILES)
    return Profile(reviews, tuple(quantiles.tolist()), float(np.mean(np.asarray(unknown_shares))), **shares)


def of_report(report: Mapping[str, Any]) -> Profile | None:
    """Return the profile of a model's held-out reviews from its report card; None if the report card has none."""
    return from_values(report.get("data_profile"))


def from_values(values: Any) -> Profile | None:
    """Return the profile with these plain values as fields; None if they do not form a profile."""
    try:
        return Profile(**{**values, "tokens": tuple(values["tokens"])})
    except (KeyError, TypeError, ValueError):
        return None


def compare(known: Profile, table: Profile) -> list[str]:
    """Return sentences that state how a table differs from a model's held-out reviews, or that nothing stands out."""
    if table.reviews < MINIMUM_REVIEWS:
        return [f"{table.reviews:,} reviews are too few to tell; at least {MINIMUM_REVIEWS} are needed."]
    found = [*_length(known, table), *_words(known, table), *_scores(known, table)]
    return found or ["Nothing stands out: length, unknown words and scores match its training data."]


def notice(known: Profile, table: Profile) -> str:
    """Return a warning that a table is unlike a model's training data, and what to do; "" for reviews of any kind.

    Reviews of different goods differ in length, words and mix, and a model can still classify them: the thresholds are
    much higher than those of `compare`.
    """
    if table.reviews < MINIMUM_REVIEWS:
        return ""
    reasons = _unlike(known, table)
    if not reasons:
        return ""
    together = " and ".join(filter(None, [", ".join(reasons[:-1]), reasons[-1]]))
    return (
        f"These texts are unlike the model's training data: {together}. Check that the column "
        f"holds reviews in English; if it does, fine-tune the model on {LABELS_TO_FINE_TUNE} "
        "labelled rows or more."
    )


def _unlike(known: Profile, table: Profile) -> list[str]:
    """Return the signs, in words, that a table does not hold reviews as the model knows them."""
    reasons = []
    if table.unscored >= known.unscored + _UNLIKE_UNSCORED_POINTS:
        reasons.append(f"it cannot score {percent(table.unscored)} of them")
    if table.unknown_share >= known.unknown_share + _UNLIKE_UNKNOWN_POINTS:
        reasons.append(f"it does not know {percent(table.unknown_share)} of their words")
    if table.uncertain > max(_UNLIKE_UNCERTAIN, known.uncertain + _POINTS):
        reasons.append(f"it is uncertain of {percent(table.uncertain)} of them")
    middle, shortest, longest = table.tokens[2], known.tokens[0], known.tokens[-1]
    if middle < shortest / 2:
        reasons.append(f"half of them have at most {counted(math.ceil(middle), 'word')}")
    if middle > longest:
        reasons.append(f"half of them have at least {counted(int(middle), 'word')}")
    return reasons


def _length(known: Profile, table: Profile) -> list[str]:
    _, low, usual, high, _ = known.tokens
    middle = table.tokens[2]
    if low <= middle <= high:
        return []
    than = "shorter" if middle < low else "longer"
    return [
        f"The reviews are much {than} than those in its training data: the median is "
        f"{middle:,.0f} tokens, there {usual:,.0f}."
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
        "positive": "It calls {} of them positive, {} in its training data: another mix, or a model that is off.",
        "uncertain": "It is uncertain of {} of them, {} in its training data.",
        "unscored": "It cannot score {} of them, {} in its training data.",
    }
    return [
        sentence.format(percent(getattr(table, name)), percent(getattr(known, name)))
        for name, sentence in sentences.items()
        if _has_moved(getattr(known, name), getattr(table, name), known.reviews, table.reviews)
    ]


def _has_moved(known: float, found: float, known_of: int, found_of: int) -> bool:
    """Whether two shares differ by a relevant amount and by more than chance explains (pooled standard error)."""
    pooled = (known * known_of + found * found_of) / (known_of + found_of)
    error = math.sqrt(pooled * (1 - pooled) * (1 / known_of + 1 / found_of))
    return abs(found - known) >= max(_POINTS, _STANDARD_ERRORS * error)
