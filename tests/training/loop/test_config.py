"""Settings as JSON and back; unusable values are rejected by name."""

import dataclasses
import json
from typing import get_args

import pytest
from hypothesis import given

from sentiment.errors import ConfigError
from sentiment.model.architecture import Architecture
from sentiment.training.loop.config import TrainConfig, from_dict, recorded
from tests.support.configs import CONFIGS


@given(CONFIGS)
def test_json_makes_the_same_settings_again(config):
    assert from_dict(json.loads(json.dumps(dataclasses.asdict(config)))) == config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cell", "rnn"),
        ("pooling", "median"),
        ("pooling", ""),
        ("hidden_size", 0),
        ("layers", 0),
        ("convolution", -1),
        ("dropout_output", 1.0),
        ("dropout_words", -0.1),
        ("text", "fancy"),
        ("vocabulary_size", 2),
        ("maximum_length", 3),
        ("epochs", 0),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("clip", -1.0),
        ("average", 1.0),
        ("label_share", 1.5),
        ("label_share", float("nan")),
        ("validation_share", 0.0),
        ("validation_share", 1.0),
        ("seed", -1),
        ("seed", 2**64),
        ("maximum_length", 100_001),
        ("learning_rate", float("inf")),
        ("weight_decay", float("inf")),
        ("adversarial", float("inf")),
        ("stars_weight", float("inf")),
        ("device", "tpu"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=name):
        TrainConfig(**{name: value})


def test_a_stride_needs_a_convolution():
    with pytest.raises(ConfigError, match="stride"):
        Architecture(convolution=0, stride=2)


def test_labels_count_less_only_beside_a_model_to_go_on_from():
    assert TrainConfig(start="shipped", label_share=0.5).label_share == 0.5
    with pytest.raises(ConfigError, match=r"label_share is 0\.5 without a model to start from; choose start"):
        TrainConfig(label_share=0.5)


def test_settings_of_another_version_are_refused():
    with pytest.raises(ConfigError, match="Unknown setting warmth"):
        from_dict({"warmth": 3})


def test_the_architecture_is_the_part_that_gives_the_shape():
    config = TrainConfig(cell="gru", hidden_size=7, pooling="last+max")
    assert config.architecture == Architecture(cell="gru", hidden_size=7, pooling="last+max")
    assert config.architecture.pools == ("last", "max")


def test_choices_are_those_of_the_types():
    kinds = {item.name: get_args(item.type) for item in dataclasses.fields(TrainConfig)}
    assert kinds["cell"] == ("lstm", "gru")
    assert kinds["text"] == ("modern-2", "modern", "classic", "stems", "words")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), ("shipped", "shipped"), ("somewhere/models/mine", "mine"), ("runs/2026-night/model", "2026-night")],
)
def test_a_bundle_keeps_the_name_of_a_directory_and_not_where_it_lies(given, kept):
    values = recorded(TrainConfig(start=given, teacher=given))
    assert (values["start"], values["teacher"]) == (kept, kept)
    assert values | {"start": given, "teacher": given} == dataclasses.asdict(TrainConfig(start=given, teacher=given))
