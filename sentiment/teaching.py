"""How positive unlabelled reviews are, as a teacher judges them: targets that a network learns from beside labels.

What the teacher knows of wording, the network learns to say in its own way (self-training; with a
bundle that is larger or a blend, distillation: Hinton et al. 2015).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment import bundle, phrase_learning
from sentiment.batching import Ids
from sentiment.classification import Examples
from sentiment.inference import logits
from sentiment.predictor import Predictor


def by_phrases(labelled: Examples, readings: Sequence[Ids], words: int, most: int) -> NDArray[np.float32]:
    """Return the probability of positive (reviews,) of readings, by phrases learnt from the labelled reviews."""
    learnt = phrase_learning.learn(labelled.readings, labelled.labels, words, most)
    return (1 / (1 + np.exp(-learnt.sums(readings)))).astype(np.float32)


def by_bundle(directory: Path, reviews: Sequence[str], device: torch.device) -> NDArray[np.float32]:
    """Return the calibrated probability of positive (reviews,) by the bundle in `directory`.

    Raises:
        BundleError: the directory is not a whole bundle.
    """
    teacher = Predictor(bundle.load(directory), device)
    verdicts, _ = logits(teacher.network, [teacher.reader.ids(review) for review in reviews], device)
    return teacher.bundle.config.calibration.probabilities(verdicts).astype(np.float32)
