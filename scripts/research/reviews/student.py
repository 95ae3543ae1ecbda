"""The student: its vocabulary, its initial weights, and its training data from the teacher in addition to labels."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scripts.research.reviews import minilm
from scripts.research.reviews.corpus import Corpus
from sentiment.data.review_folder import RatedReview
from sentiment.model.batching import Ids
from sentiment.model.bundle import Bundle, Weights
from sentiment.text import names, tokenizer
from sentiment.text.reader import Reader
from sentiment.text.vocabulary import UNKNOWN, Vocabulary
from sentiment.training.classifier import short_sentences
from sentiment.training.classifier.task import NO_STARS, Examples

TEXT: tokenizer.Preset = "modern-2"
STAR_LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
_WORDS = 42_000
_MINIMUM_COUNT = 3
_TEACHER_WORD = re.compile("[a-z]{4,}")
# Weight of a label relative to a model's prediction: some labels are wrong, and stars are coarse.
_LABEL_SHARE = 0.5
# L2 penalty of the projection of word vectors.
_RIDGE = 30.0
# Neutral reviews are few and the only examples of their kind; the teacher is too decided about them.
_NEUTRAL_TIMES = 4
_OWN_SENTENCES, _SEED = 80_000, 4_242
_UNLABELLED_FILMS = 40_000
# Examples of the last pass, not counting our short sentences.
_CLOSING = 70_000


@dataclass(frozen=True)
class Judged:
    """Texts and the teacher's positive-class logits (texts,)."""

    texts: Sequence[str]
    logits: NDArray[np.float16]


def vocabulary(start: Bundle, corpus: Corpus) -> Vocabulary:
    """Return the words of the starting model, those of the training kinds, and more from the teacher's vocabulary.

    The teacher knows words that are rare in reviews; their vectors are better than random initialisation.
    """
    counts: Counter[str] = Counter()
    for kind in corpus.met.values():
        for text in tokenizer.tokens_of(TEXT, (one.review for one in kind.train)):
            counts.update(text)
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    often = (token for token, count in common if count >= _MINIMUM_COUNT)
    theirs = (word for word in minilm.whole_words() if _TEACHER_WORD.fullmatch(word))
    return Vocabulary(list(dict.fromkeys([*start.vocabulary.tokens, *often, *theirs]))[:_WORDS])


class Reading:
    """Tokenizes reviews for training: names of people and places become unknown words."""

    def __init__(self, words: Vocabulary, start: Bundle, corpus: Corpus) -> None:
        reviews = [one.review for kind in corpus.met.values() for one in kind.train]
        reviews += [one.review for one in corpus.film_train]
        reviews += [one.review for one in corpus.film_unlabelled]
        self.names = names.names_in(reviews)
        self.reader = Reader(TEXT, words, start.config.maximum_length)
        vectors = start.weights["embedding.weight"]
        known = np.flatnonzero((vectors == vectors[UNKNOWN]).all(1))
        found = words.encode(name.lower() for name in self.names)
        self.alike = np.unique(np.concatenate([known, found, [UNKNOWN]]))
        self._read_as = np.arange(len(words), dtype=np.int32)
        self._read_as[self.alike] = UNKNOWN

    def ids(self, reviews: Iterable[str]) -> list[Ids]:
        """Return the token ids of each review."""
        return [self._read_as[self.reader.ids(review)] for review in reviews]


def first_weights(start: Bundle, words: Vocabulary, teacher_words: NDArray[np.float32]) -> Weights:
    """Return the starting model's weights, without its phrases, and with vectors for the new words.

    A new word's vector is the teacher's, projected by ridge regression fitted on the words that both know. The outputs
    of ten star levels are merged into those of five; three stars have none to start from.
    """
    weights = {name: weight for name, weight in start.weights.items() if not name.startswith("phrases")}
    vectors = weights["embedding.weight"]
    theirs = _teacher_vectors(words, teacher_words)
    own = np.flatnonzero((vectors != vectors[UNKNOWN]).any(1) & (np.arange(len(vectors)) > UNKNOWN))
    centre, middle = theirs[own].mean(0), vectors[own].mean(0)
    known = (theirs[own] - centre).astype(np.float64)
    projection = np.linalg.solve(known.T @ known + _RIDGE * np.eye(known.shape[1]), known.T @ (vectors[own] - middle))
    new = (theirs[len(vectors) :] - centre) @ projection + middle
    weights["embedding.weight"] = np.vstack([vectors, new]).astype(np.float32)
    head, bias = weights["head.weight"], weights["head.bias"]
    levels = [_rows(start.config.star_levels, level, start.config.star_scale) for level in STAR_LEVELS]
    stars = [head[rows].mean(0) if rows else np.zeros(head.shape[1]) for rows in levels]
    biases = [float(np.logaddexp.reduce(bias[rows])) if rows else float(bias[1:].mean()) for rows in levels]
    weights["head.weight"] = np.vstack([head[:1], *stars]).astype(np.float32)
    weights["head.bias"] = np.array([bias[0], *biases], np.float32)
    return weights


