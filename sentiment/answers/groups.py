"""Comparison of groups: the share of negative reviews in each group against the rest, tested against chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.answers import chance
from sentiment.answers.outcome import Mask, Outcome
from sentiment.scoring.grouping import Categories
from sentiment.wording import counted

FALSE_DISCOVERIES = 0.05
FEW_ROWS = 5
_MOST_NAMES = 10  # in a sentence


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

    @property
    def is_small(self) -> bool:
        """Whether the group has too few rows, fewer than 5, for a share that means anything; never if it stands out."""
        return self.rows < FEW_ROWS and not self.stands_out


def group_table(categories: Categories, outcome: Outcome, mask: Mask) -> list[Group]:
    """Return the groups that have a counted row in `mask` (rows,), worst first.

    Groups that are worse than the rest come first and those that are better come last, followed only by small groups;
    within each, groups are ordered by the lower end of their interval, so that a few rows put no group on top.

    Each group is compared with all other rows of the mask by Fisher's exact test, and p values are adjusted by
    Benjamini and Hochberg (1995). A single group has nothing to be compared with: its difference is 0 and its p is 1.
    """
    used = outcome.counted & mask
    size = len(categories.names)
    rows = np.bincount(categories.codes[used], minlength=size)
    hits = np.bincount(categories.codes[used & outcome.hit], minlength=size)
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
    return sorted(groups, key=lambda group: (_rank(group), -group.low, -group.rows))


def listed_and_small(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Return the groups to list, and the small ones to leave out; all are listed if all are small."""
    listed = [group for group in groups if not group.is_small]
    return (listed, [group for group in groups if group.is_small]) if listed else (list(groups), [])


def in_words(groups: Sequence[Group]) -> str:
    """Return in a sentence which groups differ from the rest by more than chance."""
    worse = [group.name for group in groups if group.stands_out and group.difference > 0]
    better = [group.name for group in groups if group.stands_out and group.difference < 0]
    if not worse and not better:
        return "No group differs from the rest by more than chance."
    findings = [f"{_names(worse)}: worse than the rest"] if worse else []
    findings += [f"{_names(better)}: better than the rest"] if better else []
    return f"{'; '.join(findings)}, by more than chance ({counted(len(groups), 'group')} compared)."


def small_in_words(small: Sequence[Group]) -> str:
    """Return in a sentence which small groups are left out of a list; "" if none are."""
    if not small:
        return ""
    names = _names([f"{group.name} ({group.rows})" for group in small])
    return f"{counted(len(small), 'group')} with fewer than {FEW_ROWS} rows left out: {names}."


def _rank(group: Group) -> int:
    if group.stands_out:
        return 0 if group.difference > 0 else 2
    return 3 if group.is_small else 1


def _names(names: Sequence[str]) -> str:
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more])
