"""Settings as flags, as JSON and back; values that cannot work are refused by name."""

import argparse
import dataclasses
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.config import PRESETS, Architecture, TrainConfig, add_flags, flags, from_dict, from_flags, recorded
from sentiment.errors import ConfigError


def parsed(arguments):
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return from_flags(parser.parse_args(arguments))


def share(lowest=0.0):
    return st.floats(lowest, 0.99, allow_subnormal=False)


CONFIGS = st.builds(
    TrainConfig,
    cell=st.sampled_from(["lstm", "gru"]),
    hidden_size=st.integers(1, 512),
    bidirectional=st.booleans(),
    names=st.booleans(),
    pooling=st.lists(st.sampled_from(["last", "mean", "max", "attention"]), min_size=1, unique=True).map("+".join),
    convolution=st.integers(1, 9),
    stride=st.integers(1, 4),
    dropout_words=share(),
    dropout_output=share(),
    text=st.sampled_from(["modern", "classic", "stems", "words"]),
    learning_rate=st.floats(1e-7, 10),
    validation_share=share(0.01),
    weight_decay=st.floats(0, 10, allow_subnormal=False),
    seed=st.integers(0, 2**40),
    device=st.sampled_from(["auto", "cuda", "mps", "cpu"]),
    start=st.sampled_from(["", "shipped", "a folder/with spaces"]),
)


@given(CONFIGS)
def test_flags_make_the_same_settings_again(config):
    assert parsed(flags(config)) == config


@given(CONFIGS)
def test_json_makes_the_same_settings_again(config):
    assert from_dict(json.loads(json.dumps(dataclasses.asdict(config)))) == config


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_asked_for_by_name_and_written_as_flags(name):
    assert parsed(["--preset", name]) == PRESETS[name]
    assert parsed(flags(PRESETS[name])) == PRESETS[name]


def test_given_flags_lie_over_the_preset():
    config = parsed(["--preset", "classic", "--hidden-size", "33", "--bidirectional", "true"])
    assert config == dataclasses.replace(PRESETS["classic"], hidden_size=33, bidirectional=True)


def test_defaults_need_no_flags():
    assert flags(TrainConfig()) == []


def test_every_setting_has_a_flag_a_reason_and_a_section():
    parser = argparse.ArgumentParser()
    add_flags(parser)
    known = parser.format_help()
    for item in dataclasses.fields(TrainConfig):
        assert f"--{item.name.replace('_', '-')}" in known
        assert item.metadata["help"]
        assert item.metadata["section"]


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
    with pytest.raises(ConfigError, match=r"label_share is 0\.5 without a model to go on from; choose start"):
        TrainConfig(label_share=0.5)


def test_settings_of_another_version_are_refused():
    with pytest.raises(ConfigError, match="Unknown setting warmth"):
        from_dict({"warmth": 3})


def test_the_architecture_is_the_part_that_gives_the_shape():
    config = TrainConfig(cell="gru", hidden_size=7, pooling="last+max")
    assert config.architecture == Architecture(cell="gru", hidden_size=7, pooling="last+max")
    assert config.architecture.pools == ("last", "max")


@pytest.mark.parametrize("arguments", [["--bidirectional", "perhaps"], ["--cell", "rnn"], ["--epochs", "many"]])
def test_a_flag_of_the_wrong_kind_is_bad_usage(arguments):
    with pytest.raises(SystemExit) as caught:
        parsed(arguments)
    assert caught.value.code == 2


def test_choices_are_those_of_the_types():
    kinds = {item.name: get_args(item.type) for item in dataclasses.fields(TrainConfig)}
    assert kinds["cell"] == ("lstm", "gru")
    assert kinds["text"] == ("modern", "classic", "stems", "words")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), ("shipped", "shipped"), ("somewhere/models/mine", "mine"), ("runs/2026-night/model", "2026-night")],
)
def test_a_bundle_keeps_the_name_of_a_directory_and_not_where_it_lies(given, kept):
    values = recorded(TrainConfig(start=given, teacher=given))
    assert (values["start"], values["teacher"]) == (kept, kept)
    assert values | {"start": given, "teacher": given} == dataclasses.asdict(TrainConfig(start=given, teacher=given))
