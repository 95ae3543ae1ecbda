"""How strongly reviews of the same film agree, and what that implies for the verdict on each of them.

Each film has its own share of positive reviews, drawn from a Beta distribution, so the number of its positive reviews
is beta-binomial (Skellam 1948, "A Probability Distribution Derived from the Binomial Distribution by Regarding the
Probability of Success as Variable between the Sets of Trials"). Where reviews agree, that distribution is concentrated
near 0 and 1, and the other reviews of a film are evidence.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, logsumexp, roots_jacobi

# Gauss-Jacobi quadrature with this many nodes is exact for films with up to twice as many reviews; those of IMDb have
# at most 60.
_NODES = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """Beta distribution of the share of positive reviews of a film, given by its two parameters."""

    positive: float
    negative: float

    def informed(self, verdicts: NDArray[np.float32], groups: Sequence[str]) -> NDArray[np.float32]:
        """Return the positive-class logit of each review, given the verdicts on the other reviews of its group as well.

        Args:
            verdicts: (reviews,) positive-class logits, each from the review's own text, assuming balanced classes.
            groups: what each review is about; a review whose group is "" is independent of all others and keeps its
                verdict.
        """
        informed = verdicts.astype(np.float64)
        nodes, weights = roots_jacobi(_NODES, self.negative - 1, self.positive - 1)
        yes, no = np.log((1 + nodes) / 2), np.log((1 - nodes) / 2)
        for members in _members(groups):
            own = informed[members, None]
            # Likelihood of each review's text if the share of positive reviews is that of the node.
            each = np.logaddexp(no, yes + own)
            others = each.sum(0) - each + np.log(weights)
            informed[members] = own[:, 0] + logsumexp(others + yes, axis=1) - logsumexp(others + no, axis=1)
        return informed.astype(np.float32)


def learn(labels: Sequence[int], groups: Sequence[str]) -> Agreement:
    """Return the maximum a posteriori estimate of the agreement, given the labels of each group.

    Both parameters are shrunk towards 1, the uniform distribution, so that a handful of reviews changes little.

    Args:
        labels: 1 for positive, 0 for negative, for each review.
        groups: what each review is about, "" if unknown.
    """
    known = np.array(labels, dtype=np.float64)
    members = _members(groups)
    sizes = np.array([len(one) for one in members], dtype=np.float64)
    positive = np.array([known[one].sum() for one in members], dtype=np.float64)
    counts = np.stack([positive, sizes - positive])

    def unlikeliness(logarithms: Floats) -> tuple[float, Floats]:
        beta = np.exp(logarithms)[:, None]
        # Not with betaln, which is infinite for some values when denormal numbers are flushed to zero.
        likely = _risen(gammaln, beta, counts).sum(0) - _risen(gammaln, beta.sum(), sizes)
        slopes = beta * (_risen(digamma, beta, counts) - _risen(digamma, beta.sum(), sizes))
        pull = 0.5 * float(logarithms @ logarithms)
        return pull - float(likely.sum()), logarithms - slopes.sum(axis=1)

    found = minimize(unlikeliness, np.zeros(2), jac=True, method="L-BFGS-B").x
    return Agreement(*np.exp(found).tolist())


def _risen(function: Callable[[Floats], Floats], start: Floats, by: Floats) -> Floats:
    """Return `function(start + by) - function(start)`."""
    return function(start + by) - function(start)


def _members(groups: Sequence[str]) -> list[NDArray[np.intp]]:
    """Return the indices of the reviews of each known group."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        if group:
            places[group].append(place)
    return [np.array(each) for each in places.values()]
