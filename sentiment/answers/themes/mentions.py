"""The sentences of a table that mention a theme, and the model's verdict on each: scored once, then stored."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sentiment.answers.facts import TableFacts
from sentiment.answers.themes.lists import Theme
from sentiment.answers.themes.scores import ThemeScores
from sentiment.errors import JobError
from sentiment.explanation.sentences import sentences
from sentiment.prediction import Scorer
from sentiment.system.storage import written_whole
from sentiment.text.cleaning import clean

MOST_SENTENCES = 50_000  # distinct ones; if more mention a theme, an even sample of the rows is scored
_CHUNK_ROWS = 5_000
_SCORED_AT_ONCE = 4_000
_MOST_CHARACTERS = 600  # per sentence: a text without a full stop is a single sentence

Report = Callable[[int, int], None]
Digests = NDArray[np.uint64]


def score_themes(
    facts: TableFacts,
    themes: Sequence[Theme],
    scorer: Scorer,
    band: tuple[float, float],
    store: Path,
    report: Report = lambda done, of: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ThemeScores:
    """Return the verdict of each row on each theme, from the sentences that mention it.

    A sentence is scored once, whatever the themes: `store` is the file with the probabilities, so a call with other
    themes scores only sentences that are new. `report` is called with the number of sentences done and the total,
    `should_stop` between batches. This takes seconds for 10,000 rows; run it in the background of a page.

    Raises:
        JobError: `should_stop` returned True. The sentences scored so far are stored.
    """
    found = find_mentions(facts, themes)
    known = _Kept.read(store)
    missing = _distinct(found, known)
    done, total = 0, len(missing)
    report(done, total)
    for digests, probability in _scored(facts, found, missing, scorer):
        known = known.with_more(digests, probability)
        done += len(digests)
        report(done, total)
        known.write(store)
        if done < total and should_stop():
            raise JobError("The themes were stopped; what was scored is kept.")
    return _by_row(found, known.look_up(found.digests), band)


def review_themes(facts: TableFacts, themes: Sequence[Theme], band: tuple[float, float]) -> ThemeScores:
    """Return the rows that mention each theme with the verdict on the whole review, for a model that is not local."""
    mentioned = np.stack([facts.table.matching_pattern(theme.pattern) for theme in themes], axis=1)
    probability = np.where(mentioned, facts.scores.probability[:, None], np.nan).astype(np.float32)
    return ThemeScores(tuple(theme.name for theme in themes), mentioned, probability, band, by_sentence=False)


@dataclass(frozen=True)
class Mentions:
    """The sentences that mention a theme, in order of their rows.

    Sentence i is characters `starts[i]:ends[i]` of the cleaned review in row `rows[i]` and mentions the themes
    marked in `themes[i]` (sentences, themes). `digests` (sentences,) are equal for equal sentences.
    """

    names: tuple[str, ...]
    row_count: int
    rows: NDArray[np.int64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    themes: NDArray[np.bool_]
    digests: Digests

    @cached_property
    def one_in(self) -> int:
        """The sampling interval of rows: one in this many is scored; 1 unless there are very many sentences."""
        return -(-len(np.unique(self.digests)) // MOST_SENTENCES) or 1

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which sentences (sentences,) to score: all, or those of an even sample of the rows."""
        return np.asarray(self.rows % self.one_in == 0)


def find_mentions(facts: TableFacts, themes: Sequence[Theme]) -> Mentions:
    """Return the sentences of all reviews that mention any of the themes."""
    texts, first = iter(facts.table.texts()), 0
    pieces = []
    while chunk := list(islice(texts, _CHUNK_ROWS)):
        pieces.append(_found(chunk, first, themes))
        first += len(chunk)
    columns = zip(*(pieces or [_found([], 0, themes)]), strict=True)
    rows, starts, ends, marks, digests = (np.concatenate(column) for column in columns)
    return Mentions(tuple(theme.name for theme in themes), first, rows, starts, ends, marks, digests)


def _found(
    chunk: list[str], first: int, themes: Sequence[Theme]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_], Digests]:
    rows, starts, ends, texts = [], [], [], []
    for number, review in enumerate(map(clean, chunk)):
        for start, end in _pieces(review):
            rows.append(first + number)
            starts.append(start)
            ends.append(end)
            texts.append(review[start:end])
    column = pa.array(texts, pa.string())
    marks = np.stack(
        [pc.match_substring_regex(column, theme.pattern).to_numpy(zero_copy_only=False) for theme in themes], axis=1
    ).astype(np.bool_)
    kept = np.flatnonzero(marks.any(axis=1))
    digests = np.array([_digest(texts[place]) for place in kept], dtype=np.uint64)
    return (
        np.array(rows, dtype=np.int64)[kept],
        np.array(starts, dtype=np.int32)[kept],
        np.array(ends, dtype=np.int32)[kept],
        marks[kept],
        digests,
    )


