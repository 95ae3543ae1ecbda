"""How positive unlabelled reviews are, as a teacher judges them: targets that a network learns from beside labels.

What the teacher knows of wording, the network learns to say in its own way (self-training; with a
bundle that is larger or a blend, distillation: Hinton et al. 2015). Teachers that judge differently are right more
often together than each alone.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit

from sentiment import bundle, judgements, phrase_learning
from sentiment.batching import Ids
from sentiment.classification import Examples
from sentiment.examples import Example
from sentiment.inference import logits
from sentiment.predictor import Predictor

_SURE = np.float32(1e-4)


def by_phrases(labelled: Examples, readings: Sequence[Ids], words: int, most: int) -> NDArray[np.float32]:
    """Return the probability of positive (reviews,) of readings, by phrases learnt from the labelled reviews."""
    learnt = phrase_learning.learn(labelled.readings, labelled.labels, words, most)
    probabilities: NDArray[np.float32] = expit(learnt.sums(readings))
    return probabilities


def by_directory(directory: Path, reviews: Sequence[str], device: torch.device) -> NDArray[np.float32]:
    """Return the probability of positive (reviews,) as judged before and saved there, or by the bundle that is there.

    Raises:
        BundleError: the directory is neither, or its bundle is not whole.
        DataError: other reviews were judged, or the file is damaged.
    """
    if judgements.are_in(directory):
        return judgements.load(directory, reviews)
    teacher = Predictor(bundle.load(directory), device)
    verdicts, _ = logits(teacher.network, [teacher.reader.ids(review) for review in reviews], device)
    return teacher.bundle.config.calibration.probabilities(verdicts).astype(np.float32)


def together(
    directories: tuple[Path, Path], validation: Sequence[Example], reviews: Sequence[str], device: torch.device
) -> NDArray[np.float32]:
    """Return the probability of positive (reviews,) by two teachers, in the shares that suit the validation part best.

    Raises:
        BundleError, DataError: as `by_directory`.
    """
    judged = [*(one.review for one in validation), *reviews]
    first, second = (_logits_of(by_directory(directory, judged, device)) for directory in directories)
    count = len(validation)
    labels = np.array([one.label for one in validation], dtype=np.float32)
    shares = phrase_learning.blend(first[:count], second[:count], labels)
    probabilities: NDArray[np.float32] = expit(shares[0] * first + shares[1] * second + shares[2])
    return probabilities[count:]


def _logits_of(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    # A judgement of exactly 0 or 1 would outweigh whatever another teacher says.
    found: NDArray[np.float32] = logit(np.clip(probabilities, _SURE, 1 - _SURE))
    return found
