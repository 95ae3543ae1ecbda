"""Soft targets for unlabelled reviews, predicted by a teacher model and added to the labelled training data.

This is self-training, or distillation (Hinton et al. 2015) if the teacher is a larger bundle or an ensemble. In
addition to the text, a teacher takes into account the verdicts on other reviews of the same film. The student reads a
single review and cannot use them, so it can become better than its teacher.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.data.examples import Example, Unlabelled
from sentiment.model import bundle
from sentiment.model.batching import Ids
from sentiment.model.predictor import Predictor
from sentiment.training.classifier import agreement, phrase_learning
from sentiment.training.classifier.task import Examples


def by_phrases(labelled: Examples, readings: Sequence[Ids], words: int, most: int) -> NDArray[np.float32]:
    """Return the positive-class logits (reviews,) of readings, from phrases fitted to the labelled reviews."""
    return phrase_learning.learn(labelled.readings, labelled.labels, words, most).sums(readings)


def by_bundle(directory: Path, reviews: Sequence[str], device: torch.device) -> NDArray[np.float32]:
    """Return the calibrated positive-class logits (reviews,) predicted by the bundle in `directory`.

    Raises:
        BundleError: the directory holds no bundle, or an incomplete one.
    """
    return Predictor(bundle.load(directory), device).log_odds(reviews).astype(np.float32)


def by_group(
    verdicts: NDArray[np.float32],
    train: Sequence[Example],
    validation: Sequence[Example],
    unlabelled: Sequence[Unlabelled],
) -> NDArray[np.float32]:
    """Return positive-class logits (verdicts,) that combine each verdict with those on reviews of the same group.

    How strongly reviews of a group agree is estimated from the labels of the training part, and how much weight that
    gets from the validation part. Without groups, the verdicts are returned unchanged.

    Args:
        verdicts: positive-class logits of the validation part, followed by those of the unlabelled reviews.
        train: labelled reviews that the teacher was trained on.
        validation: labelled reviews held out from the teacher.
        unlabelled: reviews that need soft targets.
    """
    agreed = agreement.learn([one.label for one in train], [one.group for one in train])
    informed = agreed.informed(verdicts, [*(one.group for one in validation), *(one.group for one in unlabelled)])
    count = len(validation)
    labels = np.array([one.label for one in validation], dtype=np.float32)
    shares = phrase_learning.blend(informed[:count], verdicts[:count], labels)
    return (shares[0] * informed + shares[1] * verdicts + shares[2]).astype(np.float32)
