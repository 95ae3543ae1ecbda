"""Test whether one of two models is significantly better on the same labelled reviews."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from sentiment.prediction import Prediction
from sentiment.wording import counted

# With fewer judged reviews, the 95 % interval of an accuracy is 4 points or more to either side: no comparison is made.
MINIMUM_JUDGED = 200
# p-values up to which a difference is called significant, and probably significant.
SURE, PROBABLE = 0.01, 0.05


@dataclass(frozen=True)
class Contest:
    """Two models on the same `reviews`: how many both classified correctly, and how many only one of them."""

    reviews: int
    both: int
    only_first: int
    only_second: int

    @property
    def lead(self) -> int:
        """How many more reviews the second model classified correctly; negative if fewer."""
        return self.only_second - self.only_first

    @property
    def p_value(self) -> float:
        """The probability of a difference at least this large between equally good models: McNemar's exact test (1947).

        Under the null hypothesis, each review that only one model classified correctly is equally likely to be
        either's, which makes this a two-sided binomial test.
        """
        split = self.only_first + self.only_second
        fewer = min(self.only_first, self.only_second)
        return min(1.0, 2 * float(bdtr(fewer, split, 0.5)))


def hits(predictions: Sequence[Prediction], labels: Sequence[int]) -> NDArray[np.bool_]:
    """Return a mask (reviews,), True where the probability is on the label's side of 0.5; unscored counts as wrong."""
    pairs = zip(predictions, labels, strict=True)
    return np.array(
        [one.probability is not None and (one.probability > 0.5) == (label > 0) for one, label in pairs], dtype=np.bool_
    )


def contest(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Contest:
    """Count the reviews that both models, or only one of them, classified correctly, given masks (reviews,)."""
    return Contest(len(first), int((first & second).sum()), int((first & ~second).sum()), int((second & ~first).sum()))


def too_few(reviews: int) -> str:
    """Return "28 reviews: not comparable" if an accuracy on this many judged reviews says little, else ""."""
    return f"{counted(reviews, 'review')}: not comparable" if reviews < MINIMUM_JUDGED else ""


def caution(reviews: int) -> str:
    """Return `too_few` as a sentence that also gives the number of reviews needed."""
    few = too_few(reviews)
    return f"{few} by accuracy; at least {MINIMUM_JUDGED} are needed." if few else ""


def in_words(found: Contest, first: str, second: str) -> str:
    """Return a sentence about which of two named models is better, and whether that could be chance."""
    total = f"{found.reviews:,} reviews"
    if not found.lead:
        return f"{first} and {second} are right on equally many of {total}."
    better, other = (second, first) if found.lead > 0 else (first, second)
    return f"{better} is right on {abs(found.lead):,} more of {total} than {other}; {_verdict(found.p_value)}."


def evidence(found: Contest, first: str, second: str) -> str:
    """Return a sentence about the evidence behind `in_words`, with the p-value."""
    return (
        f"Only {first} was right on {found.only_first:,} of them, only {second} on "
        f"{found.only_second:,} (McNemar's exact test, {_p_in_words(found.p_value)}): that is "
        "how often two equally good models would differ by at least this much."
    )


def _verdict(p_value: float) -> str:
    if p_value < SURE:
        return "that is not luck"
    return "that is probably not luck" if p_value < PROBABLE else "that could be luck"


def _p_in_words(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"
