"""A pretrained network on disk: it loads as it was saved, and a damaged file is reported by name."""

import json

import numpy as np
import pytest

from sentiment.errors import BundleError
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.loop.config import TrainConfig
from sentiment.training.pretraining import network_file

WORDS = Vocabulary(["<padding>", "<unknown>", "the", "film", "warm"])
CONFIG = TrainConfig(cell="gru", embedding_size=3, hidden_size=2, bidirectional=False, text="classic")


def weights():
    dice = np.random.default_rng(1)
    shapes = {
        "embedding.weight": (5, 3),
        "layers.0.forwards.weight_ih_l0": (6, 3),
        "layers.0.forwards.weight_hh_l0": (6, 2),
        "layers.0.forwards.bias_ih_l0": (6,),
        "layers.0.forwards.bias_hh_l0": (6,),
    }
    return {name: dice.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def saved(tmp_path):
    return network_file.save(tmp_path / "network", CONFIG, {"data": {"reviews": 3}}, WORDS, weights(), [{"epoch": 1}])


def changed(directory, change):
    values = json.loads((directory / "config.json").read_text())
    change(values)
    (directory / "config.json").write_text(json.dumps(values))


def test_what_is_saved_comes_back_rounded_to_16_bits(saved):
    again = network_file.load(saved.directory)
    assert (again.text, again.vocabulary.tokens) == ("classic", WORDS.tokens)
    assert again.shape == {"cell": "gru", "embedding_size": 3, "hidden_size": 2, "bidirectional": False}
    for name, weight in weights().items():
        assert again.weights[name].dtype == np.float32
        assert np.array_equal(again.weights[name], weight.astype(np.float16))
    said = json.loads((saved.directory / "config.json").read_text())
    assert said["data"] == {"reviews": 3}


def test_saving_again_replaces_the_network(saved):
    other = {name: weight + 1 for name, weight in weights().items()}
    again = network_file.save(saved.directory, CONFIG, {}, WORDS, other, [])
    assert not np.array_equal(again.weights["embedding.weight"], saved.weights["embedding.weight"])


def test_a_pretrained_network_is_distinguished_from_a_bundle_and_from_anything_else(saved, tiny_bundle, tmp_path):
    assert network_file.is_pretrained(saved.directory)
    assert not network_file.is_pretrained(tiny_bundle)
    assert not network_file.is_pretrained(tmp_path / "nowhere")
    for text in ("", "[]", "{"):
        (tmp_path / "config.json").write_text(text)
        assert not network_file.is_pretrained(tmp_path)


def test_a_bundle_is_refused(tiny_bundle):
    with pytest.raises(BundleError, match=r"config\.json is not that of a pretrained network"):
        network_file.load(tiny_bundle)


@pytest.mark.parametrize("name", ["config.json", "vocabulary.txt", "weights.safetensors"])
def test_a_missing_file_is_reported(saved, name):
    (saved.directory / name).unlink()
    with pytest.raises(BundleError, match=name):
        network_file.load(saved.directory)


def test_a_changed_weight_is_reported(saved):
    path = saved.directory / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"weights\.safetensors is damaged or was changed"):
        network_file.load(saved.directory)


def test_a_truncated_file_is_reported(saved):
    path = saved.directory / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(BundleError, match="is damaged"):
        network_file.load(saved.directory)


def test_a_changed_word_is_reported(saved):
    path = saved.directory / "vocabulary.txt"
    path.write_text(path.read_text().replace("warm", "cold"))
    with pytest.raises(BundleError, match=r"vocabulary\.txt is damaged or was changed"):
        network_file.load(saved.directory)


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.pop("text"),
        lambda values: values.pop("shape"),
        lambda values: values.update(text="runes"),
        lambda values: values.update(shape=[]),
        lambda values: values.update(schema=99),
        lambda values: values["shape"].pop("cell"),
    ],
    ids=["no text", "no shape", "unknown text", "shapeless", "another version", "no cell"],
)
def test_settings_that_cannot_be_are_reported(saved, change):
    changed(saved.directory, change)
    with pytest.raises(BundleError, match=r"config\.json is not that of a pretrained network"):
        network_file.load(saved.directory)


@pytest.mark.parametrize("change", [{"cell": "lstm"}, {"hidden_size": 4}, {"bidirectional": True}])
def test_a_shape_that_the_weights_do_not_have_is_reported(saved, change):
    changed(saved.directory, lambda values: values["shape"].update(change))
    with pytest.raises(BundleError, match="does not fit"):
        network_file.load(saved.directory)


def test_weights_of_another_network_are_reported(saved, tmp_path):
    others = weights()
    others["embedding.weight"] = others["embedding.weight"][:4]
    with pytest.raises(BundleError, match=r"weights\.safetensors does not fit vocabulary\.txt"):
        network_file.save(tmp_path / "other", CONFIG, {}, WORDS, others, [])


def test_saving_that_is_cut_off_leaves_nothing_that_passes_for_a_network(tmp_path, monkeypatch):
    def cut_off(path, value):
        raise OSError("No space left on device")

    monkeypatch.setattr(network_file, "write_json", cut_off)
    with pytest.raises(OSError, match="No space"):
        network_file.save(tmp_path / "cut", CONFIG, {}, WORDS, weights(), [])
    assert not network_file.is_pretrained(tmp_path / "cut")
