"""What the answers are computed from: the columns of one scored table, each read once and kept."""

from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sentiment.answers.outcome import Mask, Outcome
from sentiment.answers.phrases.counts import PhraseCounts, count_phrases, phrase_pattern
from sentiment.scoring import grouping
from sentiment.scoring.grouping import MOST_VALUES, Categories, Grouping
from sentiment.scoring.label_check import RowLabels, row_labels
from sentiment.scoring.view import Rows, ScoredTable, Scores
from sentiment.text.cleaning import clean

Dates = NDArray[np.datetime64]


class TableFacts:
    """A scored table and what is known of each of its rows.

    Memory is some bytes a row and column asked for, and the counts of phrases; reviews stay in the file.
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
        """The numbers of every row."""
        return self.table.scores

    @cached_property
    def groupings(self) -> list[Grouping]:
        """The columns of dates, then those of categories."""
        return grouping.groupings(self.table)

    @cached_property
    def labels(self) -> RowLabels | None:
        """The table's own labels or stars, None when it has none."""
        return row_labels(self.table)

    @cached_property
    def ratings(self) -> NDArray[np.float64]:
        """The stars that the model expects (rows,), NaN where it gives none."""
        ratings = self.table.column(self.table.predicted["rating"]).to_numpy().astype(np.float64)
        return np.asarray(ratings)

    @property
    def stars(self) -> NDArray[np.float64] | None:
        """The table's own stars (rows,), out of `labels.mapping.scale`, NaN where missing; None when it has none."""
        return None if self.labels is None or self.labels.mapping.scale is None else self.labels.stars

    @property
    def phrases(self) -> PhraseCounts:
        """The phrases of the reviews: seconds for 100,000 rows, counted once for all threads that ask."""
        with self._counting:
            if self._phrases is None:
                self._phrases = count_phrases(self.table.texts(), self.row_count)
            return self._phrases

    def categories(self, column: str) -> Categories:
        """The value of each row in a column of categories."""
        if column not in self._categories:
            self._categories[column] = grouping.categories(self.table.column(column), MOST_VALUES)
        return self._categories[column]

    def dates(self, column: str) -> Dates:
        """The day of each row (rows,) in a column of dates, NaT where there is none; all NaT for another column."""
        if column not in self._dates:
            known = next((one for one in self.groupings if one.column == column and one.kind == "date"), None)
            days = np.full(self.row_count, "NaT", dtype="datetime64[D]")
            if known:
                dates = grouping.dates_of(self.table.column(column), known.date_format)
                days = dates.to_numpy().astype("datetime64[D]")
            self._dates[column] = days
        return self._dates[column]

    def holding(self, phrase: str) -> Mask:
        """Which rows hold a phrase (rows,): as counted, or found in the texts when it was not counted in all rows."""
        counts = self.phrases
        if len(counts.rows) == self.row_count and phrase in counts.places:
            return counts.holding(phrase)
        return self.table.matching_pattern(phrase_pattern(phrase))

    def phrase_outcome(self, phrase: str) -> Outcome:
        """The rows that hold a phrase, among all: for how common it is in groups and over time."""
        return Outcome(self.holding(phrase), np.ones(self.row_count, dtype=np.bool_))

    def reviews(self, rows: Rows) -> list[str]:
        """The whole reviews of some rows, numbered from 0, as a person reads them: without markup."""
        return [clean(review) for review in self.table.reviews(rows)]
