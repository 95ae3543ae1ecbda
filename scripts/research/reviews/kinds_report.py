"""How a model does on each kind of goods, met or not, and what calibrates it across kinds."""

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
from sentiment.model.calibration import Calibration
from sentiment.model.inference import logits
from sentiment.model.network import Network
from sentiment.training.classifier.task import NO_STARS, Examples

# A kind with fewer reviews of a label than this says nothing about accuracy.
_MINIMUM_PER_LABEL = 15
# Kinds differ in how many of their reviews are positive; both labels count the same, whatever that share is.
_MOST_PER_LABEL = 500
_SEED = 1
# The name that films go by beside the other kinds.
FILMS = "films"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scored:
    """Logits of positive (reviews,) of one kind, and its labels: 0, 1, or NaN for neutral."""

    logits: Floats
    labels: Floats

    @property
    def balanced(self) -> NDArray[np.intp]:
        """The places of as many reviews of each label, always the same ones."""
        places = [np.flatnonzero(self.labels == label) for label in (0, 1)]
        count = min(*map(len, places), _MOST_PER_LABEL)
        generator = np.random.default_rng(_SEED)
        return np.concatenate([generator.choice(own, count, replace=False) for own in places])

    @property
    def tells(self) -> bool:
        """Whether there are enough reviews of each label."""
        return min(int((self.labels == label).sum()) for label in (0, 1)) >= _MINIMUM_PER_LABEL


def validation(corpus: Corpus, reading: Reading) -> Examples:
    """Return what chooses the epoch: films, and the rows of the kinds that are met which nothing learns from."""
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
    """How a network reads kinds that it has met and others: its calibration, and cards by `met` and `never_met`.

    The calibration is that of its logits with `shift` added. `met_temperature` is the temperature that suits the rows
    of the kinds that it has met.
    """

    calibration: Calibration
    cards: dict[str, dict[str, Any]]
    met_temperature: float
    shift: float


def measured(network: Network, corpus: Corpus, reading: Reading, target: float) -> Measured:
    """Judge a network on rows that it has not learnt, and calibrate it on the kinds that it has not met.

    Without any it is calibrated on rows of those that it has met.
    """
    learnt, never_met = (scored(network, reading, kinds) for kinds in (held_back(corpus), corpus.never_met))
    moved = shift({**learnt, **never_met})
    met, never_met = shifted({name: learnt[name] for name in corpus.met}, moved), shifted(never_met, moved)
    fitted = calibrated(never_met or met, target)
    cards = {
        name: card(kinds, fitted)
        for name, kinds in (("never_met", never_met), ("met", met))
        if any(one.tells for one in kinds.values())
    }
    return Measured(fitted, cards, calibrated(met, target).temperature, moved)


def carried_over(before: Measured, network: Network, corpus: Corpus, reading: Reading, target: float) -> Calibration:
    """Return the calibration of a network that has gone on and has no kinds left that it has not met.

    The shift of the network before is in it already. Its temperature changes as it does on the rows that neither
    network has learnt; the band stays.
    """
    now = calibrated(scored(network, reading, corpus.met), target).temperature
    return replace(before.calibration, temperature=before.calibration.temperature * now / before.met_temperature)


def held_back(corpus: Corpus) -> dict[str, ReviewKind]:
    """Return films, and the kinds that are met, whose validation rows nothing learns from."""
    films = tuple(RatedReview(one.review, one.label, one.stars) for one in corpus.film_validation)
    return {FILMS: ReviewKind((), films), **corpus.met}


def shift(kinds: Mapping[str, Scored]) -> float:
    """Return what added to the logits minimises, together with a temperature, the BCE over kinds that count alike.

    People who complain of goods use words that films hardly teach, so those reviews read too well.
    """
    telling = [one for one in kinds.values() if one.tells]
    if not telling:
        return 0.0
    verdicts = np.concatenate([one.logits[one.balanced] for one in telling]).astype(np.float64)
    sides = np.concatenate([2 * one.labels[one.balanced] - 1 for one in telling])
    shares = np.concatenate([np.full(len(one.balanced), 1 / len(one.balanced)) for one in telling])

    def loss(scale_and_shift: NDArray[np.float64]) -> float:
        scale, moved = scale_and_shift
        return float(shares @ np.logaddexp(0, -sides * scale * (verdicts + moved)))

    return float(minimize(loss, np.array([1.0, 0.0])).x[1])


def shifted(kinds: Mapping[str, Scored], moved: float) -> dict[str, Scored]:
    """Return the kinds with `moved` added to each logit."""
    return {name: replace(one, logits=one.logits + np.float32(moved)) for name, one in kinds.items()}


def scored(network: Network, reading: Reading, kinds: Mapping[str, ReviewKind]) -> dict[str, Scored]:
    """Return the verdicts, uncalibrated, of a network that learns no more, on the validation rows of each kind."""
    network.fold()
    return {name: _scored(network, reading, kind.validation) for name, kind in kinds.items()}


def calibrated(kinds: Mapping[str, Scored], target: float) -> Calibration:
    """Fit temperature and band on as many reviews of each label of each kind; the defaults where there are too few."""
    telling = [one for one in kinds.values() if one.tells]
    if not telling:
        return Calibration()
    verdicts = np.concatenate([one.logits[one.balanced] for one in telling])
    labels = np.concatenate([one.labels[one.balanced] for one in telling])
    return calibration.fit(verdicts, labels, target)


def card(kinds: Mapping[str, Scored], settings: Calibration) -> dict[str, Any]:
    """Return figures of each kind and over all of them: means of the kinds' own, of both labels equally."""
    rows = {name: _row(one, settings) for name, one in kinds.items() if one.tells}
    neutral = np.concatenate([one.logits[np.isnan(one.labels)] for one in kinds.values()])
    together = [one for one in kinds.values() if one.tells]
    probabilities = settings.probabilities(np.concatenate([one.logits[one.balanced] for one in together]))
    labels = np.concatenate([one.labels[one.balanced] for one in together])
    means = {
        name: float(np.mean([row[name] for row in rows.values()]))
        for name in ("balanced_accuracy", "decided_share", "decided_accuracy")
    }
    return {
        **means,
        "ece": calibration.expected_calibration_error(probabilities, labels),
        "neutral_reviews": len(neutral),
        "neutral_undecided": float((~settings.decided(settings.probabilities(neutral))).mean())
        if len(neutral)
        else None,
        "kinds": rows,
    }


def _scored(network: Network, reading: Reading, reviews: Sequence[RatedReview]) -> Scored:
    verdicts, _ = logits(network, reading.ids(one.review for one in reviews), torch.device("cpu"))
    labels = [np.nan if one.label is None else one.label for one in reviews]
    return Scored(verdicts, np.array(labels, np.float32))


def _row(one: Scored, settings: Calibration) -> dict[str, float]:
    probabilities = settings.probabilities(one.logits)
    right = (probabilities > 0.5) == (one.labels == 1)
    places = one.balanced
    decided = settings.decided(probabilities[places])
    return {
        "reviews": int(np.isfinite(one.labels).sum()),
        "balanced_accuracy": float(np.mean([right[one.labels == label].mean() for label in (0, 1)])),
        "decided_share": float(decided.mean()),
        "decided_accuracy": float(right[places][decided].mean()) if decided.any() else float("nan"),
    }
