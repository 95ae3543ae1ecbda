"""The outcome of each row: whether it is counted, and whether it is a hit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.prediction import SENTIMENTS
from sentiment.scoring.parts import UNSCORED
from sentiment.scoring.view import Scores

Mask = NDArray[np.bool_]
_NEGATIVE = SENTIMENTS.index("negative")


@dataclass(frozen=True)
class Outcome:
    """Two masks (rows,): a share is the `hit` rows among the `counted` ones. A hit is always counted."""

    hit: Mask
    counted: Mask


def negative_reviews(scores: Scores) -> Outcome:
    """Return the negative rows among the scored ones."""
    return Outcome(scores.sentiment == _NEGATIVE, scores.sentiment != UNSCORED)
