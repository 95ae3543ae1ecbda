"""Comparison of a scored table's predictions with the labels in the table, at any threshold."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment.data.labels.label_cells import label_text
from sentiment.data.labels.mapping import LabelMapping, suggest_mapping
from sentiment.data.labels.values import normalised
from sentiment.errors import DataError
from sentiment.evaluation.metrics import wilson_interval
from sentiment.scoring.view import ScoredTable, as_text
from sentiment.tables.label_column import guess_label_column

THRESHOLDS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Measures:
    """The quality of "positive from `threshold` on": shares are 0 to 1, `precision` and `recall` None if undefined.

    `accuracy_low` and `accuracy_high` bound the 95 % interval (Wilson 1927).
    """

    threshold: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    precision: float | None
    recall: float | None
    positive_as_positive: int
    positive_as_negative: int
    negative_as_positive: int
    negative_as_negative: int


@dataclass(frozen=True)
class LabelCheck:
    """Probabilities (rows,) and 0/1 labels (rows,) of the rows that have both, and counts of those left out."""

    column: str
    mapping: LabelMapping
    probability: NDArray[np.float64]
    label: NDArray[np.bool_]
    left_out: int

    def at(self, threshold: float) -> Measures:
        """Return the measures when a probability of at least `threshold` counts as positive."""
        predicted = self.probability >= threshold
        hits = int((predicted & self.label).sum())
        false = int((predicted & ~self.label).sum())
        missed = int(self.label.sum()) - hits
        right_negative = len(self.label) - hits - false - missed
        low, high = wilson_interval(hits + right_negative, len(self.label))
        return Measures(
            threshold=threshold,
            accuracy=(hits + right_negative) / len(self.label),
            accuracy_low=low,
            accuracy_high=high,
            precision=hits / (hits + false) if hits + false else None,
            recall=hits / (hits + missed) if hits + missed else None,
            positive_as_positive=hits,
            positive_as_negative=missed,
            negative_as_positive=false,
            negative_as_negative=right_negative,
        )

    def curve(self) -> pd.DataFrame:
        """Return accuracy, precision and recall at a hundred thresholds: columns threshold, measure, value."""
        positive, negative = np.sort(self.probability[self.label]), np.sort(self.probability[~self.label])
        hits = len(positive) - np.searchsorted(positive, THRESHOLDS)
        false = len(negative) - np.searchsorted(negative, THRESHOLDS)
        with np.errstate(invalid="ignore"):
            values = {
                "accuracy": (hits + len(negative) - false) / len(self.label),
                "precision": hits / (hits + false),
                "recall": hits / len(positive),
            }
        frame = pd.DataFrame({"threshold": THRESHOLDS} | values)
        return frame.melt("threshold", var_name="measure", value_name="value").dropna()


@dataclass(frozen=True)
class RowLabels:
    """The table's own label of each row.

    `label` (rows,) is 0, 1 or NaN. `stars` (rows,) are the given stars, out of `mapping.scale`; all NaN if the labels
    are not stars.
    """

    column: str
    mapping: LabelMapping
    label: NDArray[np.float64]
    stars: NDArray[np.float64]


def row_labels(table: ScoredTable) -> RowLabels | None:
    """Return the labels if names and values identify a label column with some rows of both classes, else None."""
    column = guess_label_column(table.columns, table.text_column)
    if column is None or column == table.text_column:
        return None
    codes, texts = pd.factorize(
        pd.Series(as_text(table.column(column)).to_pylist(), dtype=object), use_na_sentinel=False
    )
    values = [normalised(None if pd.isna(text) else label_text(text)) for text in texts]
    counts: Counter[str] = Counter()
    for value, count in zip(values, np.bincount(codes).tolist(), strict=False):
        counts[value] += count
    try:
        mapping = suggest_mapping(column, counts)
    except DataError:
        return None
    known = {None: np.nan, 0: 0.0, 1: 1.0}
    labels = np.array([known[mapping.label(value)] for value in values])[codes]
    stars = np.array([_stars(mapping, value) for value in values])[codes]
    return RowLabels(column, mapping, labels, stars)


def check_labels(table: ScoredTable) -> LabelCheck | None:
    """Return the comparison with the table's own labels, or None unless both classes occur among the scored rows."""
    found = row_labels(table)
    if found is None:
        return None
    labels, probability = found.label, table.scores.probability
    usable = ~np.isnan(labels) & ~np.isnan(probability)
    if len(set(labels[usable].tolist())) < 2:
        return None
    return LabelCheck(found.column, found.mapping, probability[usable], labels[usable] == 1, int((~usable).sum()))


def _stars(mapping: LabelMapping, value: str) -> float:
    """Return the stars on their original scale; the mapping converts them to ten."""
    of_ten = mapping.stars(value)
    return np.nan if of_ten is None or mapping.scale is None else of_ten * mapping.scale / 10
