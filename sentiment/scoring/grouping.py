"""The columns of a scored table that its rows can be grouped by: dates and categories."""

import re
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
_ZONE = re.compile(r"(\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$")  # after a time of day
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
    """A column to group by; `date_formats` are for `pandas.to_datetime`, none for typed dates and for a category."""

    column: str
    kind: Literal["date", "category"]
    date_formats: tuple[str, ...] = ()


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


def dates_of(column: pa.ChunkedArray, date_formats: tuple[str, ...]) -> pd.Series:
    """Return the dates in a column (rows,), NaT if unreadable or missing; `date_formats` are those of a `Grouping`.

    They are as written: a time zone does not move a review of late evening to another day.
    """
    if not date_formats:
        dates = pd.Series(column.cast(pa.timestamp("us", getattr(column.type, "tz", None))).to_pandas())
        return dates.dt.tz_localize(None)
    return _parsed(pd.Series(as_text(column).to_pylist(), dtype=object).str.strip(), date_formats)


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
    if date_formats := _date_formats(filled):
        return Grouping(name, "date", date_formats)
    # Groups of fewer than two rows are not informative: such a column is rather an identifier.
    return (
        Grouping(name, "category") if FEWEST_VALUES <= filled.nunique() <= min(MOST_VALUES, len(filled) / 2) else None
    )


def _date_formats(texts: pd.Series) -> tuple[str, ...]:
    """Return the formats in which nearly all of the texts are dates, the most frequent one first; () if none are.

    A table that was put together from several sources has several. Formats that differ in the order of day and month
    alone are never combined, since most dates fit both.
    """
    is_dotted = texts.str.count(r"\.") == 2  # such as 31.12.2025, which is not a number
    numbers = texts.str.fullmatch(r"[+-]?[\d.,]*\d") & ~is_dotted
    if numbers.mean() > 1 - _PARSED_SHARE:
        texts = texts[is_dotted]
    if texts.nunique() < FEWEST_VALUES:
        return ()
    found: list[str] = []
    rest, most_left = texts, len(texts) * (1 - _PARSED_SHARE)
    while len(rest) and (not found or len(rest) > most_left):
        orders = {"".join(sorted(one)) for one in found}
        parsed = {one: _parsed(rest, (one,)).notna() for one in _DATE_FORMATS if "".join(sorted(one)) not in orders}
        best = max(parsed, key=lambda one: int(parsed[one].sum()))
        if parsed[best].sum() <= most_left:
            break
        found.append(best)
        rest = rest[~parsed[best]]
    return tuple(found) if len(rest) <= most_left else ()


def _parsed(texts: pd.Series, date_formats: tuple[str, ...]) -> pd.Series:
    """Return the dates in the first of the formats that each text has, without time zones; NaT for other texts."""
    local = texts.str.replace(_ZONE, r"\1", regex=True)
    dates = pd.Series(pd.NaT, texts.index, dtype="datetime64[us]")
    for one in date_formats:
        missing = dates.isna()
        dates[missing] = pd.to_datetime(local[missing], errors="coerce", format=one, utc=True).dt.tz_localize(None)
    return dates
