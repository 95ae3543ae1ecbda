"""Test whether the explanations of a model's scores are faithful.

Deleting the words with the largest effects must change the score, and in a short review a word of praise must have a
positive effect.
"""

import itertools
import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sentiment.errors import DataError
from sentiment.evaluation.behaviour_cases import all_cases, telling_words
from sentiment.explanation.attribution import word_effects
from sentiment.explanation.effects import Words
from sentiment.model.batching import Ids, lengths_of
from sentiment.model.inference import logits
from sentiment.model.predictor import Predictor
from sentiment.text.cleaning import clean

DELETED = 10
# In shorter reviews the strongest words and random ones would mostly coincide.
_MINIMUM_TOKENS = 3 * DELETED


def measure(predictor: Predictor, reviews: Sequence[str], count: int, seed: int = 0) -> dict[str, Any]:
    """Return how much deleting words changes the probability, on up to `count` randomly drawn reviews.

    `strongest` is the median change, 0 to 1, after deleting the 10 tokens with the largest effects (similar to the
    comprehensiveness of DeYoung et al. 2020), `random` the one after deleting 10 random tokens, and `ratio` the first
    divided by the second, None if random deletions change nothing. `complete_share` is the share of the reviews whose
    effects add up to within 5 %. Reviews of fewer than 30 tokens and unscored ones are skipped.

    Raises:
        DataError: no review is left.
    """
    generator = random.Random(seed)
    drawn = _explainable(predictor, generator.sample(reviews, len(reviews)), count)
    if not drawn:
        raise DataError(f"No review has {_MINIMUM_TOKENS} tokens that the model can read; give longer ones.")
    explained = [word_effects(predictor, review) for review in drawn]
    readings = [predictor.reader.ids(review) for review in drawn]
    strongest = _median_change(predictor, readings, [_strongest(words) for words in explained])
    chance = _median_change(predictor, readings, [generator.sample(range(len(ids)), DELETED) for ids in readings])
    return {
        "reviews": len(drawn),
        "strongest": strongest,
        "random": chance,
        "ratio": strongest / chance if chance else None,
        "complete_share": sum(words.complete for words in explained) / len(drawn),
    }


def word_sense(predictor: Predictor) -> dict[str, Any]:
    """Return how often an explanation gives the effect of a sentiment word the right sign.

    The words are those of the behaviour tests' vocabulary cases: in "The plot is dull." *dull* must have a negative
    effect. `cases` is the number of cases, `passed` the number with the right sign, `share` their ratio. Cases that the
    model leaves unscored count as failed.
    """
    telling = telling_words()
    cases = [case for case in all_cases() if case.capability == "vocabulary"]
    right = [
        effect > 0 if case.expected == "positive" else effect < 0
        for case in cases
        for word, effect in _effects(predictor, case.review)
        if word in telling
    ]
    return {"cases": len(right), "passed": sum(right), "share": sum(right) / len(right)}


def _effects(predictor: Predictor, review: str) -> list[tuple[str, float]]:
    """Return each word of a review in lower case with its effect."""
    cleaned = clean(review)
    passages = word_effects(predictor, review).passages
    return [(cleaned[one.start : one.end].lower(), one.effect) for one in passages]


def _explainable(predictor: Predictor, reviews: Iterable[str], count: int) -> list[str]:
    readings = ((review, predictor.reader.read(review)) for review in reviews)
    fitting = (review for review, reading in readings if reading.legible and len(reading.ids) >= _MINIMUM_TOKENS)
    return list(itertools.islice(fitting, count))


def _strongest(words: Words) -> list[int]:
    """Return the indices, among the tokens read, of those with the largest absolute effects."""
    effects = np.array([one.effect for one in words.passages if one.read])
    return [int(place) for place in np.argsort(-np.abs(effects), kind="stable")[:DELETED]]


def _median_change(predictor: Predictor, readings: Sequence[Ids], places: Sequence[Sequence[int]]) -> float:
    """Return the median absolute change of the probability when the tokens at these indices are deleted."""
    without = [np.delete(ids, gone) for ids, gone in zip(readings, places, strict=True)]
    before_and_after = [*readings, *without]
    verdicts, _ = logits(predictor.network, before_and_after, predictor.device)
    probabilities = predictor.bundle.config.calibration.probabilities(verdicts, lengths_of(before_and_after))
    whole, rest = np.split(probabilities, 2)
    return float(np.median(np.abs(rest - whole)))
