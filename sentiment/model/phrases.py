"""Phrases of one to three words: weights that are added to the network's logit.

Phrases capture wording, where the recurrent part captures order and context. A phrase near the end of a review, where
the verdict usually is, has an additional weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.model.batching import Ids
from sentiment.text.vocabulary import UNKNOWN

LONGEST = 3
# Number of tokens at the end of a review in which phrases count additionally; 40, 80 and 150 were tried on IMDb's
# validation part.
ENDING = 80
# The names of the phrase parameters in a bundle.
KEYS, WEIGHTS = "phrases.keys", "phrases.weights"

_LENGTHS = range(1, LONGEST + 1)

Keys = NDArray[np.int64]


@dataclass(frozen=True)
class Phrases:
    """Weights of phrases over a vocabulary of `words` tokens.

    `keys` (phrases,) are sorted and encoded as by `keys_of`; `weights` (phrases,) are log-odds.
    """

    keys: Keys
    weights: NDArray[np.float32]
    words: int

    def sums(self, readings: Sequence[Ids]) -> NDArray[np.float32]:
        """Return the sum of the weights of the distinct phrases in each reading (reviews,)."""
        return np.array([self.weights[self._places(keys_of(ids, self.words))].sum() for ids in readings], np.float32)

    def effects(self, ids: Ids) -> NDArray[np.float64]:
        """Return the contribution of each token (tokens,): a phrase's weight is shared by all tokens that it covers."""
        added = np.zeros(len(ids))
        keys, tokens = _occurrences(ids, self.words)
        for key in np.unique(keys):
            if len(place := self._places(np.array([key]))):
                np.add.at(added, tokens[keys == key], self.weights[place[0]] / (keys == key).sum())
        return added

    def _places(self, keys: Keys) -> NDArray[np.intp]:
        """Return the indices of those of `keys` that have a weight."""
        if not len(self.keys):
            return np.zeros(0, dtype=np.intp)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: NDArray[np.intp] = place[self.keys[place] == keys]
        return found


def keys_of(ids: Ids, words: int) -> Keys:
    """Return the distinct phrases of one reading as numbers, sorted; `words` is the vocabulary's size.

    A phrase of ids a, b, c is encoded as a + b * words + c * words², and one among the last `ENDING` tokens also as
    that plus words³. Unknown words and padding are in no phrase.
    """
    found = [_windows(part, length, words)[0] + first for part, _, first in _parts(ids, words) for length in _LENGTHS]
    return np.unique(np.concatenate(found))


def _parts(ids: Ids, words: int) -> list[tuple[Ids, int, int]]:
    """Return the whole reading and its ending, each with the index of its first token and the offset of its keys."""
    start = max(0, len(ids) - ENDING)
    return [(ids, 0, 0), (ids[start:], start, words**LONGEST)]


def _windows(ids: Ids, length: int, words: int) -> tuple[Keys, NDArray[np.intp]]:
    """Return the key of each phrase of `length` tokens, in reading order, and the index where it starts."""
    count = max(0, len(ids) - length + 1)
    shifted = [ids[place : place + count].astype(np.int64) for place in range(length)]
    starts = np.flatnonzero(np.logical_and.reduce([window > UNKNOWN for window in shifted]))
    keys = np.zeros(len(starts), dtype=np.int64)
    for place, window in enumerate(shifted):
        keys += window[starts] * words**place
    return keys, starts


def _occurrences(ids: Ids, words: int) -> tuple[Keys, NDArray[np.intp]]:
    """Return pairs of key and token index, one for each token of each phrase."""
    keys, tokens = [], []
    for part, start, first in _parts(ids, words):
        for length in _LENGTHS:
            found, starts = _windows(part, length, words)
            for place in range(length):
                keys.append(found + first)
                tokens.append(starts + start + place)
    return np.concatenate(keys), np.concatenate(tokens)
