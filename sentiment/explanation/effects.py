"""Explanations as plain records, made by `explanation` and shown by markup, charts and pages."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

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


def with_marks(text: str, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages of `text` with each punctuation mark joined to the adjacent word.

    Punctuation marks are separate tokens for the model, and a full stop may carry much of its sentence's effect, but
    readers look for it at the word. The effects of joined passages are added, so their sum does not change. A mark
    without an adjacent word stays separate.
    """
    joined: list[Passage] = []
    for passage in passages:
        before = joined[-1] if joined else None
        if before and before.end == passage.start and before.read == passage.read:
            is_mark, follows_mark = _is_mark(text, passage), _is_mark(text, before)
            if is_mark or follows_mark:
                word = before if is_mark else passage
                joined[-1] = replace(word, start=before.start, end=passage.end, effect=before.effect + passage.effect)
                continue
        joined.append(passage)
    return tuple(joined)


def _is_mark(text: str, passage: Passage) -> bool:
    return all(unicodedata.category(character).startswith("P") for character in text[passage.start : passage.end])


def probability_without(passage: Passage, probability: float) -> float:
    """Return what `probability` of the positive class, 0 to 1, would be without the effect of `passage`."""
    if not 0 < probability < 1:
        return probability
    return 1 / (1 + math.exp(passage.effect) * (1 - probability) / probability)
