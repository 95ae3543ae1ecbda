"""Logistic regression without an intercept, on features that are there or not, from targets that may be soft.

It is learnt as if any feature of a review might be missing, so that a verdict rests on many of them and not on the few
that fit the reviews at hand best.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

_ITERATIONS = 60

Floats = NDArray[np.float64]


def learn(
    features: sparse.csr_matrix,
    targets: NDArray[np.float32],
    scales: Floats,
    penalty: float,
    dropout: float = 0.0,
    offsets: Floats | float = 0.0,
) -> Floats:
    """Return the weights (features,) that minimise the expected BCE of reviews that lack features, plus a penalty.

    The expectation is taken to second order (Wager, Wang and Liang 2013): a common feature is held back where reviews
    are in doubt, a rare one that settles them is not. The search begins at 0, where all reviews are in doubt: from
    weights that leave no doubt it would not come back.

    Args:
        features: (reviews, features); where there is dropout, 0 or 1.
        targets: (reviews,) probabilities of positive, 0 to 1; labels are 0 and 1.
        scales: (features,) how large each weight may easily become.
        penalty: how strongly weights are pulled towards 0, in units of `scales`: half of it times their squared length.
        dropout: share of its features that a review lacks, at least 0 and below 1.
        offsets: (reviews,) log-odds that are known beforehand; the weights say what is to be added.
    """
    features = features.astype(np.float64)
    transposed = features.T.tocsr()
    noise = dropout / (1 - dropout)

    def objective(lengths: Floats) -> tuple[float, Floats]:
        weights = lengths * scales
        scores, squares = offsets + features @ weights, features @ weights**2
        probabilities = expit(scores)
        doubts = probabilities * (1 - probabilities)
        loss = np.logaddexp(0, scores).sum() - scores @ targets + 0.5 * noise * doubts @ squares
        slopes = probabilities - targets + 0.5 * noise * doubts * (1 - 2 * probabilities) * squares
        gradient = transposed @ slopes + noise * (transposed @ doubts) * weights
        return float(loss + 0.5 * penalty * lengths @ lengths), gradient * scales + penalty * lengths

    first = np.zeros(features.shape[1])
    result = minimize(objective, first, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    weights: Floats = result.x * scales
    return weights
