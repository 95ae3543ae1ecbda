"""Statistics for chance: confidence intervals of shares, tests of differences, and corrections for many tests."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sentiment.evaluation.metrics import wilson_interval

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def shares(hits: Counts, of: Counts) -> tuple[Floats, Floats, Floats]:
    """Return shares (n,) with the lower and upper bounds of their 95 % intervals (Wilson 1927), all 0 to 1.

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
    """Return p values (n,), 0 to 1, of the difference of two shares: twice Fisher's exact one-sided test."""
    total, total_hits = of + other_of, hits + other_hits
    fewer = stats.hypergeom.cdf(hits, total, total_hits, of)
    more = stats.hypergeom.sf(hits - 1, total, total_hits, of)
    p: Floats = np.minimum(1.0, 2 * np.minimum(fewer, more))
    return p


def adjusted(p: Floats) -> Floats:
    """Return p values (n,) adjusted for multiple testing (Benjamini and Hochberg 1995).

    Among the adjusted values below 0.05, at most 5 % are expected to be due to chance.
    """
    return np.asarray(stats.false_discovery_control(p)) if len(p) else p
