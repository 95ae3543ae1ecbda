"""Load a bundle into a process that will be forked."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sentiment.text.cleaning import clean
from sentiment.text.language import other_language

if TYPE_CHECKING:
    from sentiment.model.predictor import Predictor


class Piece(NamedTuple):
    """A worker's task: reviews, and whether their predictions or the raw outputs of the network are wanted."""

    wanted: Literal["predictions", "outputs"]
    reviews: list[str]


def prepared(directory: Path) -> "Predictor":
    """Load a bundle for the CPU, with all that tokenization needs, into a process that will be forked.

    Nothing is scored, and torch gets one thread, here and in the forks: the processes share the cores, and a process
    with several threads must not fork. The thread that loads libraries meanwhile ends before this returns.

    Raises:
        BundleError: the directory does not hold a complete bundle.
    """
    with _with_few_collections(), ThreadPoolExecutor(1) as beside:
        import torch

        # Only now: until then, the command that started this process imports its own libraries on another core.
        loaded = beside.submit(_load_lazy_libraries)
        from sentiment.model.predictor import Predictor

        torch.set_num_threads(1)
        predictor = Predictor.load(directory, "cpu")
        loaded.result()
    return predictor


@contextmanager
def _with_few_collections() -> Iterator[None]:
    """Collect garbage seldom during the block: usually that takes a seventh of the time.

    Without any collection, workers would share a tenth less of their memory.
    """
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def answers_of(predictor: "Predictor") -> Callable[[list[Piece]], list[list[Any]]]:
    """Return the work of a worker: pieces of reviews to one answer per review of each piece."""

    def answers(pieces: list[Piece]) -> list[list[Any]]:
        made: list[list[Any]] = []
        for wanted, group in groupby(pieces, lambda piece: piece.wanted):
            together = list(group)
            reviews = [review for piece in together for review in piece.reviews]
            answer = iter(
                zip(*predictor.outputs(reviews), strict=True) if wanted == "outputs" else predictor.score(reviews)
            )
            made += [list(islice(answer, len(piece.reviews))) for piece in together]
        return made

    return answers


def _load_lazy_libraries() -> None:
    """Load the HTML parser and the language identifier, which only some reviews need."""
    clean("A <i>fine</i> film &amp; more.")
    other_language("Un film magnifique, porté par deux acteurs extraordinaires.", 0.0, 1.0)
