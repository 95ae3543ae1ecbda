"""Comparison of groups: the share of negative reviews in each group against the rest, tested against chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.answers import chance
from sentiment.answers.outcome import Mask, Outcome
from sentiment.scoring.grouping import Categories
from sentiment.wording import counted

FALSE_DISCOVERIES = 0.05
_FEWEST_ROWS = 5
_MOST_NAMES = 10  # in a sentence


@dataclass(frozen=True)
class Group:
    """One group of rows.

    `share` is the share of `hits` among the counted `rows`, with its 95 % interval `low` to `high`. `difference` is
    that share minus the share of all other rows, -1 to 1. `p` is adjusted for the number of groups; the group
    `stands_out` when `p` is at most 0.05. One that `is_small` does not, and has too few rows for that.
    """

    name: str
    rows: int
    hits: int
    share: float
    low: float
    high: float
    difference: float
    p: float
    is_small: bool

    @property
    def stands_out(self) -> bool:
        """Whether the difference is significant after the adjustment."""
        return self.p <= FALSE_DISCOVERIES


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
    small = (rows < _needed_rows(int(hits.sum()), int(rows.sum()), len(rows))) & (p > FALSE_DISCOVERIES)
    names = [categories.names[code] for code in present]
    columns = (column.tolist() for column in (rows, hits, share, low, high, difference, p, small))
    groups = [Group(*values) for values in zip(names, *columns, strict=True)]
    return sorted(groups, key=lambda group: (_rank(group), -group.low, -group.rows))


def listed_and_small(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Return the groups to list, and the small ones to leave out; all are listed if all are small."""
    listed = [group for group in groups if not group.is_small]
    return (listed, [group for group in groups if group.is_small]) if listed else (list(groups), [])


def in_words(groups: Sequence[Group]) -> str:
    """Return in a sentence which groups differ from the rest by more than chance."""
    if len(groups) < 2:
        return "There is no other group to compare with."
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
    return f"{small_counted(small)} left out: {names}."


def small_counted(small: Sequence[Group]) -> str:
    """Return the number of small groups in words."""
    return f"{counted(len(small), 'group')} with too few rows to stand out"


def _needed_rows(hits: int, rows: int, groups: int) -> int:
    """Return how many rows a group needs to stand out, at least 5.

    With fewer, not even a group of hits alone, or of none, would be significant among that many groups (Tarone 1990).
    """
    rarer = min(hits, rows - hits) / max(1, rows)
    if not rarer:
        return _FEWEST_ROWS
    return max(_FEWEST_ROWS, math.ceil(math.log(FALSE_DISCOVERIES / (2 * groups), rarer)))


def _rank(group: Group) -> int:
    if group.stands_out:
        return 0 if group.difference > 0 else 2
    return 3 if group.is_small else 1


def _names(names: Sequence[str]) -> str:
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more])
