"""Trends: the share of negative reviews by day, week, month or quarter, and where its level changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.answers import chance
from sentiment.answers.changes import level_changes
from sentiment.answers.outcome import Mask, Outcome
from sentiment.scoring.grouping import Categories

Unit = Literal["day", "week", "month", "quarter"]
UNITS: tuple[Unit, ...] = get_args(Unit)
MOST_GROUPS = 5
_FREQUENCIES: dict[Unit, str] = {"day": "D", "week": "W", "month": "M", "quarter": "Q"}
# The longest span, in days, drawn in each unit when the user has not chosen one.
_LONGEST: tuple[tuple[Unit, int], ...] = (("day", 31), ("week", 26 * 7), ("month", 5 * 366))
_ROWS_PER_PERIOD = 10  # on average; shares of fewer rows are noise

Dates = NDArray[np.datetime64]


@dataclass(frozen=True)
class Change:
    """A change of the share of `group` ("" for all rows) from `before` to `after`, 0 to 1, and the period it begins in.

    Each share is over all periods between this change and the neighbouring one. `p` is the probability that chance
    alone causes as clear a change anywhere in the span.
    """

    group: str
    period: pd.Timestamp
    before: float
    after: float
    p: float


@dataclass(frozen=True)
class Trend:
    """The shares by period.

    `frame` has the columns period (the timestamp of its start), group ("" when rows are not grouped), rows, hits,
    share, low and high (the 95 % interval); a period without a counted row is absent. `left_out` is the number of rows
    without a readable date.
    """

    unit: Unit
    frame: pd.DataFrame
    changes: tuple[Change, ...]
    left_out: int


def trend(
    dates: Dates,
    outcome: Outcome,
    mask: Mask,
    unit: Unit | None = None,
    categories: Categories | None = None,
    groups: Sequence[str] = (),
) -> Trend:
    """Return the share of hits over time among the rows of `mask`; `dates` is (rows,) with NaT where unknown.

    Without a `unit`, the one that fits the span and the number of rows is used. With `categories`, there is one series
    for each of the first five `groups`.
    """
    counted = outcome.counted & mask
    dated = counted & ~np.isnat(dates)
    left_out = int((counted & ~dated).sum())
    unit = unit or fitting_unit(dates[dated])
    lines = {"": dated}
    if categories is not None:
        lines = {name: dated & (categories.codes == categories.names.index(name)) for name in groups[:MOST_GROUPS]}
    frames, changes = [], []
    for name, rows in lines.items():
        frame = _by_period(dates[rows], outcome.hit[rows], unit)
        frames.append(frame.assign(group=name))
        changes += _changes(name, frame, len(lines))
    columns = ["period", "group", "rows", "hits", "share", "low", "high"]
    return Trend(unit, pd.concat(frames, ignore_index=True)[columns], tuple(changes), left_out)


def fitting_unit(dates: Dates) -> Unit:
    """Return the finest unit that gives a readable line over these dates (rows,), none of which is NaT."""
    if not len(dates):
        return "month"
    days = int((dates.max() - dates.min()) / np.timedelta64(1, "D")) + 1
    lengths = {"day": 1, "week": 7, "month": 30}
    for unit, longest in _LONGEST:
        if days <= longest and len(dates) * lengths[unit] >= _ROWS_PER_PERIOD * min(days, longest):
            return unit
    return "quarter" if days > 3 * 91 else "month"


def period_bounds(period: pd.Timestamp, unit: Unit) -> tuple[date, date]:
    """Return the first and the last day of the period that starts at `period`."""
    whole = pd.Period(period, freq=_FREQUENCIES[unit])
    return whole.start_time.date(), whole.end_time.date()


def _by_period(dates: Dates, hit: Mask, unit: Unit) -> pd.DataFrame:
    periods = pd.PeriodIndex(pd.DatetimeIndex(dates), freq=_FREQUENCIES[unit]).start_time
    counted = pd.DataFrame({"period": periods, "hit": hit}).groupby("period")["hit"].agg(["size", "sum"])
    rows, hits = (counted[name].to_numpy(dtype=np.int64) for name in ("size", "sum"))
    share, low, high = chance.shares(hits, rows)
    return pd.DataFrame({"period": counted.index, "rows": rows, "hits": hits, "share": share, "low": low, "high": high})


def _changes(group: str, frame: pd.DataFrame, lines: int) -> list[Change]:
    found = level_changes(frame["hits"].to_numpy(), frame["rows"].to_numpy(), lines)
    return [Change(group, frame["period"][one.place], one.before, one.after, one.p) for one in found]
