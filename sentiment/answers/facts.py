"""The data that answers are computed from: the columns of one scored table, each read once and cached."""

from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sentiment.answers.outcome import Mask
from sentiment.answers.phrases.counts import PhraseCounts, count_phrases, phrase_pattern
from sentiment.scoring import grouping
from sentiment.scoring.grouping import MOST_VALUES, Categories, Grouping
from sentiment.scoring.label_check import RowLabels, row_labels
from sentiment.scoring.view import Rows, ScoredTable, Scores
from sentiment.text.cleaning import clean

Dates = NDArray[np.datetime64]


class TableFacts:
    """A scored table and the data derived from each of its rows.

    Memory use is a few bytes per row for each column that is used, plus the phrase counts; reviews stay in the file.
    """

    def __init__(self, table: ScoredTable) -> None:
        self.table = table
        self.row_count = table.row_count
        self._categories: dict[str, Categories] = {}
        self._dates: dict[str, Dates] = {}
        self._phrases: PhraseCounts | None = None
        self._counting = Lock()

    @cached_property
    def scores(self) -> Scores:
        """The numeric columns of every row."""
        return self.table.scores

    @cached_property
    def groupings(self) -> list[Grouping]:
        """The date columns, then the category columns."""
        return grouping.groupings(self.table)

    @cached_property
    def labels(self) -> RowLabels | None:
        """The table's own labels or stars; None if it has none."""
        return row_labels(self.table)

    @cached_property
    def ratings(self) -> NDArray[np.float64]:
        """The stars that the model predicts (rows,), NaN where it predicts none."""
        ratings = self.table.column(self.table.predicted["rating"]).to_numpy().astype(np.float64)
        return np.asarray(ratings)

    @property
    def stars(self) -> NDArray[np.float64] | None:
        """The table's own stars (rows,), out of `labels.mapping.scale`, NaN where missing; None if it has none."""
        return None if self.labels is None or self.labels.mapping.scale is None else self.labels.stars

    @property
    def phrases(self) -> PhraseCounts:
        """The phrases of the reviews. Counting takes seconds for 100,000 rows and runs once, shared by all threads."""
        with self._counting:
            if self._phrases is None:
                self._phrases = count_phrases(self.table.texts(), self.row_count)
            return self._phrases

    def categories(self, column: str) -> Categories:
        """The value of each row in a category column."""
        if column not in self._categories:
            self._categories[column] = grouping.categories(self.table.column(column), MOST_VALUES)
        return self._categories[column]

    def dates(self, column: str) -> Dates:
        """The day of each row (rows,) in a date column, NaT where missing; all NaT for a column of another kind."""
        if column not in self._dates:
            known = next((one for one in self.groupings if one.column == column and one.kind == "date"), None)
            days = np.full(self.row_count, "NaT", dtype="datetime64[D]")
            if known:
                dates = grouping.dates_of(self.table.column(column), known.date_formats)
                days = dates.to_numpy().astype("datetime64[D]")
            self._dates[column] = days
        return self._dates[column]

    def holding(self, phrase: str) -> Mask:
        """Which rows contain a phrase (rows,): from the counts, or by a text search if not all rows were counted."""
        counts = self.phrases
        if len(counts.rows) == self.row_count and phrase in counts.places:
            return counts.holding(phrase)
        return self.table.matching_pattern(phrase_pattern(phrase))

    def reviews(self, rows: Rows) -> list[str]:
        """Return the full reviews of the given rows, numbered from 0, with markup removed."""
        return [clean(review) for review in self.table.reviews(rows)]
