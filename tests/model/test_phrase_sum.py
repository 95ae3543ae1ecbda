"""Phrases of a batch: summed up as one by one, with a place in the table for each of many."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.batching import collate
from sentiment.model.phrase_sum import PhraseSum, PhraseTable
from sentiment.model.phrases import ENDING, Phrases

WORDS = 30
ids_of_a_review = st.lists(st.integers(0, WORDS - 1), max_size=ENDING + 40).map(
    lambda ids: np.array(ids, dtype=np.int32)
)


def summing(phrases):
    module = PhraseSum(len(phrases.keys), phrases.words)
    module.load_state_dict({"keys": torch.from_numpy(phrases.keys), "weights": torch.from_numpy(phrases.weights)})
    return module


def random_phrases(count, seed):
    """A share of all keys there are, those of phrases near the end among them."""
    rng = np.random.default_rng(seed)
    keys = np.sort(rng.choice(2 * WORDS**3, count, replace=False))
    return Phrases(keys, rng.normal(size=count).astype(np.float32), WORDS)


@pytest.mark.parametrize("phrases", [random_phrases(1, 1), random_phrases(9, 2), random_phrases(20_000, 3)])
@given(reviews=st.lists(ids_of_a_review, min_size=1, max_size=6))
def test_a_batch_sums_as_one_by_one(phrases, reviews):
    batch, lengths = collate(reviews)
    assert summing(phrases)(batch, lengths).tolist() == pytest.approx(phrases.sums(reviews).tolist(), abs=1e-4)


@pytest.mark.parametrize("count", [1, 7, 8, 1_000, 100_000])
def test_each_phrase_has_a_place_of_its_own_and_no_other_key_has_one(count):
    keys = torch.from_numpy(np.random.default_rng(count).choice(2 * 30_000**3, 2 * count, replace=False))
    known, unknown = keys[:count], keys[count:]
    table = PhraseTable(known.sort().values, torch.ones(count))
    places = table.places(known)
    assert len(places.unique()) == count
    assert (table.weights[places] == 1).all()
    assert (table.weights[table.places(unknown)] == 0).all()


def test_other_weights_take_the_place_of_those_before():
    module = summing(random_phrases(50, 1))
    module.load_state_dict({"keys": torch.arange(50), "weights": torch.full((50,), 2.0)})
    assert module(torch.tensor([[2, 3, 60]]), torch.tensor([3])).item() == 4


def test_a_phrase_that_a_damaged_bundle_has_twice_counts_once():
    table = PhraseTable(torch.tensor([5, 5, 7]), torch.tensor([1.0, 9.0, 3.0]))
    assert table.weights[table.places(torch.tensor([5, 7, 6]))].tolist() == [1, 3, 0]
