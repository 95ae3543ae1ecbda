"""Scores do not depend on padding or on batch mates, whatever the network's shape."""

import numpy as np
import pytest
import torch

from sentiment.model.architecture import Architecture
from sentiment.model.inference import logits
from sentiment.model.network import Network, parameter_count

CPU = torch.device("cpu")
LENGTHS = (1, 2, 3, 5, 17, 16, 40, 90, 90, 7, 33)
SHAPES = [
    *({"cell": cell, "bidirectional": both} for cell in ("lstm", "gru") for both in (True, False)),
    *({"pooling": pooling} for pooling in ("last", "mean", "max", "attention", "last+mean+max+attention")),
    {"pooling": "last", "bidirectional": False},
    {"layers": 2, "pooling": "last+max"},
    {"convolution": 1},
    {"convolution": 5, "pooling": "mean"},
    {"convolution": 3, "stride": 2, "pooling": "max+mean"},
    {"convolution": 4, "stride": 3, "pooling": "last+attention", "layers": 2},
    {"convolution": 3, "stride": 4, "cell": "gru", "bidirectional": False, "pooling": "last"},
]


def network(levels=3, **shape):
    torch.manual_seed(1)
    shape = {"convolution": 0, "stride": 1} | shape
    made = Network(Architecture(embedding_size=12, hidden_size=8, **shape), 50, levels)
    with torch.no_grad():
        # Wide enough for a leak of padding to show.
        for weight in made.parameters():
            weight.mul_(2)
    return made.eval()


def readings():
    generator = np.random.default_rng(5)
    return [generator.integers(1, 50, length).astype(np.int32) for length in LENGTHS]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_review_scores_the_same_alone_and_in_any_batch_and_order(shape):
    made, reviews = network(**shape), readings()
    alone = np.array([logits(made, [review], CPU)[0][0] for review in reviews])
    alone_stars = np.array([logits(made, [review], CPU)[1][0] for review in reviews])
    for order in (range(len(reviews)), reversed(range(len(reviews))), np.random.default_rng(2).permutation(11)):
        order = list(order)
        together, stars = logits(made, [reviews[index] for index in order], CPU)
        np.testing.assert_allclose(together, alone[order], atol=1e-5)
        np.testing.assert_allclose(stars, alone_stars[order], atol=1e-5)
    assert np.ptp(alone) > 1e-3


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_more_padding_changes_nothing(shape):
    made = network(**shape)
    ids = torch.randint(1, 50, (2, 9))
    lengths = torch.tensor([9, 4])
    with torch.inference_mode():
        plain = made(ids, lengths)
        padded = made(torch.nn.functional.pad(ids, (0, 30)), lengths)
    torch.testing.assert_close(padded.logit, plain.logit, atol=1e-6, rtol=0)
    torch.testing.assert_close(padded.stars, plain.stars, atol=1e-6, rtol=0)


def test_what_stands_behind_the_length_is_not_read():
    made = network()
    ids = torch.randint(1, 50, (1, 9))
    other = ids.clone()
    other[:, 5:] = 49
    with torch.inference_mode():
        assert torch.equal(made(ids, torch.tensor([5])).logit, made(other, torch.tensor([5])).logit)


def test_both_directions_read_the_whole_review():
    made = network(pooling="last")
    ids = torch.randint(1, 49, (1, 9))
    for place in (0, 8):
        other = ids.clone()
        other[0, place] = 49
        with torch.inference_mode():
            assert not torch.allclose(made(ids, torch.tensor([9])).logit, made(other, torch.tensor([9])).logit)


def test_order_of_words_matters():
    made = network()
    ids = torch.arange(1, 20)[None]
    with torch.inference_mode():
        ahead, back = made(ids, torch.tensor([19])), made(ids.flip(1), torch.tensor([19]))
    assert not torch.allclose(ahead.logit, back.logit)


@pytest.mark.parametrize("levels", [0, 8])
def test_output_has_a_logit_and_the_star_levels(levels):
    output = network(levels=levels)(torch.randint(1, 50, (4, 6)), torch.tensor([6, 6, 3, 1]))
    assert output.logit.shape == (4,)
    assert output.stars.shape == (4, levels)
    assert output.logit.dtype == torch.float32


def test_words_are_dropped_in_training_only():
    made = network(dropout_words=0.5, dropout_embedding=0.0, dropout_output=0.0)
    ids = torch.full((1, 400), 7)
    assert torch.equal(made.embed(ids), made.embedding(ids.T))
    unknown = (made.train().embed(ids) == made.embedding.weight[1]).all(-1).float().mean()
    assert 0.35 < unknown < 0.65


def test_a_short_reading_keeps_its_words_beside_a_long_one():
    made = network(dropout_words=0.5, dropout_embedding=0.0, dropout_output=0.0).train()
    ids = torch.full((2, 400), 7)
    ids[1, 40:] = 0
    unknown = (made.embed(ids) == made.embedding.weight[1]).all(-1).float().mean(0)
    assert unknown[0] > 0.35
    assert unknown[1] == 0


def test_padding_learns_nothing():
    made = network()
    made.train()(torch.tensor([[5, 6, 0, 0]]), torch.tensor([2])).logit.sum().backward()
    assert made.embedding.weight.grad is not None
    assert not made.embedding.weight.grad[0].any()


def test_parameters_are_counted():
    assert parameter_count(torch.nn.Linear(3, 2)) == 8


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if "convolution" in shape], ids=str)
def test_folded_network_scores_the_same(shape):
    made, reviews = network(**shape), readings()
    verdicts, stars = logits(made, reviews, CPU)
    made.fold()
    assert made.folded is not None
    folded, folded_stars = logits(made, reviews, CPU)
    np.testing.assert_allclose(folded, verdicts, atol=1e-5)
    np.testing.assert_allclose(folded_stars, stars, atol=1e-5)
    alone = [logits(made, [review], CPU)[0][0] for review in reviews]
    np.testing.assert_allclose(folded, alone, atol=1e-5)


def test_folding_is_for_scoring_only():
    made = network(convolution=3, stride=2)
    names = set(made.state_dict())
    made.fold()
    assert set(made.state_dict()) == names
    made.train()
    ids, lengths = torch.randint(1, 50, (2, 9)), torch.tensor([9, 9])
    made(ids, lengths).logit.sum().backward()
    assert made.embedding.weight.grad.abs().sum() > 0
    plain = network()
    plain.fold()
    assert plain.folded is None
