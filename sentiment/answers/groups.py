"""Comparison of groups: the share of negative reviews in each group against the rest, tested against chance."""

from dataclasses import dataclass

import numpy as np

from sentiment.answers import chance
from sentiment.answers.outcome import Mask, Outcome
from sentiment.scoring.grouping import Categories

FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True)
class Group:
    """One group of rows.

    `share` is the share of `hits` among the counted `rows`, with its 95 % interval `low` to `high`. `difference` is
    that share minus the share of all other rows, -1 to 1. `p` is adjusted for the number of groups; the group
    `stands_out` when `p` is at most 0.05.
    """

    name: str
    rows: int
    hits: int
    share: float
    low: float
    high: float
    difference: float
    p: float

    @property
    def stands_out(self) -> bool:
        """Whether the difference is significant after the adjustment."""
        return self.p <= FALSE_DISCOVERIES


def group_table(categories: Categories, outcome: Outcome, mask: Mask) -> list[Group]:
    """Return the groups that have a counted row in `mask` (rows,), highest share first.

    Each group is compared with all other rows of the mask by Fisher's exact test, and p values are adjusted by
    Benjamini and Hochberg (1995). A single group has nothing to be compared with: its difference is 0 and its p is 1.
    """
    counted = outcome.counted & mask
    size = len(categories.names)
    rows = np.bincount(categories.codes[counted], minlength=size)
    hits = np.bincount(categories.codes[counted & outcome.hit], minlength=size)
    present = np.flatnonzero(rows)
    rows, hits = rows[present], hits[present]
    other_rows, other_hits = rows.sum() - rows, hits.sum() - hits
    share, low, high = chance.shares(hits, rows)
    other_share, _, _ = chance.shares(other_hits, other_rows)
    difference = np.nan_to_num(share - other_share)
    p = chance.adjusted(chance.difference_p(hits, rows, other_hits, other_rows))
    names = [categories.names[code] for code in present]
    columns = (column.tolist() for column in (rows, hits, share, low, high, difference, p))
    groups = [Group(*values) for values in zip(names, *columns, strict=True)]
    return sorted(groups, key=lambda group: (-group.share, -group.rows))
