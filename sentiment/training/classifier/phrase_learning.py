"""Fit weights to phrases (n-grams) and blend them with the network.

Phrases are scaled by naive Bayes log-count ratios and fitted by logistic regression (Wang and Manning 2012) with
dropout: there are many more phrases than reviews, so a few phrases are enough to memorise a review.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

from sentiment.model.batching import Ids
from sentiment.model.phrases import KEYS, WEIGHTS, Keys, Phrases, keys_of
from sentiment.training.classifier import logistic_regression
from sentiment.training.classifier.logistic_regression import Floats

# A phrase in fewer reviews says more about those reviews than about others.
_MINIMUM_REVIEWS = 3
# L2 penalty. Penalties of 1, 3, 10 and 30 and dropouts from 0 to 0.75 were compared on the validation part of IMDb
# together with a quarter of the films of its training part.
_PENALTY = 3.0
_DROPOUT = 0.5
_BLEND_PENALTY = 5.0


def learn(
    readings: Sequence[Ids],
    targets: NDArray[np.float32],
    words: int,
    most: int,
) -> Phrases:
    """Fit the weights of at most `most` phrases.

    Args:
        readings: token ids of each review.
        targets: (reviews,) probabilities of the positive class, 0 to 1; hard labels are 0 and 1.
        words: size of the vocabulary.
        most: how many phrases are kept: those with the largest total effect on the reviews.
    """
    keys, counts = features(readings, words, _MINIMUM_REVIEWS)
    # No intercept: the blend with the network has one.
    weights = _weighed(counts, targets)
    if len(keys) > most:
        moved = np.abs(weights) * counts.sum(0).A1
        chosen = np.sort(np.argpartition(-moved, most)[:most])
        keys, counts = keys[chosen], counts[:, chosen]
        weights = _weighed(counts, targets)
    return Phrases(keys, weights.astype(np.float32), words)


def blend(
    verdicts: NDArray[np.float32], sums: NDArray[np.float32], labels: NDArray[np.float32]
) -> tuple[float, float, float]:
    """Return the shares of the network and of the phrases, and an intercept, that minimise BCE on held-out reviews.

    All three are shrunk towards the network alone, so that a handful of reviews changes little.

    Args:
        verdicts: (reviews,) logits of the network.
        sums: (reviews,) summed weights of the phrases.
        labels: (reviews,) 1 for positive.
    """
    sides = np.stack([verdicts, sums, np.ones_like(sums)], axis=1).astype(np.float64)
    alone = np.array([1.0, 0.0, 0.0])

    def objective(shares: Floats) -> tuple[float, Floats]:
        scores, away = sides @ shares, shares - alone
        loss = np.logaddexp(0, scores).sum() - scores @ labels + _BLEND_PENALTY * away @ away
        return float(loss), sides.T @ (expit(scores) - labels) + 2 * _BLEND_PENALTY * away

    network, phrases, intercept = minimize(objective, alone, jac=True, method="L-BFGS-B").x.tolist()
    return network, phrases, intercept


def blended(
    weights: Mapping[str, NDArray[np.float32]], phrases: Phrases, shares: tuple[float, float, float]
) -> dict[str, NDArray[np.float32] | Keys]:
    """Return the network's weights, by parameter name, with the phrases added and the shares of `blend` applied."""
    network, own, intercept = shares
    head, bias = weights["head.weight"].copy(), weights["head.bias"].copy()
    head[0] *= network
    bias[0] = bias[0] * network + intercept
    return {
        **weights,
        "head.weight": head,
        "head.bias": bias,
        KEYS: phrases.keys,
        WEIGHTS: phrases.weights * np.float32(own),
    }


def features(readings: Sequence[Ids], words: int, minimum: int) -> tuple[Keys, sparse.csr_matrix]:
    """Return the phrases in at least `minimum` reviews, and their occurrences as a 0/1 matrix (reviews, phrases)."""
    each = [keys_of(ids, words) for ids in readings]
    keys, counts = np.unique(np.concatenate(each), return_counts=True)
    keys = keys[counts >= minimum]
    columns, starts = [], [0]
    for own in each:
        place = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        columns.append(place[keys[place] == own].astype(np.int32))
        starts.append(starts[-1] + len(columns[-1]))
    indices = np.concatenate(columns)
    matrix = sparse.csr_matrix((np.ones(len(indices), dtype=np.float32), indices, starts), (len(readings), len(keys)))
    return keys, matrix


def _weighed(counts: sparse.csr_matrix, targets: NDArray[np.float32]) -> Floats:
    scales = _log_ratios(counts, targets)
    return logistic_regression.learn(counts, targets, scales, _PENALTY, _DROPOUT)


def _log_ratios(counts: sparse.csr_matrix, targets: NDArray[np.float32]) -> Floats:
    """Return the log-ratio of each phrase's frequency in positive reviews to that in negative ones."""
    positive = counts.T @ targets + 1.0
    negative = counts.T @ (1 - targets) + 1.0
    ratios: Floats = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    return ratios
