"""Theme scores: whether each row mentions each theme, and how positive the mention is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.answers import chance
from sentiment.answers.outcome import Mask, Outcome


@dataclass(frozen=True)
class ThemeScores:
    """The mentions of the themes `names` in a table.

    `mentioned` (rows, themes) marks the rows that mention a theme. `probability` (rows, themes) is the probability, 0
    to 1, that the mention is positive; NaN where there is no mention or the model has no verdict. A mention is negative
    below the first of `band`. With `by_sentence`, it is the mean over the sentences with a mention; otherwise it is the
    review's probability. Of very many rows, one in `one_in` is scored and the others are NaN.
    """

    names: tuple[str, ...]
    mentioned: NDArray[np.bool_]
    probability: NDArray[np.float32]
    band: tuple[float, float]
    by_sentence: bool
    one_in: int = 1

    def mentions(self, theme: str) -> Mask:
        """Return which rows (rows,) mention a theme."""
        return self.mentioned[:, self.names.index(theme)]

    def outcome(self, theme: str) -> Outcome:
        """Return the rows with a negative mention of a theme, among those that mention it and have a verdict."""
        probability = self.probability[:, self.names.index(theme)]
        judged = ~np.isnan(probability)
        return Outcome(judged & (probability < self.band[0]), judged)


@dataclass(frozen=True)
class ThemeRow:
    """One theme: mentioned in `rows`, which are `share_of_rows` of the scored ones, 0 to 1.

    Of the `judged` rows, `negative` mention it negatively: `negative_share`, with its 95 % interval `low` to `high`;
    NaN when no row has a verdict.
    """

    name: str
    rows: int
    share_of_rows: float
    judged: int
    negative: int
    negative_share: float
    low: float
    high: float


@dataclass(frozen=True)
class ThemeTable:
    """The mentioned themes, most negative rows first; of the scored `rows`, `uncaught` mention none of them.

    The mentions of one row in `one_in` were judged.
    """

    themes: tuple[ThemeRow, ...]
    uncaught: int
    rows: int
    one_in: int = 1

    def sample_in_words(self) -> str:
        """Return a sentence stating that only a sample of the rows was scored; "" if all of them were."""
        if self.one_in == 1:
            return ""
        return (
            f"So many sentences mention a theme that those of one row in {self.one_in} were judged: "
            "the shares and their intervals are of this sample."
        )


def theme_table(scores: ThemeScores, mask: Mask, scored: Mask) -> ThemeTable:
    """Return the themes of the rows in `mask` (rows,) that are also `scored`; the others count nowhere."""
    chosen = mask & scored
    outcomes = [scores.outcome(name) for name in scores.names]
    rows = scores.mentioned[chosen].sum(axis=0).astype(np.int64)
    judged = np.array([(outcome.counted & chosen).sum() for outcome in outcomes], dtype=np.int64)
    negative = np.array([(outcome.hit & chosen).sum() for outcome in outcomes], dtype=np.int64)
    shares = zip(*(ends.tolist() for ends in chance.shares(negative, judged)), strict=True)
    total = max(1, int(chosen.sum()))
    counts = zip(scores.names, rows.tolist(), judged.tolist(), negative.tolist(), shares, strict=True)
    found = [ThemeRow(name, n, n / total, of, bad, *share) for name, n, of, bad, share in counts if n]
    uncaught = int((chosen & ~scores.mentioned.any(axis=1)).sum())
    worst_first = sorted(found, key=lambda one: (-one.negative, -one.rows))
    return ThemeTable(tuple(worst_first), uncaught, int(chosen.sum()), scores.one_in)
