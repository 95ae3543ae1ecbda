"""Load a bundle into a process that will be forked."""

from pathlib import Path

import torch

from sentiment.model.predictor import Predictor

# Together they trigger everything that is loaded lazily, when a review needs it.
_FIRST_REVIEWS = ("A <i>fine</i> film &amp; more.", "Un film magnifique, porté par deux acteurs extraordinaires.")


def prepared(directory: Path) -> Predictor:
    """Load a bundle for the CPU, with all that tokenization needs, into a process that will be forked.

    Nothing is scored, and torch gets one thread, here and in the forks: the processes share the cores, and a process
    with several threads must not fork.

    Raises:
        BundleError: the directory does not hold a complete bundle.
    """
    torch.set_num_threads(1)
    predictor = Predictor.load(directory, "cpu")
    for review in _FIRST_REVIEWS:
        predictor.reader.read(review)
    return predictor
