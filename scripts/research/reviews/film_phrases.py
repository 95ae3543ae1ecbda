"""Add the phrases of the film model to those of the model of many kinds, which alone is less accurate on films."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scripts.research.reviews.kinds_report import FILMS, Scored, calibrated
from sentiment.model.batching import Ids
from sentiment.model.bundle import Bundle, Weights
from sentiment.model.phrases import KEYS, LONGEST, WEIGHTS, Phrases, keys_of

# Larger shares hurt on questions and on other people's opinions (behaviour tests).
_SHARES = np.linspace(0, 0.5, 6)


def carried(start: Bundle, words: int) -> Phrases:
    """Return a model's phrases with keys for a larger vocabulary of `words` tokens that starts with the model's own."""
    if KEYS not in start.weights:
        return Phrases(np.zeros(0, np.int64), np.zeros(0, np.float32), words)
    old = len(start.vocabulary)
    ending, rest = np.divmod(start.weights[KEYS].astype(np.int64), old**LONGEST)
    keys = ending * words**LONGEST
    for place in range(LONGEST):
        rest, token = np.divmod(rest, old)
        keys += token * words**place
    order = np.argsort(keys)
    return Phrases(keys[order], start.weights[WEIGHTS][order].astype(np.float32), words)


def share(kinds: Mapping[str, Scored], sums: Mapping[str, NDArray[np.float32]]) -> float:
    """Return the share of the phrases, up to a half, with the lowest BCE on held-out reviews after recalibration.

    Films have the same weight as all other kinds together, which are weighted equally.

    Args:
        kinds: logits of the model without these phrases, and labels, by kind.
        sums: (reviews,) summed weights of the phrases, for the same reviews.
    """
    losses = []
    for part in _SHARES:
        moved = {name: replace(one, logits=one.logits + np.float32(part) * sums[name]) for name, one in kinds.items()}
        films = {FILMS: moved.pop(FILMS)}
        losses.append(calibrated([films, moved])[1])
    return float(_SHARES[int(np.argmin(losses))])


def added(weights: Weights, phrases: Phrases, part: float, readings: Sequence[Ids], most: int) -> Weights:
    """Return a network's weights with a share of more phrases, keeping the `most` that affect `readings` most."""
    keys = np.union1d(weights[KEYS], phrases.keys)
    moves = np.zeros(len(keys), np.float32)
    moves[np.searchsorted(keys, weights[KEYS])] += weights[WEIGHTS]
    moves[np.searchsorted(keys, phrases.keys)] += np.float32(part) * phrases.weights
    kept = np.argsort(-np.abs(moves) * _counts(keys, readings, phrases.words), kind="stable")[:most]
    kept.sort()
    return {**weights, KEYS: keys[kept], WEIGHTS: moves[kept]}


def _counts(keys: NDArray[np.int64], readings: Sequence[Ids], words: int) -> NDArray[np.int64]:
    """Return the number of readings that contain each phrase (phrases,)."""
    counts = np.zeros(len(keys), np.int64)
    for ids in readings:
        own = keys_of(ids, words)
        places = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        counts[places[keys[places] == own]] += 1
    return counts
