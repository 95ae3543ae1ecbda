"""The columns of a scored table that its rows can be grouped by: dates and categories."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.scoring.view import ScoredTable, as_text

FEWEST_VALUES, MOST_VALUES = 2, 500  # distinct values of a column that rows can be grouped by
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


@dataclass(frozen=True)
class Grouping:
    """A column to group by; `date_format` is for `pandas.to_datetime`, None for a category."""

    column: str
    kind: Literal["date", "category"]
    date_format: str | None = None


@dataclass(frozen=True)
class Categories:
    """The value of each row in a column: `codes` (rows,) index `names`."""

    codes: NDArray[np.int64]
    names: list[str]


def groupings(table: ScoredTable) -> list[Grouping]:
    """Return the columns with dates, or with 2 to 500 distinct values, according to a sample; dates come first."""
    sample = table.sample()
    found = [_grouping(name, sample.column(i)) for i, name in enumerate(sample.column_names)]
    return sorted((one for one in found if one), key=lambda one: one.kind == "category")


def dates_of(column: pa.ChunkedArray, date_format: str | None) -> pd.Series:
    """Return the dates in a column (rows,), NaT if unreadable or missing; `date_format` is that of a `Grouping`."""
    if date_format is None:
        dates = pd.Series(column.cast(pa.timestamp("us", getattr(column.type, "tz", None))).to_pandas())
        return dates.dt.tz_localize(None)
    return _parsed(pd.Series(as_text(column).to_pylist(), dtype=object).str.strip(), date_format)


def categories(column: pa.ChunkedArray, most: int) -> Categories:
    """Return the values of a column; those not among the `most` frequent are combined into "(other)"."""
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
    # Groups of fewer than two rows are not informative: such a column is rather an identifier.
    return (
        Grouping(name, "category") if FEWEST_VALUES <= filled.nunique() <= min(MOST_VALUES, len(filled) / 2) else None
    )


def _date_format(texts: pd.Series) -> str | None:
    """Return the format in which most of the texts are dates; None if they are not dates."""
    if texts.nunique() < FEWEST_VALUES or texts.str.fullmatch(r"[+-]?[\d.,]*\d").mean() > 1 - _PARSED_SHARE:
        texts = texts[texts.str.count(r"\.") == 2]  # such as 31.12.2025, which is not a number
        if texts.nunique() < FEWEST_VALUES:
            return None
    parsed = {one: float(_parsed(texts, one).notna().mean()) for one in _DATE_FORMATS}
    best = max(_DATE_FORMATS, key=lambda one: parsed[one])
    return best if parsed[best] >= _PARSED_SHARE else None


def _parsed(texts: pd.Series, date_format: str) -> pd.Series:
    return pd.to_datetime(texts, errors="coerce", format=date_format, utc=True).dt.tz_localize(None)
