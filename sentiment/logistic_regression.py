"""Logistic regression without an intercept, on sparse features, from targets that may be soft."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

_ITERATIONS = 60

Floats = NDArray[np.float64]


def learn(features: sparse.csr_matrix, targets: NDArray[np.float32], penalty: float, start: float) -> Floats:
    """Return the weights (features,) that minimise BCE plus half a penalty times their squared length.

    Args:
        features: (reviews, features).
        targets: (reviews,) probabilities of positive, 0 to 1; labels are 0 and 1.
        penalty: how strongly weights are pulled towards 0.
        start: what each weight is at first, which is where it stays near when the search ends early.
    """
    transposed = features.T.tocsr()

    def objective(weights: Floats) -> tuple[float, Floats]:
        scores = features @ weights
        loss = np.logaddexp(0, scores).sum() - scores @ targets + 0.5 * penalty * weights @ weights
        gradient = transposed @ (expit(scores) - targets) + penalty * weights
        return float(loss), gradient

    first = np.full(features.shape[1], start)
    result = minimize(objective, first, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    weights: Floats = result.x
    return weights
