"""Phrases of one to three words and the reviews that contain them, counted once per table."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from sentiment.answers.outcome import Mask
from sentiment.text.cleaning import clean
from sentiment.text.names import names_in
from sentiment.text.stop_words import STOP_WORDS

LONGEST = 3
MOST_WORDS = 2_500_000  # longer tables are sampled, to bound the time to seconds and the phrases to a million
FEWEST_REVIEWS = 5
_FEWEST_SHARE = 0.0002
_NAME_REVIEWS = 5_000
# A word, or a punctuation mark, which no phrase crosses.
_PIECE = re.compile(r"\w+(?:['-]\w+)*|[^\w\s'-]")
# Words without content of their own that form a phrase with what follows: "not clean", "never answered".
NEGATIONS = frozenset("no not never without cannot nothing nobody".split())
# In addition to the usual stop words: words that say nothing about a review's subject.
_EMPTY_WORDS = frozenset(
    """
    able across actually almost along already also although always among another anybody anyone anything anyway
    around away basically became become besides came come could despite done either else especially etc even ever
    every everybody everyone everything far finally first gave get gets getting give given gives go goes going gone
    got however instead it'd it'll keep kept know last later least less let like literally little lot lots made
    make makes making many may maybe might mine much must near nearly neither next nor obviously often one ones
    onto others otherwise part per perhaps put quite rather really said say says see seem seemed seems several shall
    simply since somebody someone something sometimes somewhat soon still such take taken taking tell th thing
    things though three thus till times together told took toward towards tried truly try trying two unless
    unlike upon us use used using usually various via want wanted way well went whatever whether whole whose within
    without would yet
    """.split()
)


@dataclass(frozen=True)
class PhraseCounts:
    """The phrases of the reviews in `rows` (reviews,), which are all rows of the table or an even sample of them.

    `matrix` (reviews, phrases) is 1 where a review contains the phrase, however often; `phrases` are in lower case.
    `names` are the words that were left out as names.
    """

    rows: NDArray[np.int64]
    matrix: csc_matrix
    phrases: tuple[str, ...]
    names: frozenset[str]

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each phrase in the matrix."""
        return {phrase: place for place, phrase in enumerate(self.phrases)}

    def holding(self, phrase: str) -> Mask:
        """Return which of the counted reviews (reviews,) contain a counted phrase."""
        held = np.zeros(len(self.rows), dtype=np.bool_)
        start, end = self.matrix.indptr[self.places[phrase] :][:2]
        held[self.matrix.indices[start:end]] = True
        return held

    def phrases_in(self, review: str) -> set[str]:
        """Return the counted phrases that occur in a cleaned review."""
        found = phrases_in(review.replace("’", "'"), STOP_WORDS | _EMPTY_WORDS | self.names, self.names)
        return {phrase for phrase in found if phrase in self.places}

    def reviews_with(self, places: NDArray[np.int64] | list[int], chosen: Mask) -> NDArray[np.int64]:
        """Return how many of the `chosen` reviews (reviews,) contain each of the phrases at `places`."""
        return np.asarray(self.matrix[:, places].T @ chosen.astype(np.int32)).astype(np.int64)

    def reviews_with_both(self, places: NDArray[np.int64], chosen: Mask) -> NDArray[np.int64]:
        """Return how many of the `chosen` reviews (reviews,) contain both phrases of each pair of `places`.

        The diagonal of the result (places, places) gives how many reviews contain each phrase.
        """
        held = self.matrix[:, places].tocsr()[chosen]
        return np.asarray((held.T @ held).toarray()).astype(np.int64)


def count_phrases(texts: Iterable[str], row_count: int) -> PhraseCounts:
    """Count the phrases of raw `texts`, one text per row.

    A phrase neither begins nor ends with a stop word (except that it may begin with a negation), crosses no
    punctuation, contains no name, and occurs in at least five reviews. Names are words that are capitalized within
    sentences, detected in an even sample of the reviews.
    """
    from sklearn.feature_extraction.text import CountVectorizer  # slow to import

    rows, sample = _sampled(texts, row_count)
    names = frozenset(map(str.lower, names_in(sample[:: max(1, len(sample) // _NAME_REVIEWS)])))
    excluded = STOP_WORDS | _EMPTY_WORDS | names
    vectorizer = CountVectorizer(
        analyzer=lambda text: list(phrases_in(text, excluded, names)),
        min_df=max(FEWEST_REVIEWS, round(_FEWEST_SHARE * len(sample))),
        binary=True,
        dtype=np.int32,
    )
    try:
        matrix = vectorizer.fit_transform(sample).tocsc()
    except ValueError:  # no phrase occurs in enough reviews
        return PhraseCounts(rows, csc_matrix((len(sample), 0), dtype=np.int32), (), names)
    return PhraseCounts(rows, matrix, tuple(vectorizer.get_feature_names_out().tolist()), names)


def phrases_in(cleaned: str, excluded: frozenset[str], names: frozenset[str]) -> Iterator[str]:
    """Yield the phrases of a text in lower case, once for each occurrence.

    No phrase ends with one of the `excluded` words, begins with one that is not a negation, or contains one of `names`.
    """
    second = first = ""  # the previous words; "" where no phrase may extend to
    starts_second = starts_first = False
    for word in _PIECE.findall(cleaned.lower()):
        is_word = word[0].isalnum()
        if not is_word or word in names:
            second = first = ""
            starts_second = starts_first = False
            continue
        content = word not in excluded and not word[0].isdigit()
        if content:
            yield word
            if starts_first:
                yield f"{first} {word}"
            if starts_second:
                yield f"{second} {first} {word}"
        second, starts_second = first, starts_first
        first, starts_first = word, content or word in NEGATIONS or word.endswith("n't")


def phrase_pattern(phrase: str) -> str:
    """Return the regular expression, in RE2 syntax, that finds a phrase in raw texts, ignoring case."""
    return rf"(?i)(?:^|[^\w]){_words_pattern(phrase)}(?:$|[^\w])"


def places_of(phrase: str, review: str) -> list[tuple[int, int]]:
    """Return the start and end of each occurrence of a phrase in a review, ignoring case."""
    return [match.span() for match in _compiled(phrase).finditer(review)]


@lru_cache(maxsize=4_096)
def _compiled(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_words_pattern(phrase)}(?!\w)", re.IGNORECASE)


def _words_pattern(phrase: str) -> str:
    return r"\s+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())


def _sampled(texts: Iterable[str], row_count: int) -> tuple[NDArray[np.int64], list[str]]:
    """Return cleaned texts and their rows: all of them, or an even sample of about `MOST_WORDS` words."""
    kept: list[str] = []
    step, words, row = 1, 0, 0
    for row, text in enumerate(texts):
        if row % step:
            continue
        kept.append(clean(text).replace("’", "'"))
        words += text.count(" ") + 1
        while words > MOST_WORDS and len(kept) > 1:
            kept = kept[::2]
            step *= 2
            words = sum(text.count(" ") + 1 for text in kept)
    return np.arange(0, row_count, step, dtype=np.int64), kept
