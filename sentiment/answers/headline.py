"""Headline numbers: how many of the selected rows got each verdict, and why some got none."""

from dataclasses import dataclass

import numpy as np

from sentiment.answers import chance
from sentiment.answers.outcome import Mask
from sentiment.prediction import FLAGS, SENTIMENTS, Sentiment
from sentiment.scoring.parts import UNSCORED
from sentiment.scoring.view import Scores


@dataclass(frozen=True)
class Headline:
    """The verdicts of a selection of rows.

    `counts` gives the number of rows by sentiment, of `rows` in total. `negative_share` is the share of negative among
    the `scored` rows, with its 95 % interval `low` to `high`; None when no row is scored. `unscored` maps each reason
    for a missing verdict to its number of rows, most frequent first.
    """

    rows: int
    scored: int
    counts: dict[Sentiment, int]
    negative_share: float | None
    low: float | None
    high: float | None
    unscored: dict[str, int]

    @property
    def only(self) -> Sentiment | None:
        """The verdict if a single row is scored, for which shares mean nothing."""
        verdicts = (name for name, rows in self.counts.items() if rows and name != "unscored")
        return next(verdicts) if self.scored == 1 else None


def headline(scores: Scores, mask: Mask) -> Headline:
    """Return the verdicts of the rows in `mask` (rows,)."""
    counted = np.bincount(scores.sentiment[mask], minlength=len(SENTIMENTS)).tolist()
    counts = dict(zip(SENTIMENTS, counted, strict=True))
    rows = sum(counted)
    scored = rows - counts["unscored"]
    share = low = high = None
    if scored:
        share, low, high = (float(one[0]) for one in chance.shares(np.array([counts["negative"]]), np.array([scored])))
    return Headline(rows, scored, counts, share, low, high, unscored_reasons(scores, mask))


def unscored_reasons(scores: Scores, mask: Mask) -> dict[str, int]:
    """Return why rows have no verdict, most frequent reason first: "empty", "not English", "mostly unknown words", …

    A row without any flag could not be read from the file.
    """
    flags = scores.flags[mask & (scores.sentiment == UNSCORED)]
    empty, foreign, unknown = (flags & (1 << FLAGS.index(flag)) != 0 for flag in _REASONS)
    counts = {
        "empty": empty,
        "not English": foreign & ~empty,
        "mostly unknown words": unknown & ~foreign & ~empty,
        "other": (flags != 0) & ~(empty | foreign | unknown),
        "unreadable row": flags == 0,
    }
    found = {reason: int(rows.sum()) for reason, rows in counts.items()}
    return {reason: n for reason, n in sorted(found.items(), key=lambda one: -one[1]) if n}


_REASONS = ("empty", "not_english", "unknown_words")
