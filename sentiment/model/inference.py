"""Readings to logits: the forward pass over any number of reviews, whatever batch they fall in.

The same reading gives the same bits alone, in any batch, in any order and on any number of threads of one machine:

- each batch is computed on one thread, as a sum that threads share depends on how many share it;
- a batch has at least two rows, as libraries multiply a matrix with a single row by another kernel, which adds up in
  another order; those for two rows and more agree (seen on AVX-512 and AVX2);
- denormal numbers are flushed to zero on every thread: torch keeps that setting for each thread;
- phrases are added up as whole numbers (see `phrase_sum`).

tests/model/test_inference.py holds all of this.
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

# Padded tokens in one batch: enough rows a step to keep the processor busy, few enough to stay in its cache.
_BATCH_TOKENS = {"cpu": 16_384, "mps": 65_536, "cuda": 262_144}
_FEWEST_ROWS = 2


def logits(
    network: Network, readings: Sequence[Ids], device: torch.device
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the logits of positive (reviews,) and of the star levels (reviews, levels), in order, in fp32.

    On a CPU as many batches are computed at once as torch has threads. The network is put into evaluation mode and left
    there.
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
    """Return what the network's head judges each reading by (reviews, width), as `logits` returns its verdicts."""
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
    """Work on every reading: on the places, ids and lengths of one batch at a time."""
    network.eval()

    @torch.inference_mode()
    def work_on(batch: NDArray[np.intp]) -> None:
        rows = np.resize(batch, max(len(batch), _FEWEST_ROWS))
        ids, lengths = collate([readings[index] for index in rows.tolist()])
        work(rows, ids.to(device), lengths.to(device))

    # The longest first: a long batch begun last would have the other threads wait for it.
    _for_each(work_on, list(longest_first(readings, _BATCH_TOKENS[device.type])), in_threads=device.type == "cpu")


def _for_each(work: Callable[[NDArray[np.intp]], None], batches: Sequence[NDArray[np.intp]], in_threads: bool) -> None:
    """Work on one batch after the other, or on as many at once as there are threads.

    On a CPU a batch a thread is half as fast again as a batch on all threads, which wait for each other at
    every step of a recurrence, and many times as fast when other programs keep a core busy.
    """
    for _ in _threads().map(work, batches) if in_threads else map(work, batches):
        pass


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads for inference on a CPU, as many as torch has when they are first needed; each works alone."""
    return ThreadPoolExecutor(torch.get_num_threads(), "inference", initializer=_begin_thread)


def _begin_thread() -> None:
    """Settings that torch keeps for each thread: see `devices.choose` for the second."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
