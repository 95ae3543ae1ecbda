"""Batches of readings: every reading once, with little padding whatever their lengths."""

import numpy as np
import pytest

from sentiment.model.batching import collate, longest_first

TOKENS = 4_096


@pytest.mark.parametrize(
    "lengths",
    [
        [],
        [0],
        [800],
        [1] * 5_000,
        # A few one-word reviews among long ones must not size the batches of the long ones.
        [1] * 20 + list(range(1, 801, 7)),
        [3, 700] * 200,
        list(np.random.default_rng(1).geometric(0.02, 2_000).clip(max=800)),
    ],
    ids=["none", "empty", "one", "words", "words-and-long", "two-lengths", "goods"],
)
def test_no_batch_holds_more_padded_tokens_than_asked_for(lengths):
    readings = [np.full(length, 7, dtype=np.int32) for length in lengths]
    batches = list(longest_first(readings, TOKENS))
    assert sorted(np.concatenate([*batches, np.zeros(0, dtype=np.intp)]).tolist()) == list(range(len(lengths)))
    for batch in batches:
        ids, padded = collate([readings[place] for place in batch])
        assert ids.numel() <= TOKENS or len(batch) <= 16
        assert (ids != 0).sum(dim=1).tolist() == [len(readings[place]) for place in batch]
        assert padded.tolist() == [max(1, len(readings[place])) for place in batch]


def test_batches_are_full_where_there_are_enough_readings():
    readings = [np.full(length, 7, dtype=np.int32) for length in range(1, 801)]
    padded = [
        len(batch) * collate([readings[place] for place in batch])[0].shape[1]
        for batch in longest_first(readings, TOKENS)
    ]
    assert min(padded[:-1]) > TOKENS / 2
