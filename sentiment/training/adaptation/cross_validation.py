"""Fit a change of a model's verdicts to few labels, averaged over several priors by cross-validation.

Each change is a logistic regression with the model's own verdict as offset, shrunk towards no change by a normal prior.
Priors differ in how much freedom they give to states and phrases. The result is the weighted mean of all changes,
including no change, each weighted by its likelihood on left-out reviews (pseudo-BMA: Yao et al. 2018), tempered because
there are few. Since a mean of changes is itself a change, it costs nothing when scoring.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sentiment.data.examples import Example
from sentiment.training.adaptation.evidence import CONSTANT, STATES, VERDICT, Evidence, Floats
from sentiment.training.classifier import logistic_regression


@dataclass(frozen=True)
class Prior:
    """Variances of the weights of the states and, on average, of the phrases."""

    states: float
    phrases: float


# Chosen on seven kinds of goods that a model was not trained on, with 50, 200 and 1,000 reviews: docs/model.md.
PRIORS = (Prior(0.0, 0.0), Prior(0.3, 0.02), Prior(1.0, 0.05), Prior(1.0, 0.2), Prior(3.0, 0.3))
_CONSTANT_VARIANCE, _VERDICT_VARIANCE = 0.5, 0.1
_TEMPERING = 0.3
# With few reviews, leaving out a fifth leaves too little to train on.
_FOLDS, _FOLDS_OF_FEW, _FEW = 5, 10, 100


@dataclass(frozen=True)
class Learnt:
    """`change` has a weight for each column of the evidence, all 0 if no change is better.

    `left_out` (reviews,) are calibrated log-odds of each review, predicted by a fit without it.
    """

    change: Floats
    left_out: Floats

    @property
    def is_changed(self) -> bool:
        """Whether `change` is not zero."""
        return bool(self.change.any())


def learn(
    evidence: Evidence, examples: Sequence[Example], seed: int, goes_on: Callable[[int, int], bool]
) -> Learnt | None:
    """Fit the change of the verdicts to the labels of `examples`.

    `goes_on` is called before each fit with the numbers of fits done and planned; if it returns False, return None.
    """
    labels = np.array([one.label for one in examples], dtype=np.float32)
    folds = fold_of(examples, seed)
    numbers = np.unique(folds).tolist()
    fits, done = len(PRIORS) * (len(numbers) + 1), 0
    changes, left_out = [np.zeros(evidence.columns.shape[1])], [evidence.verdicts]
    for prior in PRIORS:
        verdicts = np.empty(len(labels))
        for fold in [*numbers, None]:
            if not goes_on(done, fits):
                return None
            kept = np.ones(len(labels), dtype=bool) if fold is None else folds != fold
            change = _fitted(evidence, labels, kept, prior)
            if fold is None:
                changes.append(change)
            else:
                verdicts[~kept] = evidence.verdicts[~kept] + evidence.columns[~kept] @ change
            done += 1
        left_out.append(verdicts)
    return _mean(changes, left_out, labels)


def fold_of(examples: Sequence[Example], seed: int) -> NDArray[np.int64]:
    """Return the fold (reviews,) in which each review is left out, stratified by label.

    Reviews of one group, or with the same text, are in the same fold.
    """
    together: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(examples):
        together[f"group {one.group}" if one.group else one.review].append(place)
    keys = sorted(together)
    random.Random(seed).shuffle(keys)
    keys.sort(key=lambda key: examples[together[key][0]].label)
    count = _FOLDS_OF_FEW if len(examples) < _FEW else _FOLDS
    folds = np.empty(len(examples), dtype=np.int64)
    for number, key in enumerate(keys):
        folds[together[key]] = number % count
    return folds


def _fitted(evidence: Evidence, labels: NDArray[np.float32], rows: NDArray[np.bool_], prior: Prior) -> Floats:
    """Return the change fitted to `rows` under a prior; columns with zero variance keep a weight of 0."""
    columns: sparse.csr_matrix = evidence.columns[rows]
    phrases = STATES + len(evidence.middle)
    variances = np.empty(columns.shape[1])
    variances[[CONSTANT, VERDICT]] = _CONSTANT_VARIANCE, _VERDICT_VARIANCE
    variances[STATES:phrases] = prior.states
    variances[phrases:] = prior.phrases * telling(columns[:, phrases:], labels[rows])
    free = np.flatnonzero(variances)
    change = np.zeros(len(variances))
    change[free] = logistic_regression.learn(
        columns[:, free], labels[rows], np.sqrt(variances[free]), penalty=1.0, offsets=evidence.verdicts[rows]
    )
    return change


def telling(phrases: sparse.csr_matrix, labels: NDArray[np.float32]) -> Floats:
    """Return the prior variance of each phrase's weight (phrases,): its squared log-count ratio, normalised.

    This follows Wang and Manning (2012), naive Bayes features, by way of the prior: a phrase equally common in both
    classes is held back. The mean over all occurrences is 1. Only the given labels count, so nothing leaks from
    left-out reviews.
    """
    if not phrases.shape[1]:
        return np.ones(0)
    present = phrases.astype(bool)
    positive, negative = (1.0 + np.asarray(present[labels == label].sum(0)).ravel() for label in (1, 0))
    ratios = (np.log(positive / positive.sum()) - np.log(negative / negative.sum())) ** 2
    mean = np.average(ratios, weights=positive + negative)
    return ratios / mean if mean > 0 else np.ones_like(ratios)


def _mean(changes: Sequence[Floats], left_out: Sequence[Floats], labels: NDArray[np.float32]) -> Learnt:
    """Return the weighted mean of the changes, the first of which is none.

    Return that first one alone if the mean does not lower the loss on left-out reviews, or if it classifies fewer of
    them correctly.
    """
    losses = np.array([_loss(verdicts, labels) for verdicts in left_out])
    shares = np.exp(-_TEMPERING * (losses - losses.min()))
    shares /= shares.sum()
    verdicts = shares @ np.stack(left_out)
    if _loss(verdicts, labels) >= losses[0] or _right(verdicts, labels) < _right(left_out[0], labels):
        return Learnt(changes[0], left_out[0])
    return Learnt(shares @ np.stack(changes), verdicts)


def _loss(verdicts: Floats, labels: NDArray[np.float32]) -> float:
    """Return the total cross-entropy of all reviews, in nats."""
    return float(np.logaddexp(0, np.where(labels > 0.5, -verdicts, verdicts)).sum())


def _right(verdicts: Floats, labels: NDArray[np.float32]) -> int:
    """Return how many reviews are classified correctly."""
    return int(((verdicts > 0) == (labels > 0.5)).sum())
