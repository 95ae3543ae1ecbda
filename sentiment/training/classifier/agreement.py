"""How far the reviews of one film agree, and what the others' verdicts so say of a review.

Each film has its own share of positive reviews, drawn from a Beta distribution: how many of its reviews are positive is
beta-binomial (Skellam 1948, "A Probability Distribution Derived from the Binomial Distribution by Regarding the
Probability of Success as Variable between the Sets of Trials"). Where reviews agree, that distribution has its weight
near 0 and 1, and what the others say is evidence.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, logsumexp, roots_jacobi

# Gauss-Jacobi quadrature of so many nodes is exact for films of up to twice as many reviews; IMDb's have at most 60.
_NODES = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """The Beta distribution, by its two parameters, of the share of positive reviews of a film."""

    positive: float
    negative: float

    def informed(self, verdicts: NDArray[np.float32], groups: Sequence[str]) -> NDArray[np.float32]:
        """Return the logit of positive of each review, given what is said of the others of its group as well.

        Args:
            verdicts: (reviews,) logits of positive, each by its own text and where both classes are as common.
            groups: what each review is about; one of "" stands for itself, and keeps its verdict.
        """
        informed = verdicts.astype(np.float64)
        nodes, weights = roots_jacobi(_NODES, self.negative - 1, self.positive - 1)
        yes, no = np.log((1 + nodes) / 2), np.log((1 - nodes) / 2)
        for members in _members(groups):
            own = informed[members, None]
            # How likely each review's text is where the share of positive ones is that of a node.
            each = np.logaddexp(no, yes + own)
            others = each.sum(0) - each + np.log(weights)
            informed[members] = own[:, 0] + logsumexp(others + yes, axis=1) - logsumexp(others + no, axis=1)
        return informed.astype(np.float32)


def learn(labels: Sequence[int], groups: Sequence[str]) -> Agreement:
    """Return the agreement that makes the labels of each group likeliest.

    Both parameters are pulled towards 1, where any share is as common, so that a handful of reviews changes little.

    Args:
        labels: 1 for positive, 0 for negative, of each review.
        groups: what each is about, "" where that is not known.
    """
    known = np.array(labels, dtype=np.float64)
    members = _members(groups)
    sizes = np.array([len(one) for one in members], dtype=np.float64)
    positive = np.array([known[one].sum() for one in members], dtype=np.float64)
    counts = np.stack([positive, sizes - positive])

    def unlikeliness(logarithms: Floats) -> tuple[float, Floats]:
        beta = np.exp(logarithms)[:, None]
        # Not by betaln, which is infinite for some where denormal numbers are flushed to zero.
        likely = _risen(gammaln, beta, counts).sum(0) - _risen(gammaln, beta.sum(), sizes)
        slopes = beta * (_risen(digamma, beta, counts) - _risen(digamma, beta.sum(), sizes))
        pull = 0.5 * float(logarithms @ logarithms)
        return pull - float(likely.sum()), logarithms - slopes.sum(axis=1)

    found = minimize(unlikeliness, np.zeros(2), jac=True, method="L-BFGS-B").x
    return Agreement(*np.exp(found).tolist())


def _risen(function: Callable[[Floats], Floats], start: Floats, by: Floats) -> Floats:
    """Return how much a function has risen that far from a start."""
    return function(start + by) - function(start)


def _members(groups: Sequence[str]) -> list[NDArray[np.intp]]:
    """Return the places of the reviews of each group that is known."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        if group:
            places[group].append(place)
    return [np.array(each) for each in places.values()]
