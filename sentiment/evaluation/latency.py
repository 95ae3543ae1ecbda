"""Measure the latency of a single review for each of several models that are loaded and warm."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from sentiment.prediction import Prediction

Score = Callable[[Sequence[str]], list[Prediction]]

# Rounds that query every model once: as many as fit into this time, within the limits below.
_SECONDS = 1.0
_FEWEST, _MOST = 5, 25


class Timed(NamedTuple):
    """A prediction and its latency in milliseconds, from text to verdict."""

    prediction: Prediction
    milliseconds: float


def timed(scores: Mapping[str, Score], review: str) -> dict[str, Timed]:
    """Score `review` by itself several times with each model, and return each model's median latency.

    The models take turns, so that other load on the machine affects all of them alike. The first runs are warm-up and
    not counted.
    """
    predictions = {name: score([review])[0] for name, score in scores.items()}
    seconds: dict[str, list[float]] = {name: [] for name in scores}
    started = time.perf_counter()
    for done in range(_MOST):
        if done >= _FEWEST and time.perf_counter() - started > _SECONDS:
            break
        for name, score in scores.items():
            seconds[name].append(_seconds(score, review))
    return {name: Timed(predictions[name], 1_000 * median(seconds[name])) for name in scores}


def _seconds(score: Score, review: str) -> float:
    started = time.perf_counter()
    score([review])
    return time.perf_counter() - started
