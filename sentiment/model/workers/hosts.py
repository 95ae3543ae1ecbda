"""Decide whether a bundle is scored with in processes, and start their host.

This imports neither torch nor numpy, so that a command can start the host, which needs seconds to load, before its own
libraries.
"""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from sentiment.errors import WorkerError
from sentiment.system import capacity
from sentiment.system.worker_pool import WorkerPool

# The most unshared memory that a worker needs, with the longest reviews.
WORKER_BYTES = 150 * 2**20
_logger = logging.getLogger(__name__)
# Hosts that were forked along with this process, by the fingerprint of their bundle.
_adopted: dict[str, socket.socket] = {}


def adopt(fingerprint: str, control: socket.socket) -> None:
    """Let the next `ParallelPredictor` of a bundle use the host behind this socket, which has already loaded it."""
    _adopted[fingerprint] = control


def adopted(fingerprint: str) -> socket.socket | None:
    """Return the socket of a host that was adopted for a bundle, once; None if there is none."""
    return _adopted.pop(fingerprint, None)


def pool(directory: Path, workers: int, control: socket.socket | None = None) -> WorkerPool:
    """Return a pool of workers that score with the bundle in a directory; `control` is the socket of a running host."""
    return WorkerPool("sentiment.model.workers", [str(directory.absolute())], workers, control)


@contextmanager
def started(directory: Path, device: str = "auto", workers: int | None = None) -> Iterator[WorkerPool | None]:
    """Yield the workers for `parallel.opened_scorer` with the same arguments; None if it needs no new ones.

    None also if there is not enough memory for that many: `opened_scorer` raises the error.
    """
    made = None
    with suppress(WorkerError):
        if not _adopted and in_processes(device, workers):
            made = pool(directory, affordable(workers))
    try:
        yield made
    finally:
        if made is not None:
            made.close()


def in_processes(device: str = "auto", workers: int | None = None) -> bool:
    """Whether `parallel.opened_scorer` yields a scorer that loads in other processes, without blocking the caller."""
    return affordable(workers) > 1 and on_cpu(device)


def on_cpu(device: str = "auto") -> bool:
    """Whether this device name means the CPU here; torch, which is slow to import, is asked only if necessary."""
    may_have_another = sys.platform == "darwin" or any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/kfd").exists()
    if device == "cpu" or (device == "auto" and not may_have_another):
        return True
    from sentiment.model import devices

    return devices.choose(device).type == "cpu"


def affordable(workers: int | None) -> int:
    """Return the number of processes to score in; 1 if this system cannot fork."""
    if not hasattr(os, "fork"):
        if workers is None or workers > 1:
            _tell_that_one_process_scores()
        return 1
    most = max(1, capacity.free_memory() // WORKER_BYTES)
    if workers is None:
        return min(capacity.cores(), most)
    if workers > most:
        raise WorkerError(
            f"There is enough memory for {most:,} worker{'s' if most > 1 else ''} but not for "
            f"{workers:,}: ask for fewer."
        )
    return workers


@cache
def _tell_that_one_process_scores() -> None:
    _logger.warning("This system cannot fork processes, so one process scores, on one core.")
