"""Calibrate logits to probabilities: temperature, correction for length, the uncertain band, and its evaluation."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import ConfigError
from sentiment.model.bundle_schema import NOTHING_ELSE

Floats = NDArray[np.float64]
Lengths = NDArray[np.int64]

# Target accuracy of the reviews that the model decides.
TARGET = 0.97
# The validation part was also used to choose the epoch, so its accuracy is optimistic: on IMDb the decided reviews of
# eight models were correct 0.4 to 0.7 points more often there than on the test part.
_STANDARD_ERRORS, _OPTIMISM = 2, 0.004
# A model that cannot reach the target on a quarter of the reviews gets the target of half the error rate that it would
# have without a band; its report card states the result.
MINIMUM_COVERAGE = 0.25
# With fewer held-out reviews, a fitted temperature or band would be noise.
MINIMUM_REVIEWS = 200
_DEFAULT_BAND = (0.4, 0.6)
_BINS = 15
# At this number of tokens, the logit is divided by the temperature itself.
_USUAL_LENGTH = 50
# The shift for short readings is applied in full up to the first of these lengths and not at all from the second on.
_SHORT, _LONG = 30, 300


class Outputs(NamedTuple):
    """What a network and its reader return for reviews, before calibration.

    Positive-class `logits` (reviews,), `stars` logits (reviews, levels), float32, and `lengths` in tokens (reviews,).
    """

    logits: NDArray[np.float32]
    stars: NDArray[np.float32]
    lengths: Lengths


@dataclass(frozen=True)
class Calibration:
    """`temperature` divides the logit; a probability inside `low`..`high` is called uncertain.

    The evidence in a long review is seldom independent, so its logit is divided by `temperature` times the
    `length_power`th power of its length, in units of 50 tokens. `short_shift` is first added to the logits of short
    reviews and fades out up to a length of 300 tokens. `fitted` is False if there were too few held-out reviews and the
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
        """Reject values that do not yield probabilities.

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
        """Return the calibrated positive-class log-odds (reviews,), given logits and lengths in tokens (reviews,)."""
        return (logits.astype(np.float64) + self.short_shift * shortness(lengths)) * self.scale(lengths)

    def scale(self, lengths: Lengths) -> Floats:
        """Return the factors (reviews,) for the logits of readings of these lengths in tokens, at least 1 each."""
        scale: Floats = (np.asarray(lengths, np.float64) / _USUAL_LENGTH) ** -self.length_power / self.temperature
        return scale

    def probabilities(self, logits: NDArray[np.float32], lengths: Lengths) -> Floats:
        """Return the calibrated probability of the positive class (reviews,), 0 to 1; arguments as for `log_odds`."""
        return logistic(self.log_odds(logits, lengths))

    def decided(self, probabilities: Floats) -> NDArray[np.bool_]:
        """Return True where the probability is outside the uncertain band."""
        return (probabilities < self.low) | (probabilities > self.high)


def logistic(log_odds: Floats) -> Floats:
    """Return the probability, 0 to 1, for log-odds of any shape."""
    # One exponential that cannot overflow, whichever the sign.
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0, small) / (1.0 + small)


def shortness(lengths: Lengths) -> Floats:
    """Return the weight of the shift for short readings, by length in tokens: 1 up to 30 tokens, 0 from 300 on."""
    short: Floats = np.interp(np.log(lengths), np.log([_SHORT, _LONG]), [1.0, 0.0])
    return short


def fit(logits: NDArray[np.float32], labels: NDArray[np.float32], target: float = TARGET) -> Calibration:
    """Fit temperature and band to held-out logits (reviews,) and labels (reviews,) of 0 and 1.

    The band is chosen so that decisions outside it are correct in `target` of cases.
    """
    if len(labels) < MINIMUM_REVIEWS or len(set(labels.tolist())) < 2:
        return Calibration()
    temperature = best_temperature(logits.astype(np.float64), labels.astype(np.float64))
    edge = band_edge(logistic(logits.astype(np.float64) / temperature), labels, target)
    return Calibration(temperature, 1 - edge, edge, fitted=True)


def best_temperature(logits: Floats, labels: Floats) -> float:
    """Return the T that minimises the BCE of logits / T (temperature scaling, Guo et al. 2017).

    The BCE is convex in a = 1 / T; Newton steps are limited to a factor of two. If every review is correct, there is no
    minimum, because more confidence is always better; T is then 1.
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
    """Return the lowest confidence, 0.5 to 1, from which on decided reviews are correct in `target` of cases.

    The required accuracy includes a margin of two standard errors, since the edge is selected on the same data, and a
    little more, since validation accuracy is optimistic. If all reviews can be decided, the least confident of them
    says nothing about even less confident ones: the edge is then at most the default.
    """
    _, accuracy, confidence = risk_coverage(probabilities, labels)
    decided = _decidable(accuracy, target)
    if decided < len(labels) * MINIMUM_COVERAGE:
        decided = _decidable(accuracy, (1 + accuracy[-1]) / 2)
    edge = float(confidence[max(decided, 1) - 1])
    return min(edge, _DEFAULT_BAND[1]) if decided == len(labels) else edge


def _decidable(accuracy: Floats, target: float) -> int:
    """Return how many reviews, most confident first, can be decided with an accuracy of `target`."""
    count = np.arange(1, len(accuracy) + 1)
    asked = target + _OPTIMISM + _STANDARD_ERRORS * np.sqrt(target * (1 - target) / count)
    enough = accuracy >= asked
    # A few confident reviews that happen to be correct are no evidence.
    enough &= count >= MINIMUM_REVIEWS / 4
    return int(np.flatnonzero(enough)[-1]) + 1 if enough.any() else 0


def risk_coverage(probabilities: Floats, labels: NDArray[np.float32]) -> tuple[Floats, Floats, Floats]:
    """Return coverage, accuracy and lowest confidence of the most confident 1, 2, ... reviews.

    Each has shape (reviews,); confidence is max(p, 1 - p), 0.5 to 1.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    order = np.argsort(-confidence, kind="stable")
    right = ((probabilities > 0.5) == (labels > 0.5))[order]
    count = np.arange(1, len(order) + 1)
    return count / len(order), np.cumsum(right) / count, confidence[order]


@dataclass(frozen=True)
class ReliabilityBin:
    """The reviews with a probability in `low`..`high`: their number, mean probability and share of positive labels."""

    low: float
    high: float
    reviews: int
    probability: float
    positive: float


def reliability(probabilities: Floats, labels: NDArray[np.float32]) -> list[ReliabilityBin]:
    """Return those of 15 bins of equal width that hold at least one review."""
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
    """Return the mean gap between probability and share of positives over 15 bins, weighted by reviews (ECE)."""
    bins = reliability(probabilities, labels)
    return sum(one.reviews * abs(one.probability - one.positive) for one in bins) / len(labels)