def _pieces(review: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a cleaned review, very long ones in parts."""
    for start, end in sentences(review):
        for begin in range(start, end, _MOST_CHARACTERS):
            yield begin, min(end, begin + _MOST_CHARACTERS)


def _digest(sentence: str) -> int:
    return int.from_bytes(hashlib.blake2b(sentence.encode("utf-8", "replace"), digest_size=8).digest())


def _distinct(found: Mentions, known: "_Kept") -> NDArray[np.int64]:
    """Return one index (new sentences,) into `found` for each distinct sentence to score that is not stored yet."""
    judged = found.judged
    _, first = np.unique(found.digests[judged], return_index=True)
    places = np.sort(np.flatnonzero(judged)[first])
    return places[~known.has(found.digests[places])]


def _scored(
    facts: TableFacts, found: Mentions, places: NDArray[np.int64], scorer: Scorer
) -> Iterator[tuple[Digests, NDArray[np.float32]]]:
    """Yield digests and probabilities (sentences,) of the sentences at `places`, batch by batch."""
    for start in range(0, len(places), _SCORED_AT_ONCE):
        batch = places[start : start + _SCORED_AT_ONCE]
        rows = np.unique(found.rows[batch])
        reviews = dict(zip(rows.tolist(), facts.reviews(rows), strict=True))
        texts = [reviews[found.rows[place]][found.starts[place] : found.ends[place]] for place in batch.tolist()]
        made = [np.nan if one.probability is None else one.probability for one in scorer.score(texts)]
        yield found.digests[batch], np.array(made, dtype=np.float32)


def _by_row(found: Mentions, probability: NDArray[np.float32], band: tuple[float, float]) -> ThemeScores:
    """Return the mean probability of the scored sentences in each row that mention each theme."""
    shape = found.row_count, len(found.names)
    mentioned = np.zeros(shape, dtype=np.bool_)
    means = np.full(shape, np.nan, dtype=np.float32)
    known = found.judged & ~np.isnan(probability)
    for theme in range(len(found.names)):
        marked = found.themes[:, theme]
        mentioned[found.rows[marked], theme] = True
        rows = found.rows[marked & known]
        sums = np.bincount(rows, weights=probability[marked & known], minlength=found.row_count)
        counts = np.bincount(rows, minlength=found.row_count)
        means[counts > 0, theme] = sums[counts > 0] / counts[counts > 0]
    return ThemeScores(found.names, mentioned, means, band, by_sentence=True, one_in=found.one_in)


@dataclass(frozen=True)
class _Kept:
    """Probabilities of positive (sentences,) sorted by digest (sentences,); NaN where the model had no verdict."""

    digests: Digests
    probability: NDArray[np.float32]

    @classmethod
    def read(cls, store: Path) -> "_Kept":
        """Return the contents of the file; empty if it does not exist or is damaged."""
        try:
            with store.open("rb") as file, np.load(file) as arrays:
                return cls(arrays["digests"], arrays["probability"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return cls(np.zeros(0, np.uint64), np.zeros(0, np.float32))

    def write(self, store: Path) -> None:
        with written_whole(store) as temporary, temporary.open("wb") as file:
            np.savez(file, digests=self.digests, probability=self.probability)

    def with_more(self, digests: Digests, probability: NDArray[np.float32]) -> "_Kept":
        together = np.concatenate([self.digests, digests])
        order = np.argsort(together, kind="stable")
        return _Kept(together[order], np.concatenate([self.probability, probability])[order])

    def has(self, digests: Digests) -> NDArray[np.bool_]:
        return np.isin(digests, self.digests)

    def look_up(self, digests: Digests) -> NDArray[np.float32]:
        """Return the probability of each digest (sentences,), NaN where it is unknown."""
        if not len(self.digests):
            return np.full(len(digests), np.nan, dtype=np.float32)
        places = np.minimum(np.searchsorted(self.digests, digests), len(self.digests) - 1)
        return np.where(self.digests[places] == digests, self.probability[places], np.float32(np.nan))
