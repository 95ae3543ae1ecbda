"""Sentiment over time and by group: which columns of a scored table hold dates or categories, and their shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.prediction import SENTIMENTS
from sentiment.scoring.view import ScoredTable, as_text

FEWEST_GROUPS, MOST_GROUPS = 2, 30  # of what is drawn
MOST_VALUES = 500  # of a column by which rows can be grouped
EMPTY, OTHER = "(empty)", "(other)"
_PARSED_SHARE = 0.95
_DATE_FORMATS = (
    "ISO8601",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y/%m/%d",
)
_PERIODS = ((1, "D", "day"), (7, "W", "week"), (30, "M", "month"), (91, "Q", "quarter"))  # by their days
_MOST_PERIODS = 60
_ROWS_A_PERIOD = 10  # on average: shares of fewer rows are noise


@dataclass(frozen=True)
class Grouping:
    """A column to look at sentiment by; `date_format` is as `pandas.to_datetime` takes it, None for a category."""

    column: str
    kind: Literal["date", "category"]
    date_format: str | None = None


@dataclass(frozen=True)
class Categories:
    """The value of each row in a column: `codes` (rows,) index `names`."""

    codes: NDArray[np.int64]
    names: list[str]


@dataclass(frozen=True)
class Shares:
    """A row a group and sentiment in `frame`: group, sentiment, rows, share (0 to 1 of the group's scored rows).

    For dates `group` is a timestamp and `unit` the period's name, for categories a text and "". Groups
    stand in the order in which they are to be drawn. `left_out` rows have no date that can be read.
    """

    frame: pd.DataFrame
    unit: str
    left_out: int


def groupings(table: ScoredTable) -> list[Grouping]:
    """The columns that hold dates, or 2 to 500 different values, judged by a sample; dates come first."""
    sample = table.sample()
    found = [_grouping(name, sample.column(i)) for i, name in enumerate(sample.column_names)]
    return sorted((one for one in found if one), key=lambda one: one.kind == "category")


def shares(table: ScoredTable, grouping: Grouping) -> Shares:
    """How the sentiments are shared out within each group."""
    column = table.column(grouping.column)
    if grouping.kind == "category":
        found = categories(column, MOST_GROUPS)
        return Shares(_counted(found.codes, found.names, table.scores.sentiment), "", 0)
    dates = dates_of(column, grouping.date_format)
    frequency, unit = _period(dates)
    periods = pd.period_range(dates.min(), dates.max(), freq=frequency)
    codes = periods.get_indexer(pd.PeriodIndex(dates, freq=frequency))
    counted = _counted(codes, list(periods.start_time), table.scores.sentiment)
    return Shares(counted, unit, int((codes < 0).sum()))


def dates_of(column: pa.ChunkedArray, date_format: str | None) -> pd.Series:
    """The dates in a column (rows,), NaT where there is none that can be read; `date_format` is a `Grouping`'s."""
    if date_format is None:
        dates = pd.Series(column.cast(pa.timestamp("us", getattr(column.type, "tz", None))).to_pandas())
        return dates.dt.tz_localize(None)
    return _parsed(pd.Series(as_text(column).to_pylist(), dtype=object).str.strip(), date_format)


def categories(column: pa.ChunkedArray, most: int) -> Categories:
    """The values of a column; those too rare to be among the `most` are put together as "(other)"."""
    texts = pd.Series(as_text(column).to_pylist(), dtype=object).fillna("").str.strip().replace("", EMPTY)
    common = texts.value_counts().index
    if len(common) > most:
        texts = texts.where(texts.isin(common[: most - 1]), OTHER)
    codes, names = pd.factorize(texts)
    return Categories(codes, list(names))


def _grouping(name: str, column: pa.ChunkedArray) -> Grouping | None:
    if pa.types.is_temporal(column.type):
        dated = pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
        return Grouping(name, "date") if dated and column.null_count < len(column) else None
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return None
    texts = pd.Series(as_text(column).to_pylist(), dtype=object).dropna().str.strip()
    filled = texts[texts != ""]
    if date_format := _date_format(filled):
        return Grouping(name, "date", date_format)
    # Fewer than two rows a group tell nothing: such a column is rather an identifier.
    return (
        Grouping(name, "category") if FEWEST_GROUPS <= filled.nunique() <= min(MOST_VALUES, len(filled) / 2) else None
    )


def _date_format(texts: pd.Series) -> str | None:
    """The format in which most of the texts are dates; None when they are not."""
    if texts.nunique() < FEWEST_GROUPS or texts.str.fullmatch(r"[+-]?[\d.,]*\d").mean() > 1 - _PARSED_SHARE:
        texts = texts[texts.str.count(r"\.") == 2]  # such as 31.12.2025, which is no number
        if texts.nunique() < FEWEST_GROUPS:
            return None
    parsed = {one: float(_parsed(texts, one).notna().mean()) for one in _DATE_FORMATS}
    best = max(_DATE_FORMATS, key=lambda one: parsed[one])
    return best if parsed[best] >= _PARSED_SHARE else None


def _parsed(texts: pd.Series, date_format: str) -> pd.Series:
    return pd.to_datetime(texts, errors="coerce", format=date_format, utc=True).dt.tz_localize(None)


def _period(dates: pd.Series) -> tuple[str, str]:
    """The shortest period, as pandas and as people call it, that is worth drawing."""
    days = (dates.max() - dates.min()).days + 1
    most = max(1, min(_MOST_PERIODS, dates.notna().sum() // _ROWS_A_PERIOD))
    return next(((code, unit) for length, code, unit in _PERIODS if days / length <= most), ("Y", "year"))


def _counted(codes: NDArray[np.int64], names: Sequence[Any], sentiment: NDArray[np.uint8]) -> pd.DataFrame:
    known = codes >= 0
    cells = np.bincount(
        codes[known] * len(SENTIMENTS) + sentiment[known], minlength=len(names) * len(SENTIMENTS)
    ).reshape(len(names), len(SENTIMENTS))[:, :3]
    totals = np.maximum(cells.sum(axis=1), 1)
    frames = [
        pd.DataFrame({"group": names, "sentiment": name, "rows": cells[:, i], "share": cells[:, i] / totals})
        for i, name in enumerate(SENTIMENTS[:3])
    ]
    return pd.concat(frames, ignore_index=True)
