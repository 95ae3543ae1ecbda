"""Convert the settings of a training run to command-line flags and back."""

import argparse
import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args, get_origin

from sentiment.training.loop.config import PRESETS, TrainConfig

_SETTINGS = tuple(item.name for item in dataclasses.fields(TrainConfig))


def add(
    parser: argparse.ArgumentParser,
    presets: Mapping[str, TrainConfig] = PRESETS,
    settings: Collection[str] = _SETTINGS,
) -> None:
    """Add to `parser` a `--preset`, the first of `presets` by default, and one flag for each of `settings`."""
    first = next(iter(presets))
    parser.add_argument("--preset", choices=sorted(presets), default=first, help="the defaults to start from")
    group = parser.add_argument_group("hyperparameters", f"defaults are those of the {first} preset")
    for item in dataclasses.fields(TrainConfig):
        if item.name in settings:
            group.add_argument(
                f"--{item.name.replace('_', '-')}",
                type=_boolean if item.type is bool else _plain_type(item.type),
                choices=get_args(item.type) or None,
                metavar=None if get_origin(item.type) is Literal else "VALUE",
                help=f"{item.metadata['help']} ({getattr(presets[first], item.name)})".replace("%", "%%"),
            )


def parsed(arguments: argparse.Namespace, presets: Mapping[str, TrainConfig] = PRESETS) -> TrainConfig:
    """Return the preset overridden by the flags that were given.

    Raises:
        ConfigError: a value is out of range.
    """
    given = {name: getattr(arguments, name, None) for name in _SETTINGS}
    changes = {name: value for name, value in given.items() if value is not None}
    return dataclasses.replace(presets[arguments.preset], **changes)


def written(config: TrainConfig, base: TrainConfig = PRESETS["modern"]) -> list[str]:
    """Return the command-line flags that turn `base` into `config`: only those that differ."""
    result = []
    for name in _SETTINGS:
        value = getattr(config, name)
        if value != getattr(base, name):
            result += [f"--{name.replace('_', '-')}", str(value)]
    return result


def _plain_type(kind: Any) -> Any:
    return str if get_origin(kind) is Literal else kind


def _boolean(word: str) -> bool:
    if word.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{word!r} is neither true nor false")
    return word.lower() == "true"
