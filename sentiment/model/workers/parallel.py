"""Score reviews on all cores with a bundle in several processes, since Python threads use little more than one core.

Where this brings no gain (one worker, a GPU) or is impossible (a system without fork), the bundle is loaded into this
process instead.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from sentiment.model import bundle
from sentiment.model.calibration import Outputs
from sentiment.model.workers import hosts
from sentiment.model.workers.preparation import Piece
from sentiment.prediction import Prediction
from sentiment.system.worker_pool import WorkerPool

if TYPE_CHECKING:
    from sentiment.model.predictor import Predictor

# Limits on the reviews and characters of a worker's task, some 15 ms of work: few enough to keep all workers busy to
# the end. Several tasks at once make full batches.
PIECE, PIECE_CHARACTERS = 64, 50_000
# Tasks for each worker that one call of `score` queues at once: another caller waits for no more than those.
_QUEUED = 8


class ParallelPredictor:
    """Scores reviews with one bundle in up to `workers` processes, each on one thread of the CPU.

    The scores are bitwise equal to those of `Predictor`. This process does not import torch; the workers do, and start
    as soon as this object is created. They end with the `with` block, with `close`, or with this process.

    Raises:
        BundleError: the directory does not hold a bundle. Damage found only on loading is raised by the first scores.
    """

    def __init__(self, directory: Path, workers: int, pool: WorkerPool | None = None) -> None:
        card = bundle.describe(directory)
        self.name, self.fingerprint = card.name, card.fingerprint
        self.workers = workers
        self._pool = pool or hosts.pool(directory, workers, hosts.adopted(card.fingerprint))

    def begin(self, reviews: Sequence[str]) -> Callable[[], list[Prediction]]:
        """Start scoring, and return a function that waits for one prediction per review, in order.

        It raises `BundleError` for a damaged bundle and `WorkerError` if workers repeatedly die on the reviews.
        """
        return self._begin("predictions", reviews)

    def outputs(self, reviews: Sequence[str]) -> Outputs:
        """Return the raw outputs of the network, as `Predictor.outputs` does; raises what `begin` raises."""
        logits, stars, lengths = zip(*self._begin("outputs", reviews)(), strict=True)
        return Outputs(np.array(logits), np.array(stars), np.array(lengths))

    def _begin(self, wanted: Literal["predictions", "outputs"], reviews: Sequence[str]) -> Callable[[], list[Any]]:
        begun = [(piece, self._pool.submit(Piece(wanted, piece))) for piece in _pieces(reviews)]

        def answers() -> list[Any]:
            found: dict[str, Any] = {}
            for piece, future in begun:
                found.update(zip(piece, future.result(), strict=True))
            return [found[review] for review in reviews]

        return answers

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order; raises what the predictions of `begin` raise.

        Only a few pieces for each worker are queued at once, so that another caller waits for some 0.1 s only.
        """
        found: dict[str, Prediction] = {}
        under_way: deque[tuple[list[str], Future[list[Prediction]]]] = deque()
        pieces = _pieces(reviews)
        while pieces or under_way:
            while pieces and len(under_way) <= _QUEUED * self.workers:
                piece = pieces.pop(0)
                under_way.append((piece, self._pool.submit(Piece("predictions", piece))))
            piece, future = under_way.popleft()
            found.update(zip(piece, future.result(), strict=True))
        return [found[review] for review in reviews]

    def close(self) -> None:
        """End the processes."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _pieces(reviews: Sequence[str]) -> list[list[str]]:
    """Return the distinct reviews in pieces of similar lengths, to reduce padding, longest first."""
    pieces: list[list[str]] = []
    characters = 0
    for review in sorted(dict.fromkeys(reviews), key=len, reverse=True):
        characters += len(review)
        if not pieces or len(pieces[-1]) == PIECE or characters > PIECE_CHARACTERS:
            pieces.append([])
            characters = len(review)
        pieces[-1].append(review)
    return pieces


@contextmanager
def opened_scorer(
    directory: Path, device: str = "auto", workers: int | None = None, pool: WorkerPool | None = None
) -> Iterator["Predictor | ParallelPredictor"]:
    """Yield a scorer on this machine for the bundle, with `workers` CPU processes (None: one per core).

    `pool` is what `hosts.started` has yielded for the same arguments.

    Raises:
        BundleError: the directory does not hold a complete bundle.
        DeviceError: the device is not available on this machine.
        WorkerError: there is not enough memory for this many workers.
    """
    if pool is None and not hosts.in_processes(device, workers):
        from sentiment.model.predictor import Predictor

        yield Predictor.load(directory, device)
        return
    count = pool.workers if pool is not None else hosts.affordable(workers)
    with ParallelPredictor(directory, count, pool) as scorer:
        yield scorer
