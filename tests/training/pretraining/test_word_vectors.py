"""Word vectors: words in similar contexts are close, in the vocabulary's order, the same for the same seed."""

import random

import numpy as np

from sentiment.text.vocabulary import Vocabulary
from sentiment.training.pretraining import word_vectors

GOOD, BAD = ["superb", "lovely", "moving"], ["dreadful", "clumsy", "tedious"]


PRAISE = [f"praise{number}" for number in range(40)]
SCORN = [f"scorn{number}" for number in range(40)]


def texts():
    """Return sentences in which good words occur next to other words than the bad ones, none of them very frequent."""
    draw = random.Random(3)
    good = [[*draw.sample(PRAISE, 3), draw.choice(GOOD), *draw.sample(PRAISE, 3)] for _ in range(1_500)]
    bad = [[*draw.sample(SCORN, 3), draw.choice(BAD), *draw.sample(SCORN, 3)] for _ in range(1_500)]
    return good + bad


def likeness(vectors, vocabulary, one, other):
    a, b = (vectors[vocabulary.encode([word])[0]] for word in (one, other))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_words_used_alike_lie_closer_than_others():
    vocabulary = Vocabulary.build(texts(), 100)
    vectors = word_vectors.learn(texts(), vocabulary, size=16, epochs=40, seed=1)
    assert likeness(vectors, vocabulary, "superb", "lovely") > likeness(vectors, vocabulary, "superb", "dreadful")
    assert likeness(vectors, vocabulary, "clumsy", "tedious") > likeness(vectors, vocabulary, "clumsy", "moving")


def test_padding_and_words_that_do_not_occur_are_zero():
    vocabulary = Vocabulary([*Vocabulary.build(texts(), 100).tokens, "elsewhere"])
    vectors = word_vectors.learn(texts(), vocabulary, size=8, epochs=1, seed=1)
    assert vectors.shape == (len(vocabulary), 8)
    assert vectors.dtype == np.float32
    assert not vectors[0].any()
    assert not vectors[vocabulary.encode(["elsewhere"])[0]].any()
    assert vectors[vocabulary.encode(["superb"])[0]].any()


def test_the_same_seed_gives_the_same_vectors():
    vocabulary = Vocabulary.build(texts(), 100)
    first, second = (word_vectors.learn(texts(), vocabulary, size=8, epochs=2, seed=5) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_stop_ends_the_reading_at_once():
    asked = 0

    def after_a_hundred():
        nonlocal asked
        asked += 1
        return asked > 100

    vocabulary = Vocabulary.build(texts(), 100)
    word_vectors.learn(texts(), vocabulary, size=8, epochs=5, seed=5, should_stop=after_a_hundred)
    # The text at which it stops, and the first one of each remaining epoch.
    assert asked == 101 + 4
