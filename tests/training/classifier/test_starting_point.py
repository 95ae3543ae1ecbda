"""Continuing from a bundle or a pretrained network: the settings it fixes, and the weights it provides."""

import dataclasses

import numpy as np
import pytest
import torch

from sentiment.data.datasets import Dataset, Example, Unlabelled, split
from sentiment.errors import BundleError
from sentiment.model import bundle
from sentiment.model.network import Network
from sentiment.training.classifier import starting_point
from sentiment.training.classifier.run import Run
from sentiment.training.loop.config import TrainConfig
from sentiment.training.loop.fit import Listener
from sentiment.training.pretraining import network_file
from tests.support.miniature import reviews

OWN = TrainConfig(
    text="classic", maximum_length=40, pooling="last", dropout_output=0.1, epochs=1, batch_size=16, device="cpu"
)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def dataset(count=100):
    return Dataset([Example(text, label, float(stars)) for text, label, stars in reviews(count, 11)], [], "mine")


def test_a_pretrained_network_fixes_text_words_and_shape_and_nothing_else(tiny_pretrained):
    start = starting_point.load(str(tiny_pretrained))
    config = start.laid_over(OWN)
    changed = {name: value for name, value in dataclasses.asdict(config).items() if value != getattr(OWN, name)}
    assert changed == {
        "text": "modern",
        "cell": "gru",
        "embedding_size": 16,
        "hidden_size": 12,
        "convolution": 0,
        "stride": 1,
        "vocabulary_size": len(network_file.load(tiny_pretrained).vocabulary),
    }


def test_a_bundle_fixes_its_length_and_pooling_too_but_no_dropout(tiny_bundle):
    config = starting_point.load(str(tiny_bundle)).laid_over(OWN)
    assert (config.maximum_length, config.pooling, config.dropout_output) == (60, "max+mean", 0.1)


def test_a_run_begins_with_the_pretrained_weights_and_a_head_of_its_own(tiny_pretrained):
    config = dataclasses.replace(OWN, start=str(tiny_pretrained), layers=2)
    start = network_file.load(tiny_pretrained)
    run = Run(dataset(), config, None)
    begun = run.fit.network.state_dict()
    assert {name.split(".")[0] for name in start.weights} == {"embedding", "layers"}
    for weights in (begun, run.fit.averaged, run.fit.best):
        assert all(np.array_equal(weights[name].numpy(), weight) for name, weight in start.weights.items())
    assert any(name.startswith("layers.1.") for name in begun)
    assert begun["head.weight"].std() > 0
    assert run.reader.vocabulary.tokens == start.vocabulary.tokens


def test_the_validation_part_is_the_same_as_without_a_start(tiny_pretrained):
    run = Run(dataset(), dataclasses.replace(OWN, start=str(tiny_pretrained)), None)
    _, validation = split(dataset().train, OWN.validation_share, OWN.seed)
    assert run.validation == validation


def test_training_from_a_pretrained_network_learns_no_word_vectors_and_makes_a_bundle(tiny_pretrained, tmp_path):
    notes = []
    config = dataclasses.replace(OWN, start=str(tiny_pretrained), phrases=0)
    run = Run(dataset(), config, None, [Unlabelled("one more review")] * 9)
    saved = run.finish(tmp_path / "model", "mine", Listener(lambda row: None, notes.append, lambda: False))
    assert notes == []
    assert bundle.load(saved.directory).vocabulary.tokens == network_file.load(tiny_pretrained).vocabulary.tokens
    assert saved.config.training["start"] == tiny_pretrained.name  # not its path on this machine
    assert saved.config.architecture.cell == "gru"


def test_stars_of_another_scale_are_learnt_anew_and_the_verdict_is_kept(tiny_bundle):
    start = starting_point.load(str(tiny_bundle))
    config = start.laid_over(OWN)
    other = (1.0, 5.0, 10.0)
    assert other != start.star_levels
    network = Network(config.architecture, len(start.vocabulary), len(other))
    head = start.weights_for(network, other)["head.weight"]
    assert head.shape[0] == 4
    assert np.array_equal(head[0].numpy(), start.weights["head.weight"][0])
    assert torch.equal(head[1:], network.state_dict()["head.weight"][1:])


def test_a_directory_that_is_neither_is_refused(tmp_path):
    with pytest.raises(BundleError, match="is not a bundle"):
        starting_point.load(str(tmp_path))
