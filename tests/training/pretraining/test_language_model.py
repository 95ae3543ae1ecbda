"""The language model: its loss is correct, it reads in both directions, and training can continue from its network."""

import math

import pytest
import torch

from sentiment.model.architecture import Architecture
from sentiment.model.network import Network
from sentiment.training.pretraining import language_model
from sentiment.training.pretraining.language_model import LanguageModel, draw_negatives, drawn_share

WORDS = 40
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(1)


def model(cell="lstm", bidirectional=True):
    made = LanguageModel(Architecture(cell, 8, 6, bidirectional=bidirectional, convolution=0, stride=1), WORDS)
    with torch.no_grad():
        made.bias.copy_(torch.randn(WORDS))
    return made


def test_the_chance_of_a_word_is_how_often_it_is_drawn(monkeypatch):
    monkeypatch.setattr(language_model, "NEGATIVES", 10)
    counts = torch.zeros(WORDS)
    for _ in range(4_000):
        counts[draw_negatives(WORDS, CPU)] += 1
    assert torch.allclose(counts / 4_000, drawn_share(torch.arange(WORDS), WORDS), atol=0.03)


def test_negatives_are_distinct_words_of_the_vocabulary():
    drawn = draw_negatives(WORDS, CPU)
    assert len(set(drawn.tolist())) == len(drawn) > 1
    assert drawn.min() >= 0
    assert drawn.max() < WORDS


def test_with_all_words_drawn_the_sampled_loss_is_the_exact_one(monkeypatch):
    monkeypatch.setattr(language_model, "NEGATIVES", 20_000)
    made, guesses, targets = model(), torch.randn(5, 3, 8), torch.randint(0, WORDS, (5, 3))
    exact, _ = made.exact_loss(guesses, targets)
    sampled = made.sampled_loss(guesses, targets, draw_negatives(WORDS, CPU))
    assert sampled.item() == pytest.approx(exact.item() / 15, abs=1e-4)


def test_among_few_random_words_the_true_probabilities_are_still_the_best(monkeypatch):
    """At the logarithms of the true probabilities, the expected gradient is zero, whatever was drawn."""
    monkeypatch.setattr(language_model, "NEGATIVES", 60)
    made = model()
    counts = (60 / (torch.arange(WORDS) + 1)).ceil().long()
    targets = torch.repeat_interleave(torch.arange(WORDS), counts)
    guesses = torch.zeros(len(targets), 8)
    with torch.no_grad():
        made.bias.copy_(torch.log(counts / counts.sum()))
    draws = 400
    loss = sum(made.sampled_loss(guesses, targets, draw_negatives(WORDS, CPU)) for _ in range(draws)) / draws
    loss.backward()
    assert made.bias.grad.abs().max() < 0.004


def test_the_exact_loss_is_the_cross_entropy_among_all_words():
    made = model()
    guesses, targets = torch.zeros(4, 2, 8), torch.full((4, 2), 7)
    with torch.no_grad():
        made.bias.zero_()
        made.bias[7] = 1.0
    loss, right = made.exact_loss(guesses, targets)
    assert loss.item() == pytest.approx(8 * (math.log(math.e + WORDS - 1) - 1), abs=1e-4)
    assert right.item() == 8


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("direction", [0, 1])
def test_reading_in_parts_is_reading_in_one(cell, direction):
    made, ids = model(cell), torch.randint(0, WORDS, (12, 3))
    whole, _ = made(ids, direction, None)
    first, memory = made(ids[:7], direction, None)
    second, _ = made(ids[7:], direction, memory)
    assert whole.shape == (12, 3, 8)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-6)
    assert not any(part.requires_grad for part in memory)


def test_a_guess_knows_only_what_was_read_before():
    made, ids = model(), torch.randint(2, WORDS, (6, 1))
    changed = ids.clone()
    changed[4] = 1
    one, other = made(ids, 0, None)[0], made(changed, 0, None)[0]
    assert torch.equal(one[:4], other[:4])
    assert not torch.equal(one[4:], other[4:])


def test_each_direction_has_weights_of_its_own():
    made, ids = model(), torch.randint(0, WORDS, (6, 2))
    made(ids, 1, None)[0].sum().backward()
    assert made.layers[0].backwards.weight_hh_l0.grad is not None
    assert made.layers[0].forwards.weight_hh_l0.grad is None
    assert model(bidirectional=False).directions == 1


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_embedding_and_layer_fit_the_network(cell, bidirectional):
    weights = {
        name: weight
        for name, weight in model(cell, bidirectional).state_dict().items()
        if name.startswith(("embedding.", "layers."))
    }
    network = Network(Architecture(cell, 8, 6, bidirectional=bidirectional, convolution=0, stride=1), WORDS)
    left = network.load_state_dict(weights, strict=False)
    assert not left.unexpected_keys
    assert {name.split(".")[0] for name in left.missing_keys} == {"head"}


@pytest.mark.parametrize("direction", [0, 1])
def test_the_network_reads_as_the_language_model_did(direction):
    made = model()
    network = Network(Architecture(embedding_size=8, hidden_size=6, convolution=0, stride=1), WORDS)
    network.load_state_dict(made.state_dict(), strict=False)
    ids = torch.randint(2, WORDS, (1, 9))
    states = network.layers[0](network.embedding(ids.T), torch.tensor([9]))
    guesses, _ = made(ids.T if direction == 0 else ids.T.flip(0), direction, None)
    half = states[:, :, direction * 6 : (direction + 1) * 6]
    expected = made.guess[direction](half if direction == 0 else half.flip(0))
    assert torch.allclose(guesses, expected, atol=1e-6)
