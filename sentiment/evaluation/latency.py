"""How long one review takes a model that is loaded and warm."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from sentiment.prediction import Prediction

_REPEATS = 5


class Timed(NamedTuple):
    """A prediction, and the time it took in milliseconds, from text to verdict."""

    prediction: Prediction
    milliseconds: float


def timed(score: Callable[[Sequence[str]], list[Prediction]], review: str) -> Timed:
    """Score `review` alone several times and return the median time; the first time, which warms up, is not counted."""
    (prediction,) = score([review])
    return Timed(prediction, 1_000 * median(_seconds(score, review) for _ in range(_REPEATS)))


def _seconds(score: Callable[[Sequence[str]], list[Prediction]], review: str) -> float:
    started = time.perf_counter()
    score([review])
    return time.perf_counter() - started