def examples(
    corpus: Corpus, reading: Reading, judged: Judged, films_judged: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> Examples:
    """Return all training data: labelled reviews, texts labelled by the teacher, and our short sentences.

    `films_judged` are the starting model's probabilities for the labelled and the unlabelled film reviews: it was
    trained on whole reviews, the teacher on truncated ones.
    """
    said = dict(zip(judged.texts, expit(judged.logits.astype(np.float32)).tolist(), strict=True))
    reviews = [one for kind in corpus.met.values() for one in kind.train]
    labelled_texts = {one.review for one in reviews}
    texts = [text for text in judged.texts if text not in labelled_texts]
    chosen = np.random.default_rng(_SEED).permutation(len(corpus.film_unlabelled))[:_UNLABELLED_FILMS]
    labelled, unlabelled = films_judged
    films = Examples(
        reading.ids(one.review for one in corpus.film_train),
        _softened(np.array([one.label for one in corpus.film_train], np.float32), labelled),
        np.array([math.ceil((one.stars or 1) / 2) - 1 for one in corpus.film_train], np.int64),
    )
    told_by_others = films.extended(
        reading.ids(corpus.film_unlabelled[place].review for place in chosen), unlabelled[chosen]
    ).extended(reading.ids(texts), np.array([said[text] for text in texts], np.float32))
    neutral = [one for one in reviews if one.label is None] * (_NEUTRAL_TIMES - 1)
    learnt = told_by_others.joined(of_reviews([*reviews, *neutral], reading, said))
    # With more of them, they would dominate a small data set.
    return _with_own_sentences(learnt, min(_OWN_SENTENCES, len(learnt.readings)), _SEED, reading)


def closing(learnt: Examples, reading: Reading, number: int) -> Examples:
    """Return a sample of the training data with about as many of our short sentences, different ones for each `number`.

    A network that sees only reviews last gets worse at other people's opinions.
    """
    places = np.sort(np.random.default_rng(_SEED + number).permutation(len(learnt.readings))[:_CLOSING])
    some = Examples([learnt.readings[place] for place in places], learnt.labels[places], learnt.stars[places])
    return _with_own_sentences(some, len(places), _SEED + 1 + number, reading)


def _with_own_sentences(learnt: Examples, count: int, seed: int, reading: Reading) -> Examples:
    own = short_sentences.sentences(count, seed, reading.names)
    return learnt.extended(reading.ids(text for text, _ in own), np.array([label for _, label in own], np.float32))


def of_reviews(reviews: Sequence[RatedReview], reading: Reading, said: Mapping[str, float]) -> Examples:
    """Return labelled reviews as training examples; `said` has the teacher's probabilities of those it labelled."""
    return Examples(
        reading.ids(one.review for one in reviews),
        np.array([_target(one, said.get(one.review)) for one in reviews], np.float32),
        np.array([_level(one) for one in reviews], np.int64),
    )


def _teacher_vectors(words: Vocabulary, teacher_words: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of the teacher's vectors over each word's pieces (words, width)."""
    pieces = minilm.pieces_of_words(words.tokens)
    return np.stack([teacher_words[own].mean(0) if own else np.zeros(teacher_words.shape[1]) for own in pieces])


def _rows(levels: Sequence[float], level: float, scale: int) -> list[int]:
    """Return the rows of a head, whose first row is the sentiment, for the levels that equal `level` out of five."""
    return [place + 1 for place, value in enumerate(levels) if math.ceil(value * len(STAR_LEVELS) / scale) == level]


def _softened(labels: NDArray[np.float32], said: NDArray[np.float32]) -> NDArray[np.float32]:
    softened: NDArray[np.float32] = _LABEL_SHARE * labels + np.float32(1 - _LABEL_SHARE) * said
    return softened


def _target(one: RatedReview, said: float | None) -> float:
    if one.label is None:
        return 0.5
    return one.label if said is None else _LABEL_SHARE * one.label + (1 - _LABEL_SHARE) * said


def _level(one: RatedReview) -> int:
    if one.stars is None:
        return NO_STARS
    return 2 if one.label is None else min(max(math.floor(one.stars + 0.5), 1), len(STAR_LEVELS)) - 1
