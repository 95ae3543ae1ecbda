"""What a bundle says of one review: the record that every scorer returns and every table gains."""

from dataclasses import dataclass
from typing import Literal

Sentiment = Literal["positive", "negative", "uncertain", "unscored"]
Flag = Literal["empty", "short", "truncated", "unknown_words", "not_english", "duplicate"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One review's verdict.

    `probability` is the calibrated probability of positive, 0 to 1, and `rating` the expected
    stars, 1.0 to 10.0; both are None when the review is unscored, and `rating` also when the
    bundle has not learnt stars. `unknown_share` is the share, 0 to 1, of the tokens read that
    are not in the vocabulary.
    """

    sentiment: Sentiment
    probability: float | None
    rating: float | None
    tokens_read: int
    tokens_total: int
    unknown_share: float
    flags: tuple[Flag, ...] = ()


PREDICTION_COLUMNS = ("sentiment", "probability", "rating", "tokens_read", "tokens_total", "unknown_share", "flags")
