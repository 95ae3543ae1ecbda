"""Logistic regression without an intercept, on binary features and possibly soft targets.

It is trained with feature dropout, marginalised analytically, so that a verdict rests on many features of a review and
not only on the few that fit the training data best.
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
    """Return the weights (features,) that minimise the expected BCE under feature dropout plus an L2 penalty.

    The expectation uses a second-order approximation (Wager, Wang and Liang 2013): it penalises common features of
    ambiguous reviews more than rare ones that decide a review. The optimisation starts at 0, where every review is
    ambiguous: it would not recover from weights that leave no ambiguity.

    Args:
        features: (reviews, features); 0 or 1 if `dropout` is above 0.
        targets: (reviews,) probabilities of the positive class, 0 to 1; hard labels are 0 and 1.
        scales: (features,) prior scale of each weight.
        penalty: strength of the L2 penalty: half of it times the squared norm of the weights in units of `scales`.
        dropout: share of the features dropped from a review, at least 0 and below 1.
        offsets: (reviews,) known log-odds; the weights model what must be added to them.
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
