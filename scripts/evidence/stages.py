"""Where the processor's time goes while a table is scored, and how near the recurrence is to what the processor can do.

Processor time is told, not what a clock on the wall shows: other programs hardly change it.
"""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from sentiment.predictor import Predictor
from sentiment.scoring import score_table
from sentiment.tables import ReadOptions, inspect

READING, FRONT, RECURRENCE, PHRASES, REST = (
    "reading: markup out, tokens, ids, flags",
    "word vectors and convolution",
    "recurrence",
    "phrases",
    "the rest: CSV in and out, batches, pooling",
)
_MATRIX = 1_024
_MATRIX_PASSES = 10


@dataclass(frozen=True)
class Stages:
    """Processor seconds of each stage over all reviews, and floating-point operations a processor second.

    `recurrence_rate` is what the recurrence reached, `matrix_rate` what products of large matrices reach here.
    """

    seconds: dict[str, float]
    recurrence_rate: float
    matrix_rate: float


def measure(model: Path, table: Path, output: Path) -> Stages:
    """Score a table on the CPU, as it is always done, and look at the clock between the stages."""
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
    score_table(inspect(table, ReadOptions()), predictor, output, restart=True)
    whole = time.process_time() - started
    seconds = {**watch.seconds, REST: whole - sum(watch.seconds.values())}
    return Stages(seconds, watch.operations / seconds[RECURRENCE], _matrix_rate())


class _Watch:
    """Adds up the processor time of calls, whatever thread makes them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.operations = 0
        self._lock = threading.Lock()

    def over(self, owner: object, method: str, stage: str) -> None:
        """Have the time of a method added to a stage."""
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
        """Have the multiplications and additions of a recurrent layer counted, those of padding too."""
        each = 2 * sum(weight.numel() for name, weight in layer.named_parameters() if "weight" in name)

        def counted(module: nn.Module, given: tuple[Tensor, Tensor]) -> None:
            with self._lock:
                self.operations += each * given[0].shape[0] * given[0].shape[1]

        layer.register_forward_pre_hook(counted)


def _matrix_rate() -> float:
    """Return operations a processor second in products of large matrices, the best of several."""
    matrix, best = torch.rand(_MATRIX, _MATRIX), float("inf")
    for _ in range(_MATRIX_PASSES):
        started = time.process_time()
        torch.mm(matrix, matrix)
        best = min(best, time.process_time() - started)
    return 2 * _MATRIX**3 / best
