"""Explanations as plain records, made by `explanation` and shown by markup, charts and pages."""

import math
from dataclasses import dataclass

# Effects whose sum is off by more than this share should not be shown.
MAXIMUM_GAP = 0.05


@dataclass(frozen=True, slots=True)
class Passage:
    """The characters `start:end` of the cleaned review and their effect on the log-odds of the positive class.

    `known` is False for a word outside the vocabulary, `read` for one beyond the maximum length. `read_as` is the known
    word that a misspelt one was read as, else "".
    """

    start: int
    end: int
    effect: float
    known: bool = True
    read: bool = True
    read_as: str = ""


@dataclass(frozen=True)
class Words:
    """The effect of each token, in reading order.

    `gap` is the error of the effects' sum relative to the distance between this review and a review of unknown words.
    If it exceeds 5 %, `complete` is False and the effects should not be shown.
    """

    passages: tuple[Passage, ...]
    gap: float

    @property
    def complete(self) -> bool:
        """Whether the effects add up."""
        return self.gap <= MAXIMUM_GAP


@dataclass(frozen=True, slots=True)
class Step:
    """The `probability` of the positive class, 0 to 1, after the first `tokens` tokens, up to character `end`."""

    tokens: int
    end: int
    probability: float


def probability_without(passage: Passage, probability: float) -> float:
    """Return what `probability` of the positive class, 0 to 1, would be without the effect of `passage`."""
    if not 0 < probability < 1:
        return probability
    return 1 / (1 + math.exp(passage.effect) * (1 - probability) / probability)
