"""Settings as flags and back; a wrong flag is a usage error."""

import argparse
import dataclasses

import pytest
from hypothesis import given

from sentiment.training.loop import config_flags
from sentiment.training.loop.config import PRESETS, TrainConfig
from tests.support.configs import CONFIGS


def parsed(arguments):
    parser = argparse.ArgumentParser()
    config_flags.add(parser)
    return config_flags.parsed(parser.parse_args(arguments))


@given(CONFIGS)
def test_flags_make_the_same_settings_again(config):
    assert parsed(config_flags.written(config)) == config


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_asked_for_by_name_and_written_as_flags(name):
    assert parsed(["--preset", name]) == PRESETS[name]
    assert parsed(config_flags.written(PRESETS[name])) == PRESETS[name]


def test_given_flags_lie_over_the_preset():
    config = parsed(["--preset", "classic", "--hidden-size", "33", "--bidirectional", "true"])
    assert config == dataclasses.replace(PRESETS["classic"], hidden_size=33, bidirectional=True)


def test_defaults_need_no_flags():
    assert config_flags.written(TrainConfig()) == []


def test_every_setting_has_a_flag_a_reason_and_a_section():
    parser = argparse.ArgumentParser()
    config_flags.add(parser)
    known = parser.format_help()
    for item in dataclasses.fields(TrainConfig):
        assert f"--{item.name.replace('_', '-')}" in known
        assert item.metadata["help"]
        assert item.metadata["section"]


@pytest.mark.parametrize("arguments", [["--bidirectional", "perhaps"], ["--cell", "rnn"], ["--epochs", "many"]])
def test_a_flag_of_the_wrong_kind_is_bad_usage(arguments):
    with pytest.raises(SystemExit) as caught:
        parsed(arguments)
    assert caught.value.code == 2
