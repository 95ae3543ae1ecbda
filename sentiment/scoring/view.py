"""Read a scored table (Parquet) without loading it: the numbers of all rows, and the cells of the few on display.

It is read column by column and batch by batch, so that a million rows of text are never in memory at once.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sentiment.errors import TableError
from sentiment.prediction import FLAGS, PREDICTION_COLUMNS, SENTIMENTS, Flag, Sentiment, flag_bits, split_flags
from sentiment.tables.review_cells import WRAPPED, text_of
from sentiment.tables.rows import cell_text, encodable
from sentiment.text.cleaning import clean

Order = Literal["least certain first", "most positive first", "most negative first", "as in the table"]
ORDERS: tuple[Order, ...] = get_args(Order)
SHOWN_ROWS = 1_000
CELL_CHARACTERS = 400
_PARSED_CELLS = 4  # characters of a review to parse, as a multiple of those a cell shows, since most may be markup
_ADDED = len(PREDICTION_COLUMNS) + 1  # plus the model
_BINS = 40

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """The numeric columns of every row.

    `sentiment` (rows,) indexes SENTIMENTS, `probability` (rows,) is 0 to 1, NaN if unscored, and `flags` (rows,) has
    one bit for each of FLAGS.
    """

    sentiment: NDArray[np.uint8]
    probability: NDArray[np.float64]
    flags: NDArray[np.uint8]

    @property
    def counts(self) -> dict[Sentiment, int]:
        """Return the number of rows of each sentiment."""
        counted = np.bincount(self.sentiment, minlength=len(SENTIMENTS)).tolist()
        return dict(zip(SENTIMENTS, counted, strict=True))

    @property
    def flag_counts(self) -> dict[Flag, int]:
        """Return the number of rows with each flag that occurs."""
        counts = {flag: int(np.count_nonzero(self.flags & (1 << bit))) for bit, flag in enumerate(FLAGS)}
        return {flag: count for flag, count in counts.items() if count}

    def histogram(self) -> pd.DataFrame:
        """Return the number of rows in each of 40 probability bins: columns low, high, sentiment, rows."""
        edges = np.linspace(0, 1, _BINS + 1)
        parts = []
        for code, sentiment in enumerate(SENTIMENTS[:3]):
            counts, _ = np.histogram(self.probability[self.sentiment == code], edges)
            parts.append(pd.DataFrame({"low": edges[:-1], "high": edges[1:], "sentiment": sentiment, "rows": counts}))
        return pd.concat(parts).query("rows > 0")


class ScoredTable:
    """A scored Parquet file: the columns of the input, followed by those that scoring added. Threads may share it."""

    def __init__(self, path: Path, text_index: int) -> None:
        """Open the file.

        Raises:
            TableError: it is damaged, here or later when a part is read.
        """
        self._path = path
        self._lock = threading.Lock()  # an open file of pyarrow crashes when two threads read it at the same time
        with _damage_in_words(path):
            self._file = pq.ParquetFile(path)
            names = self._file.schema_arrow.names
            self.columns: list[str] = names[:-_ADDED]
            self.text_column: str = self.columns[text_index]
            # Names of the added columns in this file.
            self.predicted: dict[str, str] = dict(zip((*PREDICTION_COLUMNS, "model"), names[-_ADDED:], strict=True))

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return int(self._file.metadata.num_rows)

    @cached_property
    def scores(self) -> Scores:
        """Return the numeric columns of every row."""
        sentiment = pc.index_in(self.column(self.predicted["sentiment"]), pa.array(SENTIMENTS))
        flags = pc.dictionary_encode(self.column(self.predicted["flags"]).combine_chunks())
        bits = np.array([flag_bits(split_flags(text or "")) for text in flags.dictionary.to_pylist()], dtype=np.uint8)
        return Scores(
            sentiment.to_numpy().astype(np.uint8),
            self.column(self.predicted["probability"]).to_numpy().astype(np.float64),
            bits[flags.indices.to_numpy()] if len(bits) else np.zeros(0, np.uint8),
        )

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a whole column; not suitable for long texts."""
        with self._lock, _damage_in_words(self._path):
            return self._file.read(columns=[name]).column(name)

    def sample(self) -> pa.Table:
        """Return the input's columns except the text, of rows from the start, the middle and the end."""
        last = self._file.num_row_groups - 1
        names = [name for name in self.columns if name != self.text_column]
        with self._lock, _damage_in_words(self._path):
            return self._file.read_row_groups(sorted({0, last // 2, last}) if last >= 0 else [], columns=names)

    def ordered(self, rows: Rows, order: Order) -> Rows:
        """Return the rows sorted in that order; ties, and unscored rows at the end, keep the order of the table."""
        return rows[np.argsort(_rank(self.scores.probability[rows], order), kind="stable")]

    def cells(self, rows: Rows) -> pd.DataFrame:
        """Return the cells of the given rows, in that order, indexed by row number from 1.

        Markup is removed from reviews, and long texts are truncated.
        """
        pieces = [
            pa.table([self._shown(name, group.column(name)) for name in group.column_names], names=group.column_names)
            for group in self._picked(np.sort(rows), self._file.schema_arrow.names)
        ]
        frame = pa.concat_tables(pieces).to_pandas() if pieces else pd.DataFrame(columns=self._file.schema_arrow.names)
        return frame.set_axis(np.sort(rows) + 1).loc[rows + 1]

    def review(self, row: int) -> str:
        """Return the full review of a row, numbered from 0."""
        (group,) = self._picked(np.array([row]), [self.text_column])
        return encodable(text_of(group.column(0)[0].as_py()))

    def containing(self, text: str) -> NDArray[np.bool_]:
        """Return whether the review of each row (rows,) contains `text`, ignoring case."""
        return self._tested(lambda texts: pc.match_substring(texts, text, ignore_case=True))

    def matching_pattern(self, pattern: str) -> NDArray[np.bool_]:
        """Return whether the review of each row (rows,) matches a regular expression in RE2 syntax."""
        return self._tested(lambda texts: pc.match_substring_regex(texts, pattern))

    def texts(self) -> Iterator[str]:
        """Yield the review of every row, "" if missing, with one row group in memory at a time."""
        for number in range(self._file.num_row_groups):
            texts = _unwrapped(self._group(number, [self.text_column]).column(0))
            yield from (text or "" for text in texts.to_pylist())

    def reviews(self, rows: Rows) -> list[str]:
        """Return the full reviews of the given rows, numbered from 0, in that order."""
        rising = np.unique(rows)
        groups = self._picked(rising, [self.text_column])
        found = [encodable(text_of(cell)) for group in groups for cell in group.column(0).to_pylist()]
        return [found[place] for place in np.searchsorted(rising, rows)]

    def _tested(self, test: Callable[[Any], Any]) -> NDArray[np.bool_]:
        found = [np.zeros(0, bool)]
        for number in range(self._file.num_row_groups):
            texts = _unwrapped(self._group(number, [self.text_column]).column(0))
            found.append(pc.fill_null(test(texts), False).to_numpy())
        return np.concatenate(found)

    def _picked(self, rows: Rows, names: Collection[str]) -> Iterator[pa.Table]:
        """Yield the given rows, in ascending order, from each row group that has any."""
        start = 0
        for number in range(self._file.num_row_groups):
            end = start + self._file.metadata.row_group(number).num_rows
            here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)]
            if len(here):
                yield self._group(number, names).take(here - start)
            start = end

    def _group(self, number: int, names: Collection[str]) -> pa.Table:
        with self._lock, _damage_in_words(self._path):
            return self._file.read_row_group(number, columns=list(names))

    def _shown(self, name: str, column: pa.ChunkedArray) -> Any:
        return _readable(column) if name == self.text_column else _cut(column)


@contextmanager
def _damage_in_words(path: Path) -> Iterator[None]:
    """Raise TableError for a file that is damaged or is not a scored table."""
    try:
        yield
    except (pa.ArrowException, ValueError, IndexError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # not Arrow's own, such as a missing file
            raise
        raise TableError(f"{path} is damaged and cannot be read: score the table again.") from error


def as_text(column: Any) -> Any:
    """Return an Arrow column as text, keeping nulls."""
    if pa.types.is_string(column.type):
        return column
    try:
        return pc.cast(column, pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if cell is None else cell_text(cell) for cell in column.to_pylist()], pa.string())


def _unwrapped(column: Any) -> Any:
    """Return the reviews in an Arrow column as text, unwrapped if some are wrapped; nulls stay."""
    texts = as_text(column)
    if not pc.any(pc.match_substring_regex(texts, WRAPPED)).as_py():
        return texts
    return pa.chunked_array([[None if text is None else text_of(text) for text in texts.to_pylist()]], pa.string())


def _rank(probability: NDArray[np.float64], order: Order) -> NDArray[np.float64]:
    """Return the sort key; unscored rows, NaN, come last."""
    if order == "as in the table":
        return np.zeros(len(probability))
    if order == "least certain first":
        return np.abs(probability - 0.5)
    return -probability if order == "most positive first" else probability


def _readable(column: pa.ChunkedArray) -> pa.Array:
    """Return reviews without markup for display in cells; truncated first, since long markup is slow to parse."""
    begun = pc.utf8_slice_codeunits(_unwrapped(column), 0, _PARSED_CELLS * CELL_CHARACTERS).to_pylist()
    return pa.array([None if text is None else clean(text)[:CELL_CHARACTERS] for text in begun], pa.string())


def _cut(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    return pc.utf8_slice_codeunits(column, 0, CELL_CHARACTERS)
