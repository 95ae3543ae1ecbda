"""Evaluate a model on each kind of goods, seen or unseen in training, and calibrate it across kinds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from scripts.research.reviews.corpus import Corpus, ReviewKind
from scripts.research.reviews.student import Reading
from sentiment.data.review_folder import RatedReview
from sentiment.model import calibration
from sentiment.model.batching import lengths_of
from sentiment.model.calibration import Calibration, Lengths
from sentiment.model.inference import logits
from sentiment.model.network import Network
from sentiment.training.classifier.task import NO_STARS, Examples

# With fewer reviews of a label, accuracy on the kind is not meaningful.
_MINIMUM_PER_LABEL = 15
# Kinds differ in their share of positive reviews; both labels get the same weight, whatever that share is.
_MOST_PER_LABEL = 500
_SEED = 1
# The name of films among the kinds.
FILMS = "films"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scored:
    """Positive-class logits (reviews,) of one kind, token counts of its reviews, and labels: 0, 1, NaN if neutral."""

    logits: Floats
    lengths: Lengths
    labels: Floats

    @property
    def balanced(self) -> NDArray[np.intp]:
        """Indices of as many reviews of each label; deterministic."""
        places = [np.flatnonzero(self.labels == label) for label in (0, 1)]
        count = min(*map(len, places), _MOST_PER_LABEL)
        generator = np.random.default_rng(_SEED)
        return np.concatenate([generator.choice(own, count, replace=False) for own in places])

    @property
    def tells(self) -> bool:
        """Whether there are enough reviews of each label."""
        return min(int((self.labels == label).sum()) for label in (0, 1)) >= _MINIMUM_PER_LABEL


def validation(corpus: Corpus, reading: Reading) -> Examples:
    """Return the data that chooses the epoch: films, and the held-out rows of the training kinds."""
    reviews = [(one.review, float(one.label)) for one in corpus.film_validation]
    for kind in corpus.met.values():
        reviews += [(one.review, float(one.label)) for one in kind.validation if one.label is not None]
    return Examples(
        reading.ids(review for review, _ in reviews),
        np.array([label for _, label in reviews], np.float32),
        np.full(len(reviews), NO_STARS, np.int64),
    )


@dataclass(frozen=True)
class Measured:
    """The figures of a network on seen and unseen kinds: its calibration, and cards by `met` and `never_met`.

    `met_temperature` is the best temperature for films and the kinds seen in training.
    """

    calibration: Calibration
    cards: dict[str, dict[str, Any]]
    met_temperature: float


def measured(network: Network, corpus: Corpus, reading: Reading, target: float) -> Measured:
    """Evaluate a network on held-out rows, and calibrate it on films, seen kinds and unseen kinds.

    The uncertain band is fitted on unseen kinds; if there are none, on held-out rows of seen ones.
    """
    learnt, never_met = (scored(network, reading, kinds) for kinds in (held_back(corpus), corpus.never_met))
    met = {name: learnt[name] for name in corpus.met}
    shape, _ = calibrated([{FILMS: learnt[FILMS]}, met, never_met])
    fitted = with_band(shape, never_met or met, target)
    cards = {
        name: card(kinds, fitted)
        for name, kinds in (("never_met", never_met), ("met", met))
        if any(one.tells for one in kinds.values())
    }
    return Measured(fitted, cards, _met_temperature(learnt, fitted))


def carried_over(before: Measured, network: Network, corpus: Corpus, reading: Reading) -> Calibration:
    """Return the calibration of a network whose training was continued on all kinds, so that no unseen ones are left.

    Its temperature is changed by the ratio measured on rows held out from both networks; the rest is kept.
    """
    now = _met_temperature(scored(network, reading, held_back(corpus)), before.calibration)
    return replace(before.calibration, temperature=before.calibration.temperature * now / before.met_temperature)


def held_back(corpus: Corpus) -> dict[str, ReviewKind]:
    """Return films and the training kinds, whose validation rows are never trained on."""
    films = tuple(RatedReview(one.review, one.label, one.stars) for one in corpus.film_validation)
    return {FILMS: ReviewKind((), films), **corpus.met}


def calibrated(groups: Sequence[Mapping[str, Scored]], start: Calibration | None = None) -> tuple[Calibration, float]:
    """Fit temperature, length power and shift of short reviews, and return them with the BCE.

    The first group, films, has the same weight as all others together, which are weighted equally, as are the kinds of
    a group and both labels of a kind. Complaints about goods use words that are rare in film reviews, so those reviews
    get too positive logits without a shift; films have long reviews that repeat the same evidence. With `start`, only
    the temperature is fitted.
    """
    telling = [kinds for group in groups if (kinds := [one for one in group.values() if one.tells])]
    if not telling:
        return start or Calibration(), float("nan")
    weights = _weights(telling)
    verdicts, lengths, labels = together([one for kinds in telling for one in kinds])

    def settings(values: Sequence[float]) -> Calibration:
        temperature = math.exp(values[0])
        if start:
            return replace(start, temperature=temperature)
        return Calibration(temperature, length_power=min(max(values[1], 0.0), 1.0), short_shift=values[2], fitted=True)

    def loss(values: NDArray[np.float64]) -> float:
        log_odds = settings(values.tolist()).log_odds(verdicts, lengths)
        return float(weights @ np.logaddexp(0, (1 - 2 * labels) * log_odds))

    first = np.zeros(1) if start else np.array([0.0, 0.1, 0.0])
    found = minimize(loss, first, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-8})
    return settings(found.x.tolist()), float(found.fun)


def _weights(groups: Sequence[Sequence[Scored]]) -> NDArray[np.float64]:
    """Return the weight of each of the balanced reviews of all groups (reviews,), summing to 1."""
    weights = [
        np.full(len(one.balanced), 1 / len(one.balanced) / len(kinds) / (len(groups) - 1 if place else 1))
        for place, kinds in enumerate(groups)
        for one in kinds
    ]
    every: NDArray[np.float64] = np.concatenate(weights)
    every /= every.sum()
    return every


def with_band(settings: Calibration, kinds: Mapping[str, Scored], target: float) -> Calibration:
    """Return the calibration with the uncertain band outside which `target` of the decided reviews are correct."""
    telling = [one for one in kinds.values() if one.tells]
    if not telling:
        return settings
    verdicts, lengths, labels = together(telling)
    edge = calibration.band_edge(settings.probabilities(verdicts, lengths), labels, target)
    return replace(settings, low=1 - edge, high=edge)


def together(kinds: Sequence[Scored]) -> tuple[Floats, Lengths, Floats]:
    """Return logits, lengths and labels of the balanced reviews of all kinds (reviews,)."""
    return (
        np.concatenate([one.logits[one.balanced] for one in kinds]),
        np.concatenate([one.lengths[one.balanced] for one in kinds]),
        np.concatenate([one.labels[one.balanced] for one in kinds]),
    )


def scored(network: Network, reading: Reading, kinds: Mapping[str, ReviewKind]) -> dict[str, Scored]:
    """Return the uncalibrated logits of a trained network on the validation rows of each kind."""
    network.fold()
    return {name: _scored(network, reading, kind.validation) for name, kind in kinds.items()}


def card(kinds: Mapping[str, Scored], settings: Calibration) -> dict[str, Any]:
    """Return metrics per kind and overall; the latter are means over kinds, with equal weight of both labels."""
    rows = {name: _row(one, settings) for name, one in kinds.items() if one.tells}
    neutral = np.concatenate([_probabilities(one, settings)[np.isnan(one.labels)] for one in kinds.values()])
    verdicts, lengths, labels = together([one for one in kinds.values() if one.tells])
    probabilities = settings.probabilities(verdicts, lengths)
    means = {
        name: float(np.mean([row[name] for row in rows.values()]))
        for name in ("balanced_accuracy", "decided_share", "decided_accuracy")
    }
    return {
        **means,
        "ece": calibration.expected_calibration_error(probabilities, labels),
        "neutral_reviews": len(neutral),
        "neutral_undecided": float((~settings.decided(neutral)).mean()) if len(neutral) else None,
        "kinds": rows,
    }


def _scored(network: Network, reading: Reading, reviews: Sequence[RatedReview]) -> Scored:
    readings = reading.ids(one.review for one in reviews)
    verdicts, _ = logits(network, readings, torch.device("cpu"))
    labels = [np.nan if one.label is None else one.label for one in reviews]
    return Scored(verdicts, lengths_of(readings), np.array(labels, np.float32))


def _met_temperature(learnt: Mapping[str, Scored], settings: Calibration) -> float:
    others = {name: one for name, one in learnt.items() if name != FILMS}
    return calibrated([{FILMS: learnt[FILMS]}, others], settings)[0].temperature


def _probabilities(one: Scored, settings: Calibration) -> NDArray[np.float64]:
    return settings.probabilities(one.logits, one.lengths)


def _row(one: Scored, settings: Calibration) -> dict[str, float]:
    probabilities = _probabilities(one, settings)
    right = (probabilities > 0.5) == (one.labels == 1)
    places = one.balanced
    decided = settings.decided(probabilities[places])
    return {
        "reviews": int(np.isfinite(one.labels).sum()),
        "balanced_accuracy": float(np.mean([right[one.labels == label].mean() for label in (0, 1)])),
        "decided_share": float(decided.mean()),
        "decided_accuracy": float(right[places][decided].mean()) if decided.any() else float("nan"),
    }
