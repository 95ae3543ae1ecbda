"""How positive unlabelled reviews are, as a teacher judges them: targets that a network learns from beside labels.

What the teacher knows of wording, the network learns to say in its own way (self-training; with a bundle that is
larger or a blend, distillation: Hinton et al. 2015). Beside the text, a teacher accounts for what it says about other
reviews of the same film. Its pupil reads one review and cannot know that, so it can become better than its teacher.
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
    """Return the logit of positive (reviews,) of readings, by phrases learnt from the labelled reviews."""
    return phrase_learning.learn(labelled.readings, labelled.labels, words, most).sums(readings)


def by_bundle(directory: Path, reviews: Sequence[str], device: torch.device) -> NDArray[np.float32]:
    """Return the calibrated logit of positive (reviews,), as the bundle that is there judges them.

    Raises:
        BundleError: there is none, or it is not whole.
    """
    return Predictor(bundle.load(directory), device).log_odds(reviews).astype(np.float32)


def by_group(
    verdicts: NDArray[np.float32],
    train: Sequence[Example],
    validation: Sequence[Example],
    unlabelled: Sequence[Unlabelled],
) -> NDArray[np.float32]:
    """Return the logit of positive (verdicts,), by verdicts and by those on other reviews of the same group.

    How far reviews of a group agree is learnt from the labels of the train part, and how far to trust that from the
    validation part. Without groups the verdicts are all there is.

    Args:
        verdicts: logits of positive of the validation part and then of the unlabelled reviews.
        train: labelled reviews that the teacher has learnt from.
        validation: labelled reviews that it has not.
        unlabelled: reviews to be learnt from.
    """
    agreed = agreement.learn([one.label for one in train], [one.group for one in train])
    informed = agreed.informed(verdicts, [*(one.group for one in validation), *(one.group for one in unlabelled)])
    count = len(validation)
    labels = np.array([one.label for one in validation], dtype=np.float32)
    shares = phrase_learning.blend(informed[:count], verdicts[:count], labels)
    return (shares[0] * informed + shares[1] * verdicts + shares[2]).astype(np.float32)
