"""Readings to logits: a forward pass whose results do not depend on how reviews are batched.

On one machine, the same reading gives bitwise equal results by itself, in any batch, in any order and with any number
of threads:

- each batch is computed on one thread, because a parallel sum depends on the number of threads;
- the number of rows of a batch is even, and a multiple of 8 unless the network is an LSTM whose width is a multiple of
  16: libraries multiply the last few rows of a matrix with other kernels, which sum in another order (observed on
  AVX-512 and AVX2, where these multiples suffice for both cells, widths of 12 to 128, with and without a convolution);
- denormal numbers are flushed to zero on every thread: torch keeps that setting per thread;
- phrase weights are summed as integers (see `phrase_sum`).

tests/model/test_inference.py tests all of this.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.model.batching import Ids, collate, longest_first
from sentiment.model.network import Network

# Padded tokens per batch: enough rows per step to keep the processor busy, few enough to stay in its cache.
_BATCH_TOKENS = {"cpu": 16_384, "mps": 65_536, "cuda": 262_144}
# Multiples of rows: an even number is faster for a single review, and is enough if the width fills whole registers.
_EVEN_ROWS, _BLOCK_ROWS, _REGISTER = 2, 8, 16


def logits(
    network: Network, readings: Sequence[Ids], device: torch.device
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the positive-class logits (reviews,) and the star logits (reviews, levels), in order, in fp32.

    On a CPU, as many batches are computed at once as torch has threads. The network is switched to evaluation mode.
    """
    levels = network.head.out_features - 1
    verdicts = np.empty(len(readings), dtype=np.float32)
    stars = np.empty((len(readings), levels), dtype=np.float32)

    def judge(rows: NDArray[np.intp], ids: Tensor, lengths: Tensor) -> None:
        output = network(ids, lengths)
        verdicts[rows] = output.logit.cpu().numpy()
        stars[rows] = output.stars.cpu().numpy()

    _in_batches(judge, network, readings, device)
    return verdicts, stars


def states(network: Network, readings: Sequence[Ids], device: torch.device) -> NDArray[np.float32]:
    """Return the input of the network's head for each reading (reviews, width), computed as in `logits`."""
    pooled = np.empty((len(readings), network.head.in_features), dtype=np.float32)

    def pool(rows: NDArray[np.intp], ids: Tensor, lengths: Tensor) -> None:
        pooled[rows] = network.states(ids, lengths).cpu().numpy()

    _in_batches(pool, network, readings, device)
    return pooled


def _in_batches(
    work: Callable[[NDArray[np.intp], Tensor, Tensor], None],
    network: Network,
    readings: Sequence[Ids],
    device: torch.device,
) -> None:
    """Call `work` with the indices, ids and lengths of one batch at a time, until every reading is done."""
    network.eval()
    multiple = _row_multiple(network)

    @torch.inference_mode()
    def work_on(batch: NDArray[np.intp]) -> None:
        rows = np.resize(batch, -(-len(batch) // multiple) * multiple)
        ids, lengths = collate([readings[index] for index in rows.tolist()])
        work(rows, ids.to(device), lengths.to(device))

    # Longest first: if a long batch came last, the other threads would have to wait for it.
    _for_each(work_on, list(longest_first(readings, _BATCH_TOKENS[device.type])), in_threads=device.type == "cpu")


def _row_multiple(network: Network) -> int:
    """Return the number whose multiples of rows are computed with the same bits."""
    shape = network.architecture
    is_regular = shape.cell == "lstm" and shape.hidden_size % _REGISTER == 0
    return _EVEN_ROWS if is_regular else _BLOCK_ROWS


def _for_each(work: Callable[[NDArray[np.intp]], None], batches: Sequence[NDArray[np.intp]], in_threads: bool) -> None:
    """Process one batch after another, or as many at once as there are threads.

    On a CPU, one batch per thread is 1.5 times as fast as one batch on all threads, which synchronise at every step of
    a recurrence, and many times as fast when other programs keep a core busy.
    """
    for _ in _threads().map(work, batches) if in_threads else map(work, batches):
        pass


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the thread pool for inference on a CPU, with as many threads as torch had on the first call."""
    return ThreadPoolExecutor(torch.get_num_threads(), "inference", initializer=_begin_thread)


def _begin_thread() -> None:
    """Apply settings that torch keeps per thread; `devices.choose` explains the second one."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
