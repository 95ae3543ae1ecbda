"""Whether the explanations of a model's scores can be believed.

Deleting what they call strong must move the score, and in a short review praise must be called praise.
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
# In shorter reviews the strongest words and random ones would be mostly the same.
_MINIMUM_TOKENS = 3 * DELETED


def measure(predictor: Predictor, reviews: Sequence[str], count: int, seed: int = 0) -> dict[str, Any]:
    """Return how far deleting words moves the probability, over up to `count` of the reviews, drawn at random.

    `strongest` is the median change, 0 to 1, when the 10 tokens with the largest effects go (like the
    comprehensiveness of DeYoung et al. 2020), `random` that when 10 random ones go, and `ratio` the first over
    the second, None where random ones change nothing. `complete_share` is the share of the reviews
    whose effects add up to within 5 %. Reviews of fewer than 30 tokens and those that the model leaves
    unscored are passed over.

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
    """Return how often an explanation gives a telling word the sense that it has.

    The words are those of the behaviour tests' vocabulary cases: in "The plot is dull." *dull* must pull towards
    negative. `cases` is how many there are, `passed` how many pull towards the side of their case, `share` the
    latter by the former. Cases that the model leaves unscored count as not passed.
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
    """Return each word of a review in small letters with its effect."""
    cleaned = clean(review)
    passages = word_effects(predictor, review).passages
    return [(cleaned[one.start : one.end].lower(), one.effect) for one in passages]


def _explainable(predictor: Predictor, reviews: Iterable[str], count: int) -> list[str]:
    readings = ((review, predictor.reader.read(review)) for review in reviews)
    fitting = (review for review, reading in readings if reading.legible and len(reading.ids) >= _MINIMUM_TOKENS)
    return list(itertools.islice(fitting, count))


def _strongest(words: Words) -> list[int]:
    """Return the places, among the tokens read, of those with the largest effects, whichever way they speak."""
    effects = np.array([one.effect for one in words.passages if one.read])
    return [int(place) for place in np.argsort(-np.abs(effects), kind="stable")[:DELETED]]


def _median_change(predictor: Predictor, readings: Sequence[Ids], places: Sequence[Sequence[int]]) -> float:
    """Return the median of what the probability changes by when the tokens in these places go."""
    without = [np.delete(ids, gone) for ids, gone in zip(readings, places, strict=True)]
    before_and_after = [*readings, *without]
    verdicts, _ = logits(predictor.network, before_and_after, predictor.device)
    probabilities = predictor.bundle.config.calibration.probabilities(verdicts, lengths_of(before_and_after))
    whole, rest = np.split(probabilities, 2)
    return float(np.median(np.abs(rest - whole)))
