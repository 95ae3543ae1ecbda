"""A scorer that starts on the first reviews of a table while the rest of it is still being inspected."""

from collections import deque
from collections.abc import Callable, Sequence

from sentiment.prediction import EarlyScorer, Prediction
from sentiment.scoring.score import CHUNK_ROWS

# Characters of the reviews to start with, which are kept in memory: work for as long as most tables are inspected.
_MOST_CHARACTERS = 16_000_000
# So many rows are started before the first chunk has been read, so that no worker waits for it.
_FIRST_ROWS = 100


class HeadStart:
    """Wraps a scorer to start on reviews before `score_table` requests them.

    Pass `add` to `inspect_table`, then this scorer to `score_table`, which requests chunk by chunk. Work that was
    started is used where the requested reviews begin with it, so the result is the same in any case.

    Example:
        >>> with opened_scorer(directory) as predictor:  # doctest: +SKIP
        ...     scorer = HeadStart(predictor)
        ...     score_table(inspect_table(path, see=scorer.add), scorer, output)
    """

    def __init__(self, scorer: EarlyScorer, chunk_rows: int = CHUNK_ROWS) -> None:
        self.name, self.fingerprint, self.workers = scorer.name, scorer.fingerprint, scorer.workers
        self._scorer, self._chunk_rows = scorer, chunk_rows
        self._read: list[str | None] = []
        self._rows = 0
        self._seen: set[str] = set()
        self._characters = 0
        self._begun: deque[tuple[list[str], Callable[[], list[Prediction]]]] = deque()

    def add(self, review: str | None) -> None:
        """Add the review of the next row, None if it is unreadable, and start when a chunk is full."""
        if self._characters > _MOST_CHARACTERS:
            return
        self._read.append(review)
        self._rows += 1
        self._characters += len(review or "")
        if self._rows == _FIRST_ROWS or self._rows % self._chunk_rows == 0:
            self._start()

    def _start(self) -> None:
        """Start on those of the rows read since the last start that are new."""
        fresh = [text for text in dict.fromkeys(self._read) if text is not None and text not in self._seen]
        self._read = []
        if fresh:
            self._seen.update(fresh)
            self._begun.append((fresh, self._scorer.begin(fresh)))

    def begin(self, reviews: Sequence[str]) -> Callable[[], list[Prediction]]:
        """Start on what was not started; the returned function waits for one prediction per review, in order."""
        self._read, self._seen = [], set()  # the inspection is over: release the texts
        waits: list[Callable[[], list[Prediction]]] = []
        rest = list(reviews)
        while self._begun and rest[: len(self._begun[0][0])] == self._begun[0][0]:
            started, wait = self._begun.popleft()
            waits.append(wait)
            rest = rest[len(started) :]
        if rest:
            waits.append(self._scorer.begin(rest))
        return lambda: [prediction for wait in waits for prediction in wait()]

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order."""
        return self._scorer.score(reviews)
