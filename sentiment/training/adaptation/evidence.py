"""The features of reviews that adaptation is fitted on, and the weights of a bundle after a change to its log-odds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sentiment.model.batching import Ids, lengths_of
from sentiment.model.bundle import Bundle, Weights
from sentiment.model.calibration import Calibration
from sentiment.model.inference import logits, states
from sentiment.model.phrases import KEYS, WEIGHTS, Keys
from sentiment.model.predictor import Predictor
from sentiment.text import names
from sentiment.text.vocabulary import UNKNOWN
from sentiment.training.classifier import phrase_learning

Floats = NDArray[np.float64]

# A phrase found in only one review would let the fit memorise that review.
_MINIMUM_REVIEWS = 2
# Lower bound, so that states that hardly vary are not scaled up to the size of the others.
_LEAST_SPREAD = 1e-3
# Columns of the evidence before the states: a constant, and the model's own verdict.
CONSTANT, VERDICT, STATES = 0, 1, 2


@dataclass(frozen=True)
class Evidence:
    """The features of each review.

    `verdicts` (reviews,) are the model's calibrated log-odds. `columns` (reviews, 2 + width + phrases) hold a constant,
    these verdicts, the input of the network's head, and 1 for each phrase in the review. The head's inputs are
    standardised and scaled so that together they have the norm of one other column. Where the calibration depends on
    length, all columns but the verdicts are scaled as it scales a logit. `keys` (phrases,) identify the phrases;
    `middle` and `spread` (width,) standardise the states.
    """

    verdicts: Floats
    columns: sparse.csr_matrix
    keys: Keys
    middle: Floats
    spread: Floats


def found(predictor: Predictor, reviews: Sequence[str]) -> Evidence:
    """Return the features that the model of `predictor` finds in reviews. No phrase contains a name."""
    reader, calibration = predictor.reader, predictor.bundle.config.calibration
    readings = [reader.ids(review) for review in reviews]
    raw, _ = logits(predictor.network, readings, predictor.device)
    lengths = lengths_of(readings)
    verdicts = calibration.log_odds(raw, lengths)
    pooled = states(predictor.network, readings, predictor.device).astype(np.float64)
    middle = pooled.mean(axis=0)
    spread = np.maximum(pooled.std(axis=0), _LEAST_SPREAD) * math.sqrt(pooled.shape[1])
    keys, phrases = phrase_learning.features(
        _without_names(predictor, reviews, readings), len(reader.vocabulary), _MINIMUM_REVIEWS
    )
    # Whatever is added to the logit of a long review is scaled down as the rest of it is.
    scale = (calibration.scale(lengths) * calibration.temperature)[:, None]
    dense = np.column_stack([scale, verdicts, (pooled - middle) / spread * scale])
    return Evidence(verdicts, sparse.hstack([dense, phrases.multiply(scale)], format="csr"), keys, middle, spread)


def changed(start: Bundle, evidence: Evidence, change: Floats) -> tuple[Weights, Calibration]:
    """Return weights and calibration of a bundle whose log-odds are those of `start` plus `evidence.columns @ change`.

    `change` has a weight for each column of the evidence. The temperature of the new calibration is 1.
    """
    width = len(evidence.middle)
    learnt, phrases = change[STATES : STATES + width] / evidence.spread, change[STATES + width :]
    before = start.config.calibration
    share = float(1 + change[VERDICT]) / before.temperature
    head, bias = start.weights["head.weight"].copy(), start.weights["head.bias"].copy()
    head[0] = share * head[0] + learnt
    bias[0] = share * bias[0] + change[CONSTANT] - learnt @ evidence.middle
    weights = {**start.weights, "head.weight": head, "head.bias": bias}
    if KEYS in start.weights or phrases.any():
        weights |= _merged(start, share, evidence.keys, phrases)
    return weights, replace(before, temperature=1.0, short_shift=share * before.short_shift)


def _merged(start: Bundle, share: float, keys: Keys, phrases: Floats) -> Weights:
    """Return the phrases of a bundle, their weights multiplied by `share`, merged with others."""
    old = start.weights.get(KEYS, np.zeros(0, dtype=np.int64))
    counting = phrases != 0
    together = np.union1d(old, keys[counting])
    weights = np.zeros(len(together))
    weights[np.searchsorted(together, old)] += share * start.weights.get(WEIGHTS, np.zeros(0))
    weights[np.searchsorted(together, keys[counting])] += phrases[counting]
    return {KEYS: together, WEIGHTS: weights.astype(np.float32)}


def _without_names(predictor: Predictor, reviews: Sequence[str], readings: Sequence[Ids]) -> list[Ids]:
    """Return readings in which names of people and places are unknown words, so that the model favours none of them."""
    named = predictor.reader.vocabulary.encode(name.lower() for name in names.names_in(reviews))
    return [np.where(np.isin(ids, named), np.int32(UNKNOWN), ids) for ids in readings]
