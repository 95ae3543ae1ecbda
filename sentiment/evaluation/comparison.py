"""Whether one of two models is better on the same labelled reviews, or was only lucky."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from sentiment.prediction import Prediction
from sentiment.wording import counted

# With fewer judged reviews, chance moves an accuracy by 4 points and more either way: it is compared with no other.
MINIMUM_JUDGED = 200
# From these p-values down, a difference is called no luck, and probably no luck.
SURE, PROBABLE = 0.01, 0.05


@dataclass(frozen=True)
class Contest:
    """Two models on the same `reviews`: how many both got right, and how many only the one or the other."""

    reviews: int
    both: int
    only_first: int
    only_second: int

    @property
    def lead(self) -> int:
        """How many more reviews the second got right; negative when it got fewer."""
        return self.only_second - self.only_first

    @property
    def p_value(self) -> float:
        """How often two equally good models would differ at least so much: McNemar's exact test (1947).

        Of the reviews that only one got right, each is as likely the one's as the other's: two-sided binomial test.
        """
        split = self.only_first + self.only_second
        fewer = min(self.only_first, self.only_second)
        return min(1.0, 2 * float(bdtr(fewer, split, 0.5)))


def hits(predictions: Sequence[Prediction], labels: Sequence[int]) -> NDArray[np.bool_]:
    """Return True (reviews,) where a probability lies on the label's side of one half; unscored is not right."""
    pairs = zip(predictions, labels, strict=True)
    return np.array(
        [one.probability is not None and (one.probability > 0.5) == (label > 0) for one, label in pairs], dtype=np.bool_
    )


def contest(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Contest:
    """Count where two models, each True (reviews,) where it is right, agree and where only one is right."""
    return Contest(len(first), int((first & second).sum()), int((first & ~second).sum()), int((second & ~first).sum()))


def too_few(reviews: int) -> str:
    """Return "28 reviews: not comparable" for so few judged reviews that an accuracy says little; "" for enough."""
    return f"{counted(reviews, 'review')}: not comparable" if reviews < MINIMUM_JUDGED else ""


def caution(reviews: int) -> str:
    """Return what `too_few` does as a sentence, with how many reviews it takes."""
    few = too_few(reviews)
    return f"{few} by accuracy; it takes {MINIMUM_JUDGED}." if few else ""


def in_words(found: Contest, first: str, second: str) -> str:
    """Return in a sentence which of two models, by their names, is better, and whether that could be luck."""
    total = f"{found.reviews:,} reviews"
    if not found.lead:
        return f"{first} and {second} are right on equally many of {total}."
    better, other = (second, first) if found.lead > 0 else (first, second)
    return f"{better} is right on {abs(found.lead):,} more of {total} than {other}; {_verdict(found.p_value)}."


def evidence(found: Contest, first: str, second: str) -> str:
    """Return in a sentence what the judgement of `in_words` rests on, with the p-value."""
    return (
        f"{found.only_first:,} were right with {first} alone and {found.only_second:,} with {second} alone "
        f"(McNemar's exact test, {_p_in_words(found.p_value)}): that is how often two equally good models would "
        "differ by so much or more."
    )


def _verdict(p_value: float) -> str:
    if p_value < SURE:
        return "that is not luck"
    return "that is probably not luck" if p_value < PROBABLE else "that could be luck"


def _p_in_words(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"
