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
from functools import partial

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
# Of the phrases fitted without the verdict: their mean variance, and the share that is added. Chosen on ten such kinds.
_ALONE_VARIANCE, _ALONE_SHARE = 0.03, 0.5
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


@dataclass(frozen=True)
class _Fit:
    """`change` is fitted to all reviews; `effect` (reviews,) is what it adds to log-odds where each is left out."""

    change: Floats
    effect: Floats


def learn(
    evidence: Evidence, examples: Sequence[Example], seed: int, goes_on: Callable[[int, int], bool]
) -> Learnt | None:
    """Fit the change of the verdicts to the labels of `examples`.

    `goes_on` is called before each fit with the numbers of fits done and planned; if it returns False, return None.
    """
    labels = np.array([one.label for one in examples], dtype=np.float32)
    folds = fold_of(examples, seed)
    numbers = np.unique(folds).tolist()
    fits = [*(partial(_fitted, evidence, labels, prior) for prior in PRIORS), partial(_fitted_alone, evidence, labels)]
    done, changes, effects = 0, [], []
    for fit in fits:
        effect = np.empty(len(labels))
        for fold in [*numbers, None]:
            if not goes_on(done, len(fits) * (len(numbers) + 1)):
                return None
            if fold is None:
                changes.append(fit(np.ones(len(labels), dtype=bool)))
            else:
                effect[folds == fold] = evidence.columns[folds == fold] @ fit(folds != fold)
            done += 1
        effects.append(effect)
    *fitted, alone = (_Fit(*both) for both in zip(changes, effects, strict=True))
    return _combined(evidence.verdicts, fitted, alone, labels)


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


def _fitted(evidence: Evidence, labels: NDArray[np.float32], prior: Prior, rows: NDArray[np.bool_]) -> Floats:
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


def _fitted_alone(evidence: Evidence, labels: NDArray[np.float32], rows: NDArray[np.bool_]) -> Floats:
    """Return the weights of the phrases and a constant, fitted to `rows` without the verdicts; the others are 0."""
    columns: sparse.csr_matrix = evidence.columns[rows]
    phrases = STATES + len(evidence.middle)
    free = np.array([CONSTANT, *range(phrases, columns.shape[1])])
    variances = np.array([_CONSTANT_VARIANCE, *_ALONE_VARIANCE * rarity(columns[:, phrases:])])
    change = np.zeros(columns.shape[1])
    change[free] = logistic_regression.learn(columns[:, free], labels[rows], np.sqrt(variances), penalty=1.0)
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


def rarity(phrases: sparse.csr_matrix) -> Floats:
    """Return the prior variance of each phrase's weight (phrases,): its squared inverse document frequency, normalised.

    A regression on TF-IDF shrinks its weights in the same way. The mean over all occurrences is 1.
    """
    if not phrases.shape[1]:
        return np.ones(0)
    reviews = np.asarray(phrases.astype(bool).sum(0)).ravel()
    inverse: Floats = (np.log((1 + phrases.shape[0]) / (1 + reviews)) + 1) ** 2
    mean = np.average(inverse, weights=reviews) if reviews.any() else inverse.mean()
    return inverse / mean


def _combined(verdicts: Floats, fits: Sequence[_Fit], alone: _Fit, labels: NDArray[np.float32]) -> Learnt:
    """Return the weighted mean of the fitted changes and of no change, plus a share of the phrases fitted alone.

    Return no change if that mean does not lower the loss on left-out reviews, or if the result classifies fewer of them
    correctly.
    """
    effects = np.stack([np.zeros_like(verdicts), *(one.effect for one in fits)])
    losses = np.array([_loss(verdicts + effect, labels) for effect in effects])
    shares = np.exp(-_TEMPERING * (losses - losses.min()))
    shares /= shares.sum()
    mean = shares @ effects
    left_out = verdicts + mean + _ALONE_SHARE * alone.effect
    if _loss(verdicts + mean, labels) >= losses[0] or _right(left_out, labels) < _right(verdicts, labels):
        return Learnt(np.zeros_like(alone.change), verdicts)
    return Learnt(shares[1:] @ np.stack([one.change for one in fits]) + _ALONE_SHARE * alone.change, left_out)


def _loss(verdicts: Floats, labels: NDArray[np.float32]) -> float:
    """Return the total cross-entropy of all reviews, in nats."""
    return float(np.logaddexp(0, np.where(labels > 0.5, -verdicts, verdicts)).sum())


def _right(verdicts: Floats, labels: NDArray[np.float32]) -> int:
    """Return how many reviews are classified correctly."""
    return int(((verdicts > 0) == (labels > 0.5)).sum())
