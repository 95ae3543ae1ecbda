"""Readings to logits: the forward pass over any number of reviews, whatever batch they fall in."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.batching import Ids, by_length, collate
from sentiment.network import Network

# Padded tokens in one batch: enough rows a step to keep the processor busy, few enough to stay in its cache.
_BATCH_TOKENS = {"cpu": 16_384, "mps": 65_536, "cuda": 262_144}


@torch.inference_mode()
def logits(
    network: Network, readings: Sequence[Ids], device: torch.device
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the logits of positive (reviews,) and of the star levels (reviews, levels), in order, in fp32.

    The network is put into evaluation mode and left there.
    """
    network.eval()
    levels = network.head.out_features - 1
    verdicts = np.empty(len(readings), dtype=np.float32)
    stars = np.empty((len(readings), levels), dtype=np.float32)
    for batch in by_length(readings, _BATCH_TOKENS[device.type]):
        ids, lengths = collate([readings[index] for index in batch])
        output = network(ids.to(device), lengths.to(device))
        verdicts[batch] = output.logit.cpu().numpy()
        stars[batch] = output.stars.cpu().numpy()
    return verdicts, stars
