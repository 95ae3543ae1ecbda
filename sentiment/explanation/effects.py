"""What an explanation says, as plain records: `explanation` makes them, markup, charts and pages show them."""

import math
from dataclasses import dataclass

# Effects that miss more than this share of what they should add up to are not to be shown.
MAXIMUM_GAP = 0.05


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters `start:end` of the cleaned review and their effect on the log-odds of positive.

    `known` is False for a word outside the vocabulary, `read` for one that the length cap left out; `read_as`
    is the known word that one with a typing error was read as, "" otherwise.
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

    `gap` is what the effects' sum misses of the distance between this review and one of unknown
    words, as a share of that distance; when it is above 5 % `complete` is False, and the effects
    should not be shown.
    """

    passages: tuple[Passage, ...]
    gap: float

    @property
    def complete(self) -> bool:
        """Whether the effects add up."""
        return self.gap <= MAXIMUM_GAP


@dataclass(frozen=True, slots=True)
class Step:
    """The `probability` of positive, 0 to 1, after the first `tokens` tokens, which end at character `end`."""

    tokens: int
    end: int
    probability: float


def probability_without(passage: Passage, probability: float) -> float:
    """Return what `probability` of positive, 0 to 1, would be were the effect of `passage` not there."""
    if not 0 < probability < 1:
        return probability
    return 1 / (1 + math.exp(passage.effect) * (1 - probability) / probability)
