"""Word vectors trained on reviews, labelled or not, to initialise the embedding: skip-gram with negative sampling."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from gensim.models import Word2Vec

# On fewer tokens the vectors are poor and random initialisation does as well.
MINIMUM_TOKENS = 1_000_000
_WINDOW = 5
_NEGATIVES = 5
_KEEP_FREQUENT = 1e-4
# Trained vectors differ widely in norm; this standard deviation suits the network's other weights.
_SPREAD = 0.1


def learn(
    texts: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    size: int,
    epochs: int,
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> NDArray[np.float32]:
    """Return a vector for each word of the vocabulary, (words, size), trained by skip-gram (Mikolov et al. 2013).

    Training uses one thread, so that the same texts and seed give the same vectors. Words that do not occur in `texts`
    get the zero vector, as does padding. When `should_stop` returns True, training ends and the vectors are returned as
    they are.
    """
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=size,
        sg=1,
        window=_WINDOW,
        negative=_NEGATIVES,
        sample=_KEEP_FREQUENT,
        min_count=1,
        max_final_vocab=len(vocabulary),
        seed=seed,
        workers=1,
    )
    model.build_vocab(texts)
    reading = _UntilStopped(texts, should_stop)
    model.train(reading, total_examples=model.corpus_count, total_words=model.corpus_total_words, epochs=epochs)
    return _in_order(model, vocabulary)


class _UntilStopped:
    """Texts that can be iterated repeatedly and end early on request: gensim has no other way to stop."""

    def __init__(self, texts: Sequence[Sequence[str]], should_stop: Callable[[], bool]) -> None:
        self._texts = texts
        self._should_stop = should_stop

    def __iter__(self) -> Iterator[Sequence[str]]:
        return itertools.takewhile(lambda _: not self._should_stop(), self._texts)


def _in_order(model: "Word2Vec", vocabulary: Vocabulary) -> NDArray[np.float32]:
    learnt = model.wv.key_to_index
    vectors = np.zeros((len(vocabulary), model.vector_size), dtype=np.float32)
    for place, token in enumerate(vocabulary.tokens):
        if token in learnt:
            vectors[place] = model.wv.vectors[learnt[token]]
    return vectors * np.float32(_SPREAD / model.wv.vectors.std())
