"""Score reviews on this machine with a bundle on a device."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from sentiment.errors import BundleError, DataError, SentimentError
from sentiment.model import bundle, devices, phrases
from sentiment.model.batching import lengths_of
from sentiment.model.bundle import Bundle
from sentiment.model.calibration import Floats, Outputs
from sentiment.model.inference import logits
from sentiment.model.network import Network
from sentiment.model.phrases import Phrases
from sentiment.prediction import NEGATIVE_STARS, POSITIVE_STARS, Prediction, Sentiment
from sentiment.text.reader import Reader, Reading

_TINY = np.finfo(np.float64).tiny
_UNREADABLE = Reading(np.zeros(0, dtype=np.int32), 0, 0.0, (), legible=False)
_logger = logging.getLogger(__name__)


class Predictor:
    """Scores reviews with one bundle on one device; the score of a review does not depend on its batch."""

    def __init__(self, loaded: Bundle, device: torch.device) -> None:
        self.bundle = loaded
        self.name = loaded.name
        self.fingerprint = loaded.fingerprint
        self.device = device
        self.reader = Reader(loaded.config.text, loaded.vocabulary, loaded.config.maximum_length)
        self.phrases = _phrases(loaded)
        self.network = _network(loaded).to(device).eval()

    def __repr__(self) -> str:
        return f"<Predictor {self.name!r}, {self.fingerprint[:12]}, on {self.device}>"

    @classmethod
    def load(cls, directory: Path, device: str = "auto") -> "Predictor":
        """Load a bundle onto a device (auto, cuda, mps or cpu).

        Raises:
            BundleError: the directory does not hold a complete bundle.
            DeviceError: the device is not available on this machine.
        """
        return cls(bundle.load(directory), devices.choose(device))

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order; equal reviews are computed once.

        Raises:
            DataError: `reviews` is a single text, or holds something other than texts, such as None or NaN.
            StorageError: there is no room for a temporary file, which a review in doubt of its language takes once.
        """
        if isinstance(reviews, str):
            raise DataError("The reviews are a single text; put it into a list: score([review]).")
        reviews = list(reviews)
        distinct = list(dict.fromkeys(reviews))
        for review in distinct:
            if not isinstance(review, str):
                raise DataError(
                    f"Review {reviews.index(review) + 1} of {len(reviews)} is {review!r:.80} and not a text; "
                    'leave it out, or score "" in its place.'
                )
        made = self._score([self._reading(review) for review in distinct])
        predictions = dict(zip(distinct, made, strict=True))
        return [predictions[review] for review in reviews]

    def outputs(self, reviews: Sequence[str]) -> Outputs:
        """Return the raw outputs of the network, also for reviews that `score` leaves unscored."""
        readings = [self.reader.ids(review) for review in reviews]
        return Outputs(*logits(self.network, readings, self.device), lengths_of(readings))

    def log_odds(self, reviews: Sequence[str]) -> Floats:
        """Return the calibrated positive-class log-odds (reviews,), also of reviews that `score` leaves unscored."""
        found = self.outputs(reviews)
        return self.bundle.config.calibration.log_odds(found.logits, found.lengths)

    def _reading(self, review: str) -> Reading:
        """Read a review; one that cannot be read is left unscored, so that the rest of its batch is still scored."""
        try:
            return self.reader.read(review)
        except SentimentError:
            raise  # the machine's fault and not the review's
        except Exception as error:
            # Without the message, which may quote the review.
            _logger.error("A review of %d characters cannot be read: %s.", len(review), type(error).__name__)
            return _UNREADABLE

    def _score(self, readings: list[Reading]) -> list[Prediction]:
        legible = [reading.ids for reading in readings if reading.legible]
        verdicts, stars = logits(self.network, legible, self.device)
        probabilities = self.bundle.config.calibration.probabilities(verdicts, lengths_of(legible))
        scored = iter(zip(probabilities.tolist(), self._ratings(stars, probabilities), strict=True))
        return [
            self._prediction(reading, *next(scored)) if reading.legible else _unscored(reading) for reading in readings
        ]

    def _ratings(
        self, star_logits: NDArray[np.float32], probabilities: NDArray[np.float64]
    ) -> list[float] | list[None]:
        levels, scale = self.bundle.config.star_levels, self.bundle.config.star_scale
        if not levels:
            return [None] * len(star_logits)
        ratings: list[float] = expected_stars(star_logits, levels, probabilities, scale).tolist()
        return ratings

    def _prediction(self, reading: Reading, probability: float, rating: float | None) -> Prediction:
        calibration = self.bundle.config.calibration
        sentiment: Sentiment = "uncertain"
        if probability > calibration.high:
            sentiment = "positive"
        elif probability < calibration.low:
            sentiment = "negative"
        return Prediction(
            sentiment,
            probability,
            rating,
            len(reading.ids),
            reading.tokens_total,
            reading.unknown_share,
            reading.flags,
        )


