"""The phrases of the model of films, added to those of the model of many kinds, which read films less well alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scripts.research.reviews.kinds_report import FILMS, Scored, calibrated
from sentiment.model.batching import Ids
from sentiment.model.bundle import Bundle, Weights
from sentiment.model.phrases import KEYS, LONGEST, WEIGHTS, Phrases, keys_of

# With more, questions and what others thought are read less well (the behaviour tests).
_SHARES = np.linspace(0, 0.5, 6)


def carried(start: Bundle, words: int) -> Phrases:
    """Return the phrases of a model, with keys as in a larger vocabulary of `words` tokens that begins with its own."""
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
    """Return which share of the phrases, up to a half, gives the lowest BCE on held-out reviews, calibrated anew.

    Films count as much as all other kinds together, which count alike.

    Args:
        kinds: verdicts of the model without these phrases, and labels, by kind.
        sums: (reviews,) summed weights of the phrases, for the same reviews.
    """
    losses = []
    for part in _SHARES:
        moved = {name: replace(one, logits=one.logits + np.float32(part) * sums[name]) for name, one in kinds.items()}
        films = {FILMS: moved.pop(FILMS)}
        losses.append(calibrated([films, moved])[1])
    return float(_SHARES[int(np.argmin(losses))])


def added(weights: Weights, phrases: Phrases, part: float, readings: Sequence[Ids], most: int) -> Weights:
    """Return a network's weights with a share of further phrases; of all, the `most` that move most `readings` most."""
    keys = np.union1d(weights[KEYS], phrases.keys)
    moves = np.zeros(len(keys), np.float32)
    moves[np.searchsorted(keys, weights[KEYS])] += weights[WEIGHTS]
    moves[np.searchsorted(keys, phrases.keys)] += np.float32(part) * phrases.weights
    kept = np.argsort(-np.abs(moves) * _counts(keys, readings, phrases.words), kind="stable")[:most]
    kept.sort()
    return {**weights, KEYS: keys[kept], WEIGHTS: moves[kept]}


def _counts(keys: NDArray[np.int64], readings: Sequence[Ids], words: int) -> NDArray[np.int64]:
    """Return in how many readings each phrase stands (phrases,)."""
    counts = np.zeros(len(keys), np.int64)
    for ids in readings:
        own = keys_of(ids, words)
        places = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        counts[places[keys[places] == own]] += 1
    return counts
