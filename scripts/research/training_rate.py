"""Measure training speed in reviews per second on the available device, relative to the device's limit."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from sentiment.data.examples import Example
from sentiment.model import devices
from sentiment.model.architecture import Architecture
from sentiment.training import timing
from sentiment.training.loop.config import TrainConfig

# Size of large matrices, in the precision used for training on each device.
_MATRIX = {"cpu": 1_024, "mps": 4_096, "cuda": 8_192}
_MATRIX_PASSES = 10
# The gradient of a product takes two more.
_PASSES = 3


@dataclass(frozen=True)
class TrainingRate:
    """Reviews per second, and floating-point operations per second of training (without padding) and of matrices."""

    device: str
    reviews: float
    rate: float
    peak: float


def measure(examples: Sequence[Example], tokens: float, config: TrainConfig) -> TrainingRate:
    """Train for some seconds on `examples`, which average `tokens` tokens, without word vectors and phrases."""
    device = devices.choose(config.device)
    reviews = len(examples) / timing.measure(examples, config).seconds_per_epoch
    operations = _PASSES * tokens * operations_per_token(config.architecture)
    return TrainingRate(_name(device), reviews, reviews * operations, _peak(device))


def operations_per_token(architecture: Architecture) -> float:
    """Return the multiplications and additions per token of a forward pass through convolution and recurrent layers."""
    width, hidden = architecture.embedding_size, architecture.hidden_size
    front = 0
    if architecture.convolution:
        front, width = 2 * architecture.convolution * width * hidden, hidden
    gates = 4 if architecture.cell == "lstm" else 3
    directions = 2 if architecture.bidirectional else 1
    recurrent = 0
    for _ in range(architecture.layers):
        recurrent += 2 * directions * gates * hidden * (width + hidden)
        width = directions * hidden
    return front + recurrent / architecture.stride


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"


def _peak(device: torch.device) -> float:
    """Return operations per second in products of large matrices, the best of several runs."""
    size = _MATRIX[device.type]
    matrix = torch.rand(size, size, device=device, dtype=torch.bfloat16 if device.type == "cuda" else torch.float32)
    best = min(_seconds(lambda: torch.mm(matrix, matrix), device) for _ in range(_MATRIX_PASSES))
    return 2 * size**3 / best


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    started = time.perf_counter()
    work()
    if device.type != "cpu":
        torch.accelerator.synchronize()
    return time.perf_counter() - started
