"""What a model finds in reviews before it judges them, and how a change of its weights alters its verdict."""

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

# A phrase that only one review has would learn that review by heart.
_MINIMUM_REVIEWS = 2
# A state that hardly varies is not blown up to the size of the others.
_LEAST_SPREAD = 1e-3
# Columns of the evidence before the states: a constant, and the verdict of the model itself.
CONSTANT, VERDICT, STATES = 0, 1, 2


@dataclass(frozen=True)
class Evidence:
    """What is known of each review.

    `verdicts` (reviews,) are the model's log-odds, calibrated. `columns` (reviews, 2 + width + phrases) are a constant,
    these verdicts, the states that the network's head judges by, standardised and as long as one of the other columns
    together, and 1 for each phrase that the review has; where the calibration accounts for lengths, all of them but the
    verdicts are scaled as it scales a logit. `keys` (phrases,) are those of the phrases; `middle` and
    `spread` (width,) standardise the states.
    """

    verdicts: Floats
    columns: sparse.csr_matrix
    keys: Keys
    middle: Floats
    spread: Floats


def found(predictor: Predictor, reviews: Sequence[str]) -> Evidence:
    """Return what the model of `predictor` finds in reviews. Names are in no phrase."""
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
    # What is added to the logit of a long review counts as little as the rest of it.
    scale = (calibration.scale(lengths) * calibration.temperature)[:, None]
    dense = np.column_stack([scale, verdicts, (pooled - middle) / spread * scale])
    return Evidence(verdicts, sparse.hstack([dense, phrases.multiply(scale)], format="csr"), keys, middle, spread)


def changed(start: Bundle, evidence: Evidence, change: Floats) -> tuple[Weights, Calibration]:
    """Return weights and calibration of a bundle whose log-odds are those of `start` and, by evidence, `change` more.

    `change` has a weight for each column of the evidence. The temperature is 1.
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
    """Return the phrases of a bundle, their weights multiplied by `share`, together with others."""
    old = start.weights.get(KEYS, np.zeros(0, dtype=np.int64))
    counting = phrases != 0
    together = np.union1d(old, keys[counting])
    weights = np.zeros(len(together))
    weights[np.searchsorted(together, old)] += share * start.weights.get(WEIGHTS, np.zeros(0))
    weights[np.searchsorted(together, keys[counting])] += phrases[counting]
    return {KEYS: together, WEIGHTS: weights.astype(np.float32)}


def _without_names(predictor: Predictor, reviews: Sequence[str], readings: Sequence[Ids]) -> list[Ids]:
    """Return readings in which names of people and places are unknown words, as a model is to have no favourites."""
    named = predictor.reader.vocabulary.encode(name.lower() for name in names.names_in(reviews))
    return [np.where(np.isin(ids, named), np.int32(UNKNOWN), ids) for ids in readings]
