"""Vectors of whole reviews, learnt without labels, and what they say of a verdict: a teacher unlike any network.

A vector is learnt until it tells which words and phrases its review has: the distributed bag of words of Le and Mikolov
2014 ("Distributed Representations of Sentences and Documents"), with phrases as Li et al. 2016 ("Learning Document
Embeddings by Predicting N-grams for Sentiment Classification of Long Movie Reviews"). Only reviews that were there to
learn from have one, so this judges no new review; it can teach a network that does.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sentiment import logistic_regression
from sentiment.batching import Ids
from sentiment.phrases import LONGEST, Keys, windows

_SIZE = 300
_NEGATIVES = 5
_KEEP_FREQUENT = 1e-4
_FIRST_RATE, _LAST_RATE = 0.05, 0.001
# A word or phrase seen less often says nothing that carries over.
_MINIMUM_COUNT = 8
# The length that vectors are brought to, and the pull of the weights that they get a verdict by.
_LENGTH, _PENALTY = 3.0, 1.0


def probabilities(
    labelled: Sequence[Ids],
    labels: NDArray[np.float32],
    others: Sequence[Ids],
    words: int,
    epochs: int,
    seed: int,
    note: Callable[[str], None] = lambda sentence: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> NDArray[np.float32] | None:
    """Return the probability of positive (others,) of reviews whose label is not known, or not told.

    Vectors are learnt of all of them, and what they say from the labelled ones. Once `should_stop` says so, which is
    heard between epochs, there is nothing to return.

    Args:
        labelled: token ids of each labelled review.
        labels: (labelled,) 1 for positive.
        others: token ids of each other review.
        words: size of the vocabulary.
        epochs: passes over all words and phrases.
        seed: of the first vectors, and of which words are drawn.
        note: gets a sentence after each epoch.
        should_stop: asked before each epoch.
    """
    vectors = _learn([*labelled, *others], words, epochs, seed, note, should_stop)
    if vectors is None:
        return None
    told: NDArray[np.float32] = expit(_verdicts(vectors, labels))
    return told


def _learn(
    readings: Sequence[Ids],
    words: int,
    epochs: int,
    seed: int,
    note: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> NDArray[np.float32] | None:
    """Return a vector of each review, (reviews, 300), or None when stopped, as `probabilities` does.

    One worker thread, so that the same reviews and seed give the same vectors.
    """
    from gensim.models.doc2vec import Doc2Vec

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "reviews.txt"
        _write(corpus, readings, words)
        model = Doc2Vec(
            dm=0, vector_size=_SIZE, negative=_NEGATIVES, sample=_KEEP_FREQUENT, min_count=1, seed=seed, workers=1
        )
        model.build_vocab(corpus_file=str(corpus))
        for epoch in range(epochs):
            if should_stop():
                return None
            model.train(
                corpus_file=str(corpus),
                total_examples=model.corpus_count,
                total_words=model.corpus_total_words,
                epochs=1,
                start_alpha=_rate(epoch / epochs),
                end_alpha=_rate((epoch + 1) / epochs),
            )
            note(f"Vectors of whole reviews: {epoch + 1} of {epochs} epochs.")
        vectors: NDArray[np.float32] = model.dv.vectors.copy()
        return vectors


def _verdicts(vectors: NDArray[np.float32], labels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logit of positive (others,) of the reviews that come after the labelled ones."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = vectors * (_LENGTH / np.maximum(lengths, np.float32(1e-9)))
    weights = logistic_regression.learn(directions[: len(labels)], labels, _PENALTY)
    verdicts: NDArray[np.float32] = (directions[len(labels) :] @ weights).astype(np.float32)
    return verdicts


def _rate(share: float) -> float:
    """Return the step size when this share of all is done."""
    return _FIRST_RATE + share * (_LAST_RATE - _FIRST_RATE)


def _write(path: Path, readings: Sequence[Ids], words: int) -> None:
    """Write a line for each review: the words and phrases that are not rare, as numbers."""
    each = [_phrases_of(ids, words) for ids in readings]
    keys, counts = np.unique(np.concatenate(each), return_counts=True)
    keys = keys[counts >= _MINIMUM_COUNT]
    with path.open("w", encoding="ascii") as file:
        for own in each:
            place = np.minimum(np.searchsorted(keys, own), max(len(keys) - 1, 0))
            known = place[keys[place] == own] if len(keys) else place[:0]
            file.write(" ".join(map(str, known.tolist())) + "\n")


def _phrases_of(ids: Ids, words: int) -> Keys:
    """Return a number for each word and phrase of a reading, as often as it stands there."""
    return np.concatenate([windows(ids, length, words)[0] for length in range(1, LONGEST + 1)])
