"""A scorer that starts on the first reviews of a table while the rest of it is still being inspected."""

from collections import deque
from collections.abc import Callable, Sequence

from sentiment.prediction import EarlyScorer, Prediction
from sentiment.scoring.score import CHUNK_ROWS

# Characters of the reviews to start with: a second of work for the workers, and little memory.
_MOST_CHARACTERS = 8_000_000


class HeadStart:
    """Wraps a scorer to start on reviews before `score_table` requests them.

    Pass `add` to `inspect_table`, then this scorer to `score_table`, which requests chunk by chunk. Work that was
    started is used if the requested chunk matches, so the result is the same in any case.

    Example:
        >>> scorer = HeadStart(parallel_predictor)
        >>> score_table(inspect_table(path, see=scorer.add), scorer, output)
    """

    def __init__(self, scorer: EarlyScorer, chunk_rows: int = CHUNK_ROWS) -> None:
        self.name, self.fingerprint, self.workers = scorer.name, scorer.fingerprint, scorer.workers
        self._scorer, self._chunk_rows = scorer, chunk_rows
        self._chunk: list[str | None] = []
        self._seen: set[str] = set()
        self._characters = 0
        self._begun: deque[tuple[list[str], Callable[[], list[Prediction]]]] = deque()

    def add(self, review: str | None) -> None:
        """Add the review of the next row, None if it is unreadable, and start when a chunk is full."""
        if self._characters > _MOST_CHARACTERS:
            return
        self._chunk.append(review)
        self._characters += len(review or "")
        if len(self._chunk) == self._chunk_rows:
            fresh = [text for text in dict.fromkeys(self._chunk) if text is not None and text not in self._seen]
            self._seen.update(fresh)
            self._begun.append((fresh, self._scorer.begin(fresh)))
            self._chunk = []

    def begin(self, reviews: Sequence[str]) -> Callable[[], list[Prediction]]:
        """Start scoring unless it was started; the returned function waits for one prediction per review, in order."""
        if self._begun and self._begun[0][0] == list(reviews):
            return self._begun.popleft()[1]
        return self._scorer.begin(reviews)

    def score(self, reviews: Sequence[str]) -> list[Prediction]:
        """Return one prediction per review, in order."""
        return self._scorer.score(reviews)
