"""Score a table of reviews with any scorer: in chunks, each stored when done, so that an interrupted run can resume."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from sentiment.errors import TableError, WorkerError
from sentiment.evaluation import drift
from sentiment.evaluation.drift import Profile
from sentiment.prediction import SENTIMENTS, EarlyScorer, Prediction, Scorer, Sentiment
from sentiment.scoring.columns import ScoredRow
from sentiment.scoring.parts import DUPLICATE, RECORD, UNSCORED, PartFiles, Records, decoded, encoded
from sentiment.scoring.scored_table import check_fits, check_output, rows_to_write, write_scored
from sentiment.system import locks
from sentiment.tables.rows import Row
from sentiment.tables.table import Problem, Table, review_text
from sentiment.text.repeats import FirstRows, text_digest

CHUNK_ROWS = 1_000
# Chunks that an early scorer works on in addition to the one waited for, unless it has more workers.
_AHEAD = 2
_VERSION = 1  # of the part files and of the code outside the bundle that affects scores
_UNREADABLE = encoded([Prediction("unscored", None, None, 0, 0, 0.0)])[0]

Item = TypeVar("Item")


@dataclass(frozen=True)
class ScoringProgress:
    """Rows done, speed (rows per second, of this run only), and time left (None until known)."""

    rows_done: int
    rows: int
    rows_per_second: float
    seconds_left: float | None


@dataclass(frozen=True)
class Summary:
    """The outcome of scoring a table.

    `complete` is False when the run was stopped; then `rows_done` of `rows` are stored, and no output is written.
    `resumed` is the number of rows from an earlier run. `counts` gives the rows done by sentiment; unreadable rows
    count as unscored, and the first thousand of them are listed in `problems`. `profile` describes the distinct reviews
    done; None if there are none.
    """

    complete: bool
    rows: int
    rows_done: int
    resumed: int
    counts: dict[Sentiment, int]
    problems: tuple[Problem, ...]
    problem_count: int
    seconds: float
    profile: Profile | None


def score_table(
    table: Table,
    scorer: Scorer,
    output: Path,
    *,
    chunk_rows: int = CHUNK_ROWS,
    report: Callable[[ScoringProgress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    restart: bool = False,
    working_directory: Path | None = None,
) -> Summary:
    """Score every row of the table and write the scored table to `output`.

    Each chunk of rows is stored in `working_directory` (by default a hidden one next to the output) when it is done.
    The same call resumes from there, whether the previous run was stopped or killed, and writes the same bytes as an
    uninterrupted run. `restart` discards what is stored, and so does a change of table, reading, model or chunk size. A
    review that occurred earlier in the table is not scored again; it gets the flag `duplicate`. `report` is called
    after each chunk, `should_stop` before each.

    Raises:
        TableError: the table has no text column, was changed, or does not fit the output.
        StorageError: another run is writing that output.
    """
    check_output(output)
    if output.exists() and output.samefile(table.path):
        raise TableError(f"The output is the input, {table.path.name}: choose another name for the output.")
    check_fits(table, output)
    with locks.output_held(output):
        return _scored(table, scorer, output, chunk_rows, report, should_stop, restart, working_directory)


def _scored(
    table: Table,
    scorer: Scorer,
    output: Path,
    chunk_rows: int,
    report: Callable[[ScoringProgress], None],
    should_stop: Callable[[], bool],
    restart: bool,
    working_directory: Path | None,
) -> Summary:
    started = time.monotonic()
    parts = PartFiles(working_directory or parts_beside(output), _key(table, scorer, chunk_rows))
    if restart:
        parts.remove()
    work = _Work(table, scorer, parts)
    try:
        scored = work.scored(rows_to_write(table, output), chunk_rows, report, should_stop)
        write_scored(table, scored, scorer.fingerprint[:12], output)
    except _StoppedError:
        return work.summary(False, time.monotonic() - started)
    parts.remove()
    return work.summary(True, time.monotonic() - started)


def parts_beside(output: Path) -> Path:
    """Return the default directory for the parts of a scored table."""
    return output.parent / f".{output.name}.parts"


class _StoppedError(Exception):
    """The run should end early."""


@dataclass(frozen=True)
class _Chunk:
    """Some rows of the table: the `fresh` ones are to be scored, unless an earlier run has `kept` them all.

    The others are unreadable, or repeat the review of one of the `first_rows`.
    """

    number: int
    rows: range
    cells: list[Row]
    first_rows: list[int | None]  # of each row's review; None if it is unreadable
    fresh: list[int]
    kept: Records | None
    predictions: Callable[[], list[Prediction]]  # of the fresh ones


class _Work:
    """The predictions of a table, filled in chunk by chunk."""

    def __init__(self, table: Table, scorer: Scorer, parts: PartFiles) -> None:
        self.records: Records = np.zeros(table.row_count, dtype=RECORD)
        self._table = table
        self._scorer = scorer
        self._parts = parts
        self._first_rows = FirstRows()
        self._done = self._resumed = 0
        self._ahead = max(_AHEAD, scorer.workers) if isinstance(scorer, EarlyScorer) else _AHEAD

    def scored(
        self,
        rows: Iterator[Row],
        chunk_rows: int,
        report: Callable[[ScoringProgress], None],
        should_stop: Callable[[], bool],
    ) -> Iterator[ScoredRow]:
        """Process chunk after chunk of the table's rows, report the progress, and yield each row with its prediction.

        They are written as they arrive, while the next chunks are scored.

        Raises:
            _StoppedError: `should_stop` returned True.
            TableError: the table was changed meanwhile.
        """
        started = time.monotonic()
        for chunk in _drawn_ahead(self._begun(rows, chunk_rows), self._ahead):
            if should_stop():
                raise _StoppedError
            self._finish(chunk)
            report(self._progress(time.monotonic() - started))
            yield from zip(chunk.cells, decoded(self.records[chunk.rows.start : chunk.rows.stop]), strict=True)
        self._table.check_unchanged()

    def summary(self, complete: bool, seconds: float) -> Summary:
        counts = np.bincount(self.records["sentiment"][: self._done], minlength=len(SENTIMENTS))
        return Summary(
            complete=complete,
            rows=len(self.records),
            rows_done=self._done,
            resumed=self._resumed,
            counts=dict(zip(SENTIMENTS, counts.tolist(), strict=True)),
            problems=self._table.problems,
            problem_count=self._table.problem_count,
            seconds=seconds,
            profile=_profile(self.records[: self._done]),
        )

    def _begun(self, rows: Iterator[Row], chunk_rows: int) -> Iterator[_Chunk]:
        """Read chunk after chunk and start each."""
        rows = islice(rows, len(self.records))
        for number in count():
            chunk = list(islice(rows, chunk_rows))
            if not chunk:
                return
            yield self._begin(number, range(number * chunk_rows, number * chunk_rows + len(chunk)), chunk)

    def _begin(self, number: int, rows: range, cells: list[Row]) -> _Chunk:
        """Read a chunk's records from its part, or start scoring those of its reviews that have not occurred before."""
        index = self._table.text_index
        chunk = [None if row.problem else review_text(row, index) for row in cells]
        digests = [None if review is None else text_digest(review) for review in chunk]
        first_rows = self._first_rows.of(digests, rows)
        fresh = [row for row, first in zip(rows, first_rows, strict=True) if row == first]
        kept = self._parts.read(number, len(chunk))
        reviews = [] if kept is not None else [chunk[row - rows.start] or "" for row in fresh]
        return _Chunk(number, rows, cells, first_rows, fresh, kept, _predictions(self._scorer, reviews))

    def _finish(self, chunk: _Chunk) -> None:
        """Take a chunk's records from its part, or compute and store them."""
        if chunk.kept is None:
            self._score(chunk)
            self._spread(chunk.rows, chunk.first_rows)
            self._parts.write(chunk.number, self.records[chunk.rows.start : chunk.rows.stop])
        else:
            self.records[chunk.rows.start : chunk.rows.stop] = chunk.kept
            self._resumed += len(chunk.rows)
        self._done = chunk.rows.stop

    def _score(self, chunk: _Chunk) -> None:
        """Fill in the fresh rows."""
        try:
            predictions = chunk.predictions()
        except WorkerError as error:
            first, last = chunk.rows.start + 1, chunk.rows.stop
            raise WorkerError(f"Rows {first:,} to {last:,} cannot be scored: {error}") from error
        if len(predictions) != len(chunk.fresh):
            raise ValueError(f"{self._scorer.name} gave {len(predictions)} predictions for {len(chunk.fresh)} reviews")
        if predictions:
            self.records[chunk.fresh] = encoded(predictions)

    def _spread(self, rows: range, first_rows: list[int | None]) -> None:
        """Fill in the rows that were not scored: repeated reviews like their first, unreadable rows as unscored."""
        for row, first in zip(rows, first_rows, strict=True):
            if first is None:
                self.records[row] = _UNREADABLE
            elif first != row:
                self.records[row] = self.records[first]
                if self.records[row]["sentiment"] != UNSCORED:
                    self.records[row]["flags"] |= DUPLICATE

    def _progress(self, seconds: float) -> ScoringProgress:
        pace = (self._done - self._resumed) / seconds
        left = (len(self.records) - self._done) / pace if pace else None
        return ScoringProgress(self._done, len(self.records), pace, left)


