"""Phrases: distinguished, summed, and attributed to their words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.phrases import ENDING, Phrases, keys_of

WORDS = 30
ids_of_a_review = st.lists(st.integers(0, WORDS - 1), max_size=ENDING + 40).map(
    lambda ids: np.array(ids, dtype=np.int32)
)


def ids(*numbers):
    return np.array(numbers, dtype=np.int32)


def key(*numbers):
    return sum(number * WORDS**place for place, number in enumerate(numbers))


def at_end(*numbers):
    return key(*numbers) + WORDS**3


def phrases(weights):
    keys = np.array(sorted(weights), dtype=np.int64)
    return Phrases(keys, np.array([weights[k] for k in keys.tolist()], dtype=np.float32), WORDS)


SOME = phrases({key(2): 0.5, key(3): -1.0, key(2, 3): 2.0, key(3, 2): -0.25, key(2, 3, 4): 4.0})
WITH_ENDS = phrases({key(2): 0.5, key(7): 1.0, key(2, 3): 2.0, at_end(2): -3.0, at_end(3, 2): 5.0, at_end(8): 6.0})


def test_phrases_of_one_to_three_words_are_distinguished_and_counted_once():
    said = [(2,), (3,), (2, 3), (3, 2), (2, 3, 2), (3, 2, 3)]
    assert keys_of(ids(2, 3, 2, 3), WORDS).tolist() == sorted(make(*one) for one in said for make in (key, at_end))


def test_phrases_near_the_end_count_there_too():
    review = ids(2, 3, *[5] * (ENDING - 1), 4)
    found = set(keys_of(review, WORDS).tolist())
    assert {key(2), key(3), key(2, 3), key(5), at_end(5), key(4), at_end(4), at_end(5, 4)} <= found
    assert not {at_end(2), at_end(3), at_end(3, 5)} & found


def test_no_phrase_reaches_over_an_unknown_word_or_padding():
    said = [make(one) for one in (2, 3, 4) for make in (key, at_end)]
    assert keys_of(ids(2, 1, 3, 0, 4), WORDS).tolist() == sorted(said)


@pytest.mark.parametrize("review", [ids(), ids(1), ids(0, 1, 0)])
def test_a_review_without_known_words_has_none(review):
    assert len(keys_of(review, WORDS)) == 0
    assert SOME.sums([review]).tolist() == [0]
    assert SOME.effects(review).tolist() == [0] * len(review)


def test_the_weights_of_distinct_phrases_are_summed():
    assert SOME.sums([ids(2, 3, 2, 3), ids(5, 6), ids(2, 3, 4)]).tolist() == [1.25, 0, 5.5]


def test_a_weight_is_shared_by_the_words_that_the_phrase_stands_on():
    effects = SOME.effects(ids(2, 3, 4, 5))
    assert effects == pytest.approx([0.5 + 1 + 4 / 3, -1 + 1 + 4 / 3, 4 / 3, 0])


@given(ids_of_a_review)
def test_what_the_words_add_is_the_sum(review):
    for some in (SOME, WITH_ENDS):
        assert some.effects(review).sum() == pytest.approx(some.sums([review])[0], abs=1e-5)
