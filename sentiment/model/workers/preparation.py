"""A bundle made ready for processes that are forked after it is loaded."""

from pathlib import Path

import torch

from sentiment.model.predictor import Predictor

# Between them they need everything that is loaded only when a review asks for it.
_FIRST_REVIEWS = ("A <i>fine</i> film &amp; more.", "Un film magnifique, porté par deux acteurs extraordinaires.")


def prepared(directory: Path) -> Predictor:
    """Load a bundle for the CPU into a process that forks later, with what reading a review needs.

    Nothing is scored, and torch gets one thread, here and in the forks: processes share the cores, and a process that
    has threads must not fork.

    Raises:
        BundleError: the directory is not a whole bundle.
    """
    torch.set_num_threads(1)
    predictor = Predictor.load(directory, "cpu")
    for review in _FIRST_REVIEWS:
        predictor.reader.read(review)
    return predictor
