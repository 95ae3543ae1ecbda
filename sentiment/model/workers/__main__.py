"""The host of processes that score with one bundle on the CPU: arguments are a socket's descriptor and a directory."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from sentiment.model.predictor import Predictor
from sentiment.prediction import Prediction
from sentiment.system.worker_host import serve

# Between them they need everything that is loaded only when a review asks for it.
_FIRST_REVIEWS = ("A <i>fine</i> film &amp; more.", "Un film magnifique, porté par deux acteurs extraordinaires.")


def main() -> None:
    """Load the bundle and fork workers that score with it."""
    descriptor, directory = int(sys.argv[1]), Path(sys.argv[2])
    with socket.socket(fileno=descriptor) as control:
        serve(control, lambda: _scoring(directory))


def _scoring(directory: Path) -> Callable[[list[str]], list[Prediction]]:
    # One thread, here and in every worker: processes share the cores, and a process with threads must not fork.
    torch.set_num_threads(1)
    predictor = Predictor.load(directory, "cpu")
    for review in _FIRST_REVIEWS:
        predictor.reader.read(review)
    return predictor.score


if __name__ == "__main__":
    main()