def _profile(records: Records) -> Profile | None:
    """Return the profile of the reviews that have text and are not duplicates."""
    own = records[(records["tokens_total"] > 0) & (records["flags"] & DUPLICATE == 0)]
    return drift.profile_of(own["sentiment"], own["tokens_total"], own["unknown_share"]) if len(own) else None


def _predictions(scorer: Scorer, reviews: list[str]) -> Callable[[], list[Prediction]]:
    """Start scoring if the scorer supports it; the returned function waits for the predictions or computes them."""
    if not reviews:
        return list
    if isinstance(scorer, EarlyScorer):
        return scorer.begin(reviews)
    return lambda: scorer.score(reviews)


def _drawn_ahead(items: Iterable[Item], number: int) -> Iterator[Item]:
    """Yield the items, each once that `number` of later ones have been drawn, or all of them."""
    drawn: deque[Item] = deque()
    for item in items:
        drawn.append(item)
        if len(drawn) > number:
            yield drawn.popleft()
    yield from drawn


def _key(table: Table, scorer: Scorer, chunk_rows: int) -> str:
    """Return a key of everything that determines a chunk's predictions: parts with equal keys are equal."""
    return json.dumps([_VERSION, table.digest, table.detected, table.text_index, scorer.fingerprint, chunk_rows])
