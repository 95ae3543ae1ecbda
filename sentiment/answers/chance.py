"""What chance alone would do: intervals of shares, tests of differences, and many tests at once."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sentiment.evaluation.metrics import wilson_interval

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def shares(hits: Counts, of: Counts) -> tuple[Floats, Floats, Floats]:
    """Return shares (n,) with the lower and upper ends of their 95 % intervals (Wilson 1927), all 0 to 1.

    All three are NaN where `of` is 0.
    """
    known = of > 0
    share, low, high = (np.full(len(of), np.nan) for _ in range(3))
    share[known] = hits[known] / of[known]
    bounds = [wilson_interval(int(h), int(n)) for h, n in zip(hits[known], of[known], strict=True)]
    if bounds:
        low[known], high[known] = np.array(bounds).T
    return share, low, high


def difference_p(hits: Counts, of: Counts, other_hits: Counts, other_of: Counts) -> Floats:
    """Return how likely chance makes two shares differ as much (n,), 0 to 1: twice Fisher's exact one-sided test."""
    total, total_hits = of + other_of, hits + other_hits
    fewer = stats.hypergeom.cdf(hits, total, total_hits, of)
    more = stats.hypergeom.sf(hits - 1, total, total_hits, of)
    p: Floats = np.minimum(1.0, 2 * np.minimum(fewer, more))
    return p


def adjusted(p: Floats) -> Floats:
    """Return p values (n,) adjusted for having been looked at together (Benjamini and Hochberg 1995).

    Of those below 0.05, no more than 5 % are chance in the long run.
    """
    return np.asarray(stats.false_discovery_control(p)) if len(p) else p
