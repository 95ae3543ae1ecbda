"""The columns of a scored table by which its rows can be grouped: dates and categories."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sentiment.scoring.view import ScoredTable, as_text

FEWEST_VALUES, MOST_VALUES = 2, 500  # of a column by which rows can be grouped
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
    """A column to look at sentiment by; `date_format` is as `pandas.to_datetime` takes it, None for a category."""

    column: str
    kind: Literal["date", "category"]
    date_format: str | None = None


@dataclass(frozen=True)
class Categories:
    """The value of each row in a column: `codes` (rows,) index `names`."""

    codes: NDArray[np.int64]
    names: list[str]


def groupings(table: ScoredTable) -> list[Grouping]:
    """The columns that hold dates, or 2 to 500 different values, judged by a sample; dates come first."""
    sample = table.sample()
    found = [_grouping(name, sample.column(i)) for i, name in enumerate(sample.column_names)]
    return sorted((one for one in found if one), key=lambda one: one.kind == "category")


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
        Grouping(name, "category") if FEWEST_VALUES <= filled.nunique() <= min(MOST_VALUES, len(filled) / 2) else None
    )


def _date_format(texts: pd.Series) -> str | None:
    """The format in which most of the texts are dates; None when they are not."""
    if texts.nunique() < FEWEST_VALUES or texts.str.fullmatch(r"[+-]?[\d.,]*\d").mean() > 1 - _PARSED_SHARE:
        texts = texts[texts.str.count(r"\.") == 2]  # such as 31.12.2025, which is no number
        if texts.nunique() < FEWEST_VALUES:
            return None
    parsed = {one: float(_parsed(texts, one).notna().mean()) for one in _DATE_FORMATS}
    best = max(_DATE_FORMATS, key=lambda one: parsed[one])
    return best if parsed[best] >= _PARSED_SHARE else None


def _parsed(texts: pd.Series, date_format: str) -> pd.Series:
    return pd.to_datetime(texts, errors="coerce", format=date_format, utc=True).dt.tz_localize(None)
