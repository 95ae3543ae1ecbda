"""Measure how fast a table is scored in several processes, how many cores they use, and the memory of a process."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from sentiment.model.workers.parallel import opened_scorer
from sentiment.prediction import EarlyScorer, Scorer
from sentiment.scoring.head_start import HeadStart
from sentiment.scoring.score import Summary, score_table
from sentiment.tables.table import ReadOptions, inspect_table

_REPEATS = 3


@dataclass(frozen=True)
class ParallelRate:
    """The best of several passes over a table, CSV to CSV, with warm processes.

    `busy` is the average number of cores used by all processes together. `worker_bytes` is what one more worker adds to
    the proportional set size of all processes, that is, its unshared pages; 0 if one process does everything.
    """

    rows_per_second: float
    busy: float
    worker_bytes: int


def measure(model: Path, table: Path, output: Path, workers: int) -> ParallelRate:
    """Score the table in this many single-threaded processes; an extra first pass is warm-up."""
    # A separate process, because torch's number of threads would apply to all later work in this one.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=_compute_on_one_thread) as alone:
        return alone.submit(_measured, model, table, output, workers).result()


def _compute_on_one_thread() -> None:
    torch.set_num_threads(1)


def _measured(model: Path, table: Path, output: Path, workers: int) -> ParallelRate:
    with opened_scorer(model, "cpu", workers) as scorer:
        passes = []
        for _ in range(1 + _REPEATS):
            before, started = _processor_seconds(), time.perf_counter()
            summary = _scored(table, scorer, output)
            seconds = time.perf_counter() - started
            passes.append((summary.rows / seconds, (_processor_seconds() - before) / seconds))
        rows_per_second, busy = max(passes[1:])
        return ParallelRate(rows_per_second, busy, _worker_bytes())


def _scored(table: Path, scorer: Scorer, output: Path) -> Summary:
    """Score a table as the command `score` does: workers begin while it is looked through."""
    if not isinstance(scorer, EarlyScorer):
        return score_table(inspect_table(table, ReadOptions()), scorer, output, restart=True)
    ahead = HeadStart(scorer)
    return score_table(inspect_table(table, ReadOptions(), ahead.add), ahead, output, restart=True)


def _family() -> list[psutil.Process]:
    this = psutil.Process()
    return [this, *this.children(recursive=True)]


def _processor_seconds() -> float:
    """Return the processor time of this process and its descendants, which must be the same before and after a pass."""
    return sum(sum(process.cpu_times()[:2]) for process in _family())


def _worker_bytes() -> int:
    """Return the largest unshared memory of a process forked from a host."""
    this = psutil.Process().pid
    workers = [process for process in _family()[1:] if process.ppid() != this]
    return max((process.memory_full_info().uss for process in workers), default=0)
