"""Phrases of a batch: their sums equal those one by one, with a slot in the table for each of many."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import BundleError
from sentiment.model.batching import collate
from sentiment.model.phrase_sum import _SCATTER, UNIT, PhraseSum, PhraseTable
from sentiment.model.phrases import ENDING, Phrases, keys_of

WORDS = 30
ids_of_a_review = st.lists(st.integers(0, WORDS - 1), max_size=ENDING + 40).map(
    lambda ids: np.array(ids, dtype=np.int32)
)


def summing(phrases):
    module = PhraseSum(len(phrases.keys), phrases.words)
    module.load_state_dict({"keys": torch.from_numpy(phrases.keys), "weights": torch.from_numpy(phrases.weights)})
    return module


def random_phrases(count, seed):
    """Return a random share of all possible keys, including those of phrases near the end."""
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
    keys = torch.from_numpy(np.random.default_rng(count).choice(30_000**3, 2 * count, replace=False))
    known, unknown = keys[:count], keys[count:]
    table = PhraseTable(known.sort().values, torch.ones(count), 30_000)
    places = table.places(known).long()
    assert len(places.unique()) == count
    assert (table.units[2 * places] * UNIT == 1).all()
    assert (table.units[2 * table.places(unknown).long()] == 0).all()


def test_a_phrase_weighs_more_in_the_ending_by_what_it_weighs_there():
    table = PhraseTable(torch.tensor([5, 7, WORDS**3 + 5, WORDS**3 + 9]), torch.tensor([1.0, 2.0, 4.0, 8.0]), WORDS)
    places = table.places(torch.tensor([5, 7, 9, 6])).long()
    assert (table.units[2 * places] * UNIT).tolist() == [5, 2, 8, 0]
    assert (table.units[2 * places + 1] * UNIT).tolist() == [1, 2, 0, 0]


def test_other_weights_take_the_place_of_those_before():
    module = summing(random_phrases(50, 1))
    module.load_state_dict({"keys": torch.arange(50), "weights": torch.full((50,), 2.0)})
    assert module(torch.tensor([[2, 3, 60]]), torch.tensor([3])).item() == 4


def test_a_phrase_that_a_damaged_bundle_has_twice_counts_once():
    table = PhraseTable(torch.tensor([5, 5, 7]), torch.tensor([1.0, 9.0, 3.0]), WORDS)
    assert (table.units[2 * table.places(torch.tensor([5, 7, 6])).long()] * UNIT).tolist() == [1, 3, 0]


def test_the_sum_does_not_depend_on_where_phrases_stand():
    phrases = random_phrases(20_000, 3)
    rounded = phrases.weights.astype(np.float16).astype(np.float32)
    rng = np.random.default_rng(5)
    batch, lengths = collate([rng.integers(2, WORDS, 300).astype(np.int32) for _ in range(20)])
    module = PhraseSum(len(phrases.keys), WORDS)
    module.load_state_dict({"keys": torch.from_numpy(phrases.keys), "weights": torch.from_numpy(rounded)})
    before = module(batch, lengths)
    order = rng.permutation(len(phrases.keys))

    class Elsewhere(PhraseTable):
        def _place(self, mixed, move):
            return (1 << self._bits) - 1 - super()._place(mixed, move)

    module.table = Elsewhere(torch.from_numpy(phrases.keys[order]), torch.from_numpy(rounded[order]), WORDS)
    assert torch.equal(module(batch, lengths), before)
    exact = [
        math.fsum(rounded[phrases._places(keys_of(ids[:length].numpy(), WORDS))])
        for ids, length in zip(batch, lengths, strict=True)
    ]
    assert before.tolist() == np.array(exact, np.float32).tolist()


def test_keys_that_were_chosen_to_collide_are_refused():
    words = 600_000
    # All in one bucket of the table, whose hash can be inverted.
    mixed = np.arange(1, 200_000, dtype=np.uint64) << np.uint64(24)
    scattered = mixed ^ (mixed >> np.uint64(32))
    keys = scattered * np.uint64(pow(_SCATTER % 2**64, -1, 2**64))
    colliding = np.sort(keys[keys < words**3].astype(np.int64))
    assert len(colliding) > 1_000
    with pytest.raises(BundleError, match="phrases cannot be indexed"):
        PhraseTable(torch.from_numpy(colliding), torch.ones(len(colliding)), words)
