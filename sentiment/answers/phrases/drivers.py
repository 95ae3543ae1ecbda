"""Drivers of the verdicts: phrases that are more frequent in negative, or in positive, reviews than chance allows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sentiment.answers import chance
from sentiment.answers.outcome import Mask
from sentiment.answers.phrases.counts import FEWEST_REVIEWS, PhraseCounts
from sentiment.answers.phrases.opinions import only_opinion
from sentiment.prediction import SENTIMENTS
from sentiment.scoring.view import Scores
from sentiment.text.stop_words import STOP_WORDS

CHANCE = 0.01  # that a table without real drivers shows one
MOST = 20
# The prior has this share of the weight of the smaller side's own phrases.
_PRIOR_SHARE = 0.1
_COMPARED = 200  # the strongest phrases of a side, searched for overlaps
# A phrase belongs to another one if it shares a word with it and this share of its reviews contain the other.
_OVERLAP = 0.6
# Phrases without a common word are merged if this share of the reviews that contain either contain both.
_SAME = 0.8
# The longer of two phrases is the name if it occurs in at least this share of the shorter one's reviews.
_LONGER_NAMES = 0.7
_NEGATIVE, _POSITIVE = SENTIMENTS.index("negative"), SENTIMENTS.index("positive")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Driver:
    """A phrase that is more frequent on one side.

    It occurs in `rows` reviews of any verdict, in `negative_rows` negative and `positive_rows` positive ones;
    `negative_share` and `positive_share` are the shares of those, 0 to 1. `z` is above 0 for phrases of negative
    reviews. `variants` are phrases with the same meaning that were merged into it. `is_opinion` marks a phrase that
    expresses an opinion without a subject ("awful"); these are sorted last.
    """

    phrase: str
    variants: tuple[str, ...]
    rows: int
    negative_rows: int
    positive_rows: int
    negative_share: float
    positive_share: float
    z: float
    is_opinion: bool


@dataclass(frozen=True)
class Drivers:
    """The drivers of both sides, causes before mere opinions, each strongest first.

    Both are empty when no phrase stands out more than chance allows. `compared` is the number of phrases compared in
    `negative_reviews` and `positive_reviews`, of `counted_rows` rows. These are fewer than the selected rows when the
    table is so long that only a sample was counted.
    """

    negative: tuple[Driver, ...]
    positive: tuple[Driver, ...]
    negative_reviews: int
    positive_reviews: int
    compared: int
    counted_rows: int


def drivers(counts: PhraseCounts, scores: Scores, mask: Mask, most: int = MOST) -> Drivers:
    """Return up to `most` drivers of each side among the rows of `mask` (rows,).

    The score is the log-odds ratio of a phrase in negative against positive reviews with an informative Dirichlet
    prior, the phrase's share in both (Monroe, Colaresi and Quinn 2008, "Fightin' Words"); each review counts a phrase
    once. A phrase is kept when both its z and an exact test of the shares are significant at 1 % over all compared
    phrases (Bonferroni).
    """
    chosen = mask[counts.rows]
    verdicts = scores.sentiment[counts.rows]
    negative, positive = chosen & (verdicts == _NEGATIVE), chosen & (verdicts == _POSITIVE)
    compared = _compared(counts, chosen, negative, positive)
    return Drivers(
        _side(counts, chosen, compared, 1)[:most],
        _side(counts, chosen, compared, -1)[:most],
        compared.negative_reviews,
        compared.positive_reviews,
        len(compared.places),
        int(chosen.sum()),
    )


def log_odds_z(negative: Ints, positive: Ints) -> Floats:
    """Return the z scores (phrases,) of counts in negative and in positive reviews, above 0 for negative ones.

    Equations 16, 19 and 22 of Monroe, Colaresi and Quinn (2008). The prior of a phrase is its share in both sides
    together; all priors together have a tenth of the weight of the smaller side.
    """
    sizes = negative.sum(), positive.sum()
    prior = (negative + positive) / sum(sizes) * max(1.0, _PRIOR_SHARE * min(sizes))
    weight = prior.sum()
    ahead, behind = negative + prior, positive + prior
    odds = np.log(ahead / (sizes[0] + weight - ahead)) - np.log(behind / (sizes[1] + weight - behind))
    z: Floats = odds / np.sqrt(1 / ahead + 1 / behind)
    return z


@dataclass(frozen=True)
class _Compared:
    """The counts of each compared phrase (phrases,); `real` marks those that chance does not explain."""

    places: Ints  # columns of the counts
    rows: Ints
    negative: Ints
    positive: Ints
    negative_reviews: int
    positive_reviews: int
    z: Floats
    real: NDArray[np.bool_]


def _compared(counts: PhraseCounts, chosen: Mask, negative: Mask, positive: Mask) -> _Compared:
    every = np.arange(len(counts.phrases))
    in_negative, in_positive = counts.reviews_with(every, negative), counts.reviews_with(every, positive)
    places = np.flatnonzero(in_negative + in_positive >= FEWEST_REVIEWS)
    sizes = int(negative.sum()), int(positive.sum())
    if not all(sizes):
        places = places[:0]
    in_negative, in_positive = in_negative[places], in_positive[places]
    z = log_odds_z(in_negative, in_positive) if len(places) else np.zeros(0)
    real = _more_than_chance(z, in_negative, in_positive, *sizes)
    return _Compared(places, counts.reviews_with(places, chosen), in_negative, in_positive, *sizes, z, real)


def _more_than_chance(z: Floats, negative: Ints, positive: Ints, negatives: int, positives: int) -> NDArray[np.bool_]:
    same_side = (negative * positives > positive * negatives) == (z > 0)
    real: NDArray[np.bool_] = same_side & (2 * stats.norm.sf(np.abs(z)) * len(z) <= CHANCE)
    # The exact test is slow: it runs only for phrases that pass the other one.
    hits, others = negative[real], positive[real]
    exact = chance.difference_p(hits, np.full_like(hits, negatives), others, np.full_like(others, positives))
    real[real] = exact * len(z) <= CHANCE
    return real


def _side(counts: PhraseCounts, chosen: Mask, compared: _Compared, sign: int) -> tuple[Driver, ...]:
    """Return the drivers whose z has the given sign, overlaps merged, causes first, strongest first."""
    strength = sign * compared.z
    strongest = np.flatnonzero(compared.real & (strength > 0))
    strongest = strongest[np.argsort(-strength[strongest], kind="stable")][:_COMPARED]
    groups = _merged(counts, compared.places[strongest], chosen)
    made = [_driver(counts, compared, [int(strongest[one]) for one in group]) for group in groups]
    return tuple(sorted(made, key=lambda driver: driver.is_opinion))


def _driver(counts: PhraseCounts, compared: _Compared, group: list[int]) -> Driver:
    first, *rest = group
    phrase, *variants = (counts.phrases[compared.places[one]] for one in (first, *rest))
    negative, positive = int(compared.negative[first]), int(compared.positive[first])
    return Driver(
        phrase=phrase,
        variants=tuple(variants),
        rows=int(compared.rows[first]),
        negative_rows=negative,
        positive_rows=positive,
        negative_share=negative / compared.negative_reviews,
        positive_share=positive / compared.positive_reviews,
        z=float(compared.z[first]),
        is_opinion=only_opinion(phrase),
    )


@dataclass(frozen=True)
class _Group:
    """Merged phrases, by their numbers: the first gives the group its `name` and its reviews."""

    numbers: tuple[int, ...]
    name: str


def _merged(counts: PhraseCounts, places: Ints, chosen: Mask) -> list[list[int]]:
    """Return groups of indices into `places`: the phrase that names the group, then those merged into it."""
    together = counts.reviews_with_both(places, chosen)
    groups = [_Group((number,), counts.phrases[place]) for number, place in enumerate(places.tolist())]
    for _ in range(2):  # twice, since a new name of a group may overlap with another group's
        groups = _merged_once(groups, together)
    return [list(group.numbers) for group in groups]


def _merged_once(found: list[_Group], together: Ints) -> list[_Group]:
    """Merge each group into the first earlier one that covers it; `together` is the result of `reviews_with_both`."""
    groups: list[_Group] = []
    for one in found:
        place = next((at for at, group in enumerate(groups) if _covers(group, one, together)), None)
        if place is None:
            groups.append(one)
        else:
            groups[place] = _joined(groups[place], one, together)
    return groups


def _covers(group: _Group, other: _Group, together: Ints) -> bool:
    """Return whether the other group is a rarer variant of this one, or occurs in nearly the same reviews."""
    first, second = group.numbers[0], other.numbers[0]
    both, of_group, of_other = together[first, second], together[first, first], together[second, second]
    if both >= _SAME * (of_group + of_other - both):
        return True
    return bool(both >= _OVERLAP * of_other and {*group.name.split()} & {*other.name.split()} - STOP_WORDS)


def _joined(group: _Group, other: _Group, together: Ints) -> _Group:
    """Return both as one group, named by the longer phrase if that occurs in most of the reviews."""
    is_longer = f" {group.name} " in f" {other.name} "
    count, other_count = together[group.numbers[0], group.numbers[0]], together[other.numbers[0], other.numbers[0]]
    first, second = (other, group) if is_longer and other_count >= _LONGER_NAMES * count else (group, other)
    return _Group((*first.numbers, *second.numbers), first.name)
