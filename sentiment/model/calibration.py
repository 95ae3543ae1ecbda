"""From logits to honest probabilities: temperature, length, the uncertain band, and how good they are."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import ConfigError
from sentiment.model.bundle_schema import NOTHING_ELSE

Floats = NDArray[np.float64]
Lengths = NDArray[np.int64]

# The part that the model decides shall be right this often.
TARGET = 0.97
# What is validated on has chosen the epochs, and reads better than what is to come: on IMDb the decided parts of eight
# models were right 0.4 to 0.7 points more often there than on the test part.
_STANDARD_ERRORS, _OPTIMISM = 2, 0.004
# A model that cannot be so sure of a quarter of the reviews is to be wrong half as often as it would be without
# the band; its report card says how often that is.
MINIMUM_COVERAGE = 0.25
# With fewer held-out reviews than this, a fitted temperature or band would be noise.
MINIMUM_REVIEWS = 200
_DEFAULT_BAND = (0.4, 0.6)
_BINS = 15
# A reading of this many tokens has the temperature itself.
_USUAL_LENGTH = 50
# The shift for short readings counts in full up to the first of these lengths and no longer from the second on.
_SHORT, _LONG = 30, 300


@dataclass(frozen=True)
class Calibration:
    """`temperature` divides the logit; a probability inside `low`..`high` is called uncertain.

    What speaks for a verdict in a long review is seldom independent, so its logit is divided by `temperature` times the
    `length_power`th power of its length, in units of 50 tokens. `short_shift` is first added to the logits of short
    reviews; it fades until they have 300 tokens. `fitted` is False when there were too few held-out reviews and the
    values are defaults.
    """

    temperature: float = 1.0
    low: float = _DEFAULT_BAND[0]
    high: float = _DEFAULT_BAND[1]
    fitted: bool = False
    length_power: float = 0.0
    short_shift: float = 0.0

    __pydantic_config__: ClassVar = NOTHING_ELSE

    def __post_init__(self) -> None:
        """Refuse what gives no probabilities.

        Raises:
            ConfigError: a value is out of range.
        """
        if not 0 < self.temperature < float("inf"):
            raise ConfigError(f"temperature is {self.temperature}; it must be above 0.")
        if not 0 <= self.low <= self.high <= 1:
            raise ConfigError(f"The uncertain band is {self.low} to {self.high}; it must lie within 0 to 1.")
        if not 0 <= self.length_power <= 1:
            raise ConfigError(f"The power of the length is {self.length_power}; it must lie within 0 to 1.")
        if not abs(self.short_shift) < float("inf"):
            raise ConfigError(f"The shift of short reviews is {self.short_shift}; it must be a number.")

    def log_odds(self, logits: NDArray[np.float32], lengths: Lengths) -> Floats:
        """Return the calibrated log-odds of positive (reviews,) of logits (reviews,) of readings of so many tokens."""
        return (logits.astype(np.float64) + self.short_shift * shortness(lengths)) * self.scale(lengths)

    def scale(self, lengths: Lengths) -> Floats:
        """Return what a logit of a reading of so many tokens is multiplied by, each at least 1."""
        scale: Floats = (np.asarray(lengths, np.float64) / _USUAL_LENGTH) ** -self.length_power / self.temperature
        return scale

    def probabilities(self, logits: NDArray[np.float32], lengths: Lengths) -> Floats:
        """Return the calibrated probability of positive (reviews,), 0 to 1; arguments as in `log_odds`."""
        return logistic(self.log_odds(logits, lengths))

    def decided(self, probabilities: Floats) -> NDArray[np.bool_]:
        """Return True where the probability lies outside the uncertain band."""
        return (probabilities < self.low) | (probabilities > self.high)


def logistic(log_odds: Floats) -> Floats:
    """Return the probability, 0 to 1, of log-odds of any shape."""
    # One exponential that cannot overflow, whichever the sign.
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0, small) / (1.0 + small)


def shortness(lengths: Lengths) -> Floats:
    """Return how short readings of so many tokens are: 1 up to 30 tokens, 0 from 300 on."""
    short: Floats = np.interp(np.log(lengths), np.log([_SHORT, _LONG]), [1.0, 0.0])
    return short


def fit(logits: NDArray[np.float32], labels: NDArray[np.float32], target: float = TARGET) -> Calibration:
    """Choose temperature and band on held-out logits (reviews,) and labels (reviews,) of 0 and 1.

    Outside the band, decisions are right in `target` of cases.
    """
    if len(labels) < MINIMUM_REVIEWS or len(set(labels.tolist())) < 2:
        return Calibration()
    temperature = best_temperature(logits.astype(np.float64), labels.astype(np.float64))
    edge = band_edge(logistic(logits.astype(np.float64) / temperature), labels, target)
    return Calibration(temperature, 1 - edge, edge, fitted=True)


def best_temperature(logits: Floats, labels: Floats) -> float:
    """Minimise the BCE of logits / T over T (temperature scaling, Guo et al. 2017).

    In a = 1 / T the BCE is convex; Newton's steps are kept inside a factor of two. Where every review
    is right it has no minimum, for surer would always be better; the logits then stay as they are.
    """
    if ((logits > 0) == (labels > 0.5)).all():
        return 1.0
    inverse = 1.0
    for _ in range(50):
        probabilities = logistic(logits * inverse)
        slope = float(np.mean((probabilities - labels) * logits))
        bend = float(np.mean(probabilities * (1 - probabilities) * logits**2))
        step = slope / max(bend, 1e-12)
        inverse = float(np.clip(inverse - step, inverse / 2, inverse * 2))
        if abs(step) < 1e-9:
            break
    return float(np.clip(1 / inverse, 0.05, 20))


def band_edge(probabilities: Floats, labels: NDArray[np.float32], target: float) -> float:
    """Return the lowest confidence, 0.5 to 1, from which on decided reviews are right in `target` of cases.

    The accuracy asked for includes two standard errors, since the edge is chosen by looking at it, and a little more,
    since what is validated on is known better than what is to come. Where all
    reviews can be decided, how sure the least sure of them was says nothing of less sure ones: the edge is
    then the default at most.
    """
    _, accuracy, confidence = risk_coverage(probabilities, labels)
    decided = _decidable(accuracy, target)
    if decided < len(labels) * MINIMUM_COVERAGE:
        decided = _decidable(accuracy, (1 + accuracy[-1]) / 2)
    edge = float(confidence[max(decided, 1) - 1])
    return min(edge, _DEFAULT_BAND[1]) if decided == len(labels) else edge


def _decidable(accuracy: Floats, target: float) -> int:
    """Return how many reviews, the surest first, can be decided and be right in `target` of cases."""
    count = np.arange(1, len(accuracy) + 1)
    asked = target + _OPTIMISM + _STANDARD_ERRORS * np.sqrt(target * (1 - target) / count)
    enough = accuracy >= asked
    # A few confident reviews that happen to be right say nothing.
    enough &= count >= MINIMUM_REVIEWS / 4
    return int(np.flatnonzero(enough)[-1]) + 1 if enough.any() else 0


def risk_coverage(probabilities: Floats, labels: NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
    """Return, from the surest review on, the share decided, the accuracy of that part, and its least confidence.

    Each of shape (reviews,); confidence is max(p, 1 - p), 0.5 to 1.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    order = np.argsort(-confidence, kind="stable")
    right = ((probabilities > 0.5) == (labels > 0.5))[order]
    count = np.arange(1, len(order) + 1)
    return count / len(order), np.cumsum(right) / count, confidence[order]


@dataclass(frozen=True)
class ReliabilityBin:
    """The reviews whose probability lies in `low`..`high`: how many, their mean probability, the share positive."""

    low: float
    high: float
    reviews: int
    probability: float
    positive: float


def reliability(probabilities: Floats, labels: NDArray[np.float32]) -> list[ReliabilityBin]:
    """Return the bins of equal width, out of 15, that hold at least one review."""
    place = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    return [
        ReliabilityBin(
            number / _BINS,
            (number + 1) / _BINS,
            int((place == number).sum()),
            float(probabilities[place == number].mean()),
            float(labels[place == number].mean()),
        )
        for number in np.unique(place).tolist()
    ]


def expected_calibration_error(probabilities: Floats, labels: NDArray[np.float32]) -> float:
    """Return the mean gap between probability and share positive over 15 bins, weighted by reviews (ECE)."""
    bins = reliability(probabilities, labels)
    return sum(one.reviews * abs(one.probability - one.positive) for one in bins) / len(labels)