def expected_stars(
    star_logits: NDArray[np.float32], levels: Sequence[float], probabilities: NDArray[np.float64], scale: int = 10
) -> NDArray[np.float64]:
    """Return the expected rating (reviews,) from star logits (reviews, levels), with levels out of `scale` stars.

    The star distribution is rescaled to agree with the sentiment: positive levels, 7 and more of 10, together get the
    `probabilities` (reviews,) of the positive class, negative ones the rest. Phrases and short sentences have trained
    only the sentiment, not the stars. A level in between keeps its share.
    """
    shares = np.exp(star_logits.astype(np.float64) - star_logits.max(axis=1, keepdims=True, initial=-np.inf))
    shares /= shares.sum(axis=1, keepdims=True)
    values = np.array(levels)
    high, low = 10 * values >= POSITIVE_STARS * scale, 10 * values <= NEGATIVE_STARS * scale
    if high.any() and low.any():
        positive, negative = (shares[:, side].sum(axis=1, keepdims=True) + _TINY for side in (high, low))
        share = probabilities[:, None] * (positive + negative)
        shares[:, high] *= share / positive
        shares[:, low] *= (positive + negative - share) / negative
    # Not a matrix product: its order of summation depends on the number of rows.
    expected: NDArray[np.float64] = (shares * values).sum(axis=1)
    return expected


def _unscored(reading: Reading) -> Prediction:
    return Prediction(
        "unscored", None, None, len(reading.ids), reading.tokens_total, reading.unknown_share, reading.flags
    )


def _phrases(loaded: Bundle) -> Phrases | None:
    if phrases.KEYS not in loaded.weights:
        return None
    return Phrases(loaded.weights[phrases.KEYS], loaded.weights[phrases.WEIGHTS], len(loaded.vocabulary))


def _network(loaded: Bundle) -> Network:
    with torch.device("meta"), _WithoutValues():  # shapes only, no memory is allocated
        network = Network(
            loaded.config.architecture,
            len(loaded.vocabulary),
            len(loaded.config.star_levels),
            len(loaded.weights.get(phrases.KEYS, ())),
        )
    weights = {name: torch.from_numpy(weight) for name, weight in loaded.weights.items()}
    if _kinds(weights) != _kinds(network.state_dict()):
        path = loaded.directory / bundle.WEIGHTS
        raise BundleError(f"{path} does not fit the architecture in {bundle.CONFIG}.")
    shape = loaded.config.architecture
    # The folded convolution, in 32-bit numbers, and its parts.
    folded = len(loaded.vocabulary) * shape.convolution * shape.hidden_size
    bundle.require_memory(loaded.directory / bundle.CONFIG, folded * 4 * 2)
    network.load_state_dict(weights, assign=True)
    network.fold()
    return network


def _kinds(weights: Mapping[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (weight.shape, weight.dtype) for name, weight in weights.items()}


class _WithoutValues(TorchFunctionMode):
    """Skips the functions of `torch.nn.init`: on the meta device they import torch's compiler, which takes seconds."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Return the tensor of an initialisation as it is; call everything else."""
        given = kwargs or {}
        if getattr(func, "__module__", None) == nn.init.__name__:
            return given["tensor"] if "tensor" in given else args[0]
        return func(*args, **given)
