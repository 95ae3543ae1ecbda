"""Readings to logits: the forward pass over any number of reviews, whatever batch they fall in."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.model.batching import Ids, by_length, collate
from sentiment.model.network import Network

# Padded tokens in one batch: enough rows a step to keep the processor busy, few enough to stay in its cache.
_BATCH_TOKENS = {"cpu": 16_384, "mps": 65_536, "cuda": 262_144}
_THREADS = torch.get_num_threads()


def logits(
    network: Network, readings: Sequence[Ids], device: torch.device, single_thread: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the logits of positive (reviews,) and of the star levels (reviews, levels), in order, in fp32.

    On a CPU several threads share the batches, unless the caller is one of several already. The network is put into
    evaluation mode and left there.
    """
    network.eval()
    levels = network.head.out_features - 1
    verdicts = np.empty(len(readings), dtype=np.float32)
    stars = np.empty((len(readings), levels), dtype=np.float32)

    @torch.inference_mode()
    def judge(batch: NDArray[np.intp]) -> None:
        ids, lengths = collate([readings[index] for index in batch])
        output = network(ids.to(device), lengths.to(device))
        verdicts[batch] = output.logit.cpu().numpy()
        stars[batch] = output.stars.cpu().numpy()

    # The longest first: a long batch begun last would have the other threads wait for it.
    batches = list(by_length(readings, _BATCH_TOKENS[device.type]))[::-1]
    _for_each(judge, batches, in_parallel=device.type == "cpu" and not single_thread)
    return verdicts, stars


def pool() -> ThreadPoolExecutor:
    """Return threads for inference, as many as torch has; each works alone."""
    return ThreadPoolExecutor(_THREADS, "inference", initializer=_begin_thread)


def _begin_thread() -> None:
    """Settings that torch keeps for each thread: see `devices.choose` for the second."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


def _for_each(work: Callable[[NDArray[np.intp]], None], batches: Sequence[NDArray[np.intp]], in_parallel: bool) -> None:
    """Work on one batch after the other, or on as many at once as there are threads.

    On a CPU a batch a thread is half as fast again as a batch on all threads, which wait for each other at
    every step of a recurrence, and many times as fast when other programs keep a core busy.
    """
    if not in_parallel or len(batches) == 1:
        for batch in batches:
            work(batch)
        return
    with pool() as workers:
        for _ in workers.map(work, batches):
            pass
