"""Level changes in a series of shares: likelihood-ratio splits that chance does not explain."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CHANCE = 0.01
_SHUFFLES = 999

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LevelChange:
    """The level before `place` and from it on, as shares from 0 to 1; `p` is the chance of as clear a change."""

    place: int
    before: float
    after: float
    p: float


def level_changes(hits: Counts, of: Counts, series: int = 1) -> list[LevelChange]:
    """Return the level changes of the share `hits` / `of` (periods,), in order of time.

    Binary segmentation (Scott and Knott 1974): the split with the greatest likelihood ratio is a change if fewer
    than 1 % of 999 random permutations of the same rows have a split with as great a ratio at any place. Both sides
    are then searched in the same way. `series` is the number of series searched together; the 1 % is divided among
    them. The permutations are the same in every call.
    """
    random = np.random.default_rng(0)
    places = sorted(_splits(hits, of, 0, CHANCE / series, random))
    bounds = [0, *(place for place, _ in places), len(of)]
    levels = [hits[a:b].sum() / of[a:b].sum() for a, b in pairwise(bounds) if b > a]
    return [LevelChange(place, float(levels[i]), float(levels[i + 1]), p) for i, (place, p) in enumerate(places)]


def _splits(hits: Counts, of: Counts, offset: int, most: float, random: np.random.Generator) -> list[tuple[int, float]]:
    if len(of) < 2 or not 0 < hits.sum() < of.sum():
        return []
    ratios = _ratios(hits[None], of)[0]
    place = int(ratios.argmax()) + 1
    shuffled = random.multivariate_hypergeometric(of, int(hits.sum()), size=_SHUFFLES, method="marginals")
    as_great = int((_ratios(shuffled, of).max(axis=1) >= ratios[place - 1]).sum())
    p = (as_great + 1) / (_SHUFFLES + 1)
    if p > most:
        return []
    return [
        *_splits(hits[:place], of[:place], offset, most, random),
        (offset + place, p),
        *_splits(hits[place:], of[place:], offset + place, most, random),
    ]


def _ratios(hits: Counts, of: Counts) -> Floats:
    """Return the log likelihood ratio (series, periods - 1) of a split after each period but the last."""
    left, left_of = hits.cumsum(axis=1)[:, :-1], of.cumsum()[:-1]
    right, right_of = hits.sum(axis=1, keepdims=True) - left, of.sum() - left_of
    return _likelihood(left, left_of) + _likelihood(right, right_of)


def _likelihood(hits: Counts, of: Counts) -> Floats:
    """Return the maximum log likelihood of the given hits, without the terms that are equal for every split."""
    share = hits / of
    with np.errstate(divide="ignore", invalid="ignore"):
        each = hits * np.log(share) + (of - hits) * np.log1p(-share)
    return np.where((hits == 0) | (hits == of), 0.0, each)
