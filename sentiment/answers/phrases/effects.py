"""Phrases that the model itself reacted to, by their summed effect on the scores of a sample of reviews."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sentiment.answers.facts import TableFacts
from sentiment.answers.outcome import Mask
from sentiment.answers.phrases.counts import PhraseCounts, places_of
from sentiment.explanation.effects import Words

MOST_REVIEWS = 200
_FEWEST_REVIEWS = 3  # that contain a phrase for it to be listed


@dataclass(frozen=True)
class PhraseEffect:
    """A phrase in `reviews` of the sample: its effects sum to `total` log-odds of positive, `mean` per review.

    A value below 0 is evidence for negative.
    """

    phrase: str
    reviews: int
    total: float

    @property
    def mean(self) -> float:
        """The average effect in a review that contains the phrase."""
        return self.total / self.reviews


@dataclass(frozen=True)
class SampledEffects:
    """The effects of phrases in `reviews` explained reviews: phrase to one number per review that contains it."""

    reviews: int
    effects: dict[str, list[float]]

    def of(self, phrase: str) -> PhraseEffect | None:
        """Return the effect of a phrase, or None if no review of the sample contains it."""
        values = self.effects.get(phrase)
        return PhraseEffect(phrase, len(values), sum(values)) if values else None

    def strongest(self, most: int = 10) -> tuple[tuple[PhraseEffect, ...], tuple[PhraseEffect, ...]]:
        """Return the phrases that moved the sample most towards negative, and those that moved it towards positive.

        Each phrase occurs in at least three reviews and shares no word with a stronger one of its side.
        """
        return self._side(-1, most), self._side(1, most)

    @cached_property
    def _listed(self) -> list[PhraseEffect]:
        common = (phrase for phrase, values in self.effects.items() if len(values) >= _FEWEST_REVIEWS)
        return [effect for phrase in common if (effect := self.of(phrase))]

    def _side(self, sign: int, most: int) -> tuple[PhraseEffect, ...]:
        kept: list[PhraseEffect] = []
        taken: set[str] = set()
        # Of phrases with the same effect, the shortest: the words around it had no effect.
        for effect in sorted(self._listed, key=lambda one: (-sign * round(one.total, 2), len(one.phrase))):
            words = {*effect.phrase.split()}
            if len(kept) == most or sign * effect.total <= 0:
                break
            if not words & taken:
                kept.append(effect)
                taken |= words
        return tuple(kept)


def sample_effects(
    facts: TableFacts,
    mask: Mask,
    explain: Callable[[str], Words],
    report: Callable[[int, int], None] = lambda done, of: None,
    most: int = MOST_REVIEWS,
) -> SampledEffects:
    """Explain up to `most` scored reviews, spread evenly over the rows of `mask` (rows,), and sum effects by phrase.

    `explain` is `word_effects` of `sentiment.explanation.attribution` with a predictor. It takes seconds for 200
    reviews, so run this in the background of a page. All occurrences of a phrase in a review count as one. Reviews
    whose effects do not add up are left out.
    """
    rows = np.flatnonzero(mask & ~np.isnan(facts.scores.probability))
    chosen = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)] if len(rows) else rows
    effects: dict[str, list[float]] = {}
    explained = 0
    for done, review in enumerate(facts.reviews(chosen), 1):
        words = explain(review)
        if words.complete:
            explained += 1
            for phrase, effect in _by_phrase(review, words, facts.phrases).items():
                effects.setdefault(phrase, []).append(effect)
        report(done, len(chosen))
    return SampledEffects(explained, effects)


def _by_phrase(review: str, words: Words, counts: PhraseCounts) -> dict[str, float]:
    """Return the effect of all occurrences of each counted phrase in a cleaned review."""
    ends = np.array([passage.end for passage in words.passages])
    sums = np.concatenate([[0.0], np.cumsum([passage.effect for passage in words.passages])])
    found: dict[str, float] = {}
    for phrase in counts.phrases_in(review):
        bounds = np.searchsorted(ends, places_of(phrase, review), side="right").reshape(-1, 2)
        found[phrase] = float((sums[bounds[:, 1]] - sums[bounds[:, 0]]).sum())
    return found
