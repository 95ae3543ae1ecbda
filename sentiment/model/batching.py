"""Group readings into padded batches of similar length, with few distinct shapes."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.text.vocabulary import PADDING

Ids = NDArray[np.int32]

# Lengths are rounded up to multiples of this, because a CPU compiles recurrent kernels for each new shape
# (pytorch#94457).
_TIME_STEP = 16
# Shuffled reviews are sorted by length within pools of this many batches: little padding, still random.
_POOL = 50


def lengths_of(readings: Sequence[Ids]) -> NDArray[np.int64]:
    """Return the number of tokens of each reading (readings,); an empty one counts as one token of padding."""
    return np.array([max(len(reading), 1) for reading in readings], dtype=np.int64)


def collate(readings: Sequence[Ids]) -> tuple[Tensor, Tensor]:
    """Return ids (batch, time), int64, padded on the right with 0, and lengths (batch,), int64.

    An empty reading gets a length of 1, of padding, because the network needs at least one step.
    """
    lengths = lengths_of(readings)
    ids = np.full((len(readings), _padded(lengths.max())), PADDING, dtype=np.int64)
    for row, reading in zip(ids, readings, strict=True):
        row[: len(reading)] = reading
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def longest_first(readings: Sequence[Ids], tokens: int) -> Iterator[NDArray[np.intp]]:
    """Yield the indices of all readings, longest first, in batches of at most `tokens` padded tokens.

    Batch sizes are multiples of 16 if there are enough readings, again for few shapes; 16 readings may exceed `tokens`.
    """
    lengths = lengths_of(readings)
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = max(16, tokens // _padded(lengths[order[start]]) // 16 * 16)
        yield order[start : start + size]
        start += size


def shuffled(readings: Sequence[Ids], size: int, generator: np.random.Generator) -> list[NDArray[np.intp]]:
    """Return the indices of all readings in random batches of `size`, each of similar lengths."""
    lengths = np.array([len(reading) for reading in readings])
    order = generator.permutation(len(readings))
    batches = []
    for start in range(0, len(order), size * _POOL):
        pool = order[start : start + size * _POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[first : first + size] for first in range(0, len(pool), size)]
    return [batches[number] for number in generator.permutation(len(batches))]


def _padded(length: np.int64) -> int:
    """Return the number of tokens that a reading of `length` tokens is padded to."""
    return -(-int(length) // _TIME_STEP) * _TIME_STEP
