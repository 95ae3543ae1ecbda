"""Profile the stages of scoring a table, and measure how close the recurrence is to the processor's limit.

All times are processor time rather than wall-clock time, since that hardly depends on other programs.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from sentiment.model.network import Recurrent
from sentiment.model.predictor import Predictor
from sentiment.scoring.score import score_table
from sentiment.tables.table import ReadOptions, inspect_table

READING, FRONT, RECURRENCE, PHRASES, REST = (
    "reading: markup out, tokens, ids, flags",
    "word vectors and convolution",
    "recurrence",
    "phrases",
    "the rest: CSV in and out, batches, pooling",
)
_MATRIX = 1_024
_REPEATS = 10
# A batch of passages of the usual length.
_BATCH_REVIEWS, _BATCH_STEPS = 64, 64


@dataclass(frozen=True)
class Stages:
    """Processor seconds of each stage over all reviews, and floating-point operations per processor second.

    `recurrence_rate` is that of the recurrence, `matrix_rate` that of products of large matrices on this machine.
    """

    seconds: dict[str, float]
    recurrence_rate: float
    matrix_rate: float


def measure(model: Path, table: Path, output: Path) -> Stages:
    """Score a table on the CPU in this process, timing each stage."""
    predictor = Predictor.load(model, "cpu")
    watch = _Watch()
    watch.over(predictor.reader, "read", READING)
    for module, stage in ((predictor.network.folded, FRONT), (predictor.network.phrases, PHRASES)):
        if module is not None:
            watch.over(module, "forward", stage)
    for layer in predictor.network.layers:
        watch.count(layer)
        watch.over(layer, "forward", RECURRENCE)
    started = time.process_time()
    score_table(inspect_table(table, ReadOptions()), predictor, output, restart=True)
    whole = time.process_time() - started
    seconds = {**watch.seconds, REST: whole - sum(watch.seconds.values())}
    return Stages(seconds, watch.operations / seconds[RECURRENCE], _matrix_rate())


def bf16_gain(model: Path) -> float:
    """Return how many times as fast as in fp32 the recurrence is in bf16, on one thread of this CPU.

    Without bf16 instructions it is emulated, and slower.
    """
    layer = Predictor.load(model, "cpu").network.layers[0]
    assert isinstance(layer, Recurrent)
    inputs = torch.rand(_BATCH_STEPS, _BATCH_REVIEWS, layer.forwards.input_size)
    lengths = torch.full((_BATCH_REVIEWS,), _BATCH_STEPS)
    whole = _best_seconds(lambda: layer(inputs, lengths))
    layer.bfloat16()
    return whole / _best_seconds(lambda: layer(inputs.bfloat16(), lengths))


class _Watch:
    """Adds up the processor time of calls, whatever thread makes them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.operations = 0
        self._lock = threading.Lock()

    def over(self, owner: object, method: str, stage: str) -> None:
        """Add the time of a method to a stage."""
        call = getattr(owner, method)

        def timed(*given: object) -> object:
            started = time.thread_time()
            try:
                return call(*given)
            finally:
                with self._lock:
                    self.seconds[stage] += time.thread_time() - started

        setattr(owner, method, timed)

    def count(self, layer: nn.Module) -> None:
        """Count the multiplications and additions of a recurrent layer, including those of padding."""
        each = 2 * sum(weight.numel() for name, weight in layer.named_parameters() if "weight" in name)

        def counted(module: nn.Module, given: tuple[Tensor, Tensor]) -> None:
            with self._lock:
                self.operations += each * given[0].shape[0] * given[0].shape[1]

        layer.register_forward_pre_hook(counted)


def _matrix_rate() -> float:
    """Return operations per processor second in products of large matrices."""
    matrix = torch.rand(_MATRIX, _MATRIX)
    return 2 * _MATRIX**3 / _best_seconds(lambda: torch.mm(matrix, matrix))


@torch.inference_mode()
def _best_seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of the fastest of several passes."""
    times = []
    for _ in range(_REPEATS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)
