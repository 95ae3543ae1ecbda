"""The columns that scoring adds to a table, the same in every format, and text that is safe in a spreadsheet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sentiment.prediction import PREDICTION_COLUMNS, Prediction, joined_flags
from sentiment.tables.columns import free_names
from sentiment.tables.rows import Row
from sentiment.tables.table import Table

Value = str | float | int | None
ScoredRow = tuple[Row, Prediction]


@dataclass(frozen=True)
class AddedColumns:
    """Names of the columns after the input's own: for surplus fields of damaged rows, then for the predictions."""

    extra: tuple[str, ...]
    predicted: tuple[str, ...]


def added_columns(table: Table) -> AddedColumns:
    """Return the names of the added columns, prefixed with `sentiment_` if the table has the name already."""
    extra = free_names((f"extra_{i}" for i in range(1, table.extra_columns + 1)), table.header)
    predicted = free_names((*PREDICTION_COLUMNS, "model"), (*table.header, *extra))
    return AddedColumns(tuple(extra), tuple(predicted))


def unique_names(table: Table) -> tuple[str, ...]:
    """Return the input's column names unchanged, except that repeated or empty ones are made unique."""
    once = {name for name, count in Counter(table.header).items() if name.strip() and count == 1}
    return tuple(name if name in once else label for name, label in zip(table.header, table.columns, strict=True))


def values(prediction: Prediction, model: str) -> tuple[Value, ...]:
    """Return the cells of the prediction columns: probability to 6 decimals, rating to 2, unknown share to 4."""
    p = prediction
    return (
        p.sentiment,
        None if p.probability is None else round(p.probability, 6),
        None if p.rating is None else round(p.rating, 2),
        p.tokens_read,
        p.tokens_total,
        round(p.unknown_share, 4),
        joined_flags(p.flags),
        model,
    )


def padded(cells: Iterable[Any], width: int) -> list[Any]:
    """Return the cells, with None for the extra columns that the row does not need."""
    full = list(cells)
    return full + [None] * (width - len(full))
