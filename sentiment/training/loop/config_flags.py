"""Convert the settings of a training run to command-line flags and back."""

import argparse
import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args, get_origin

from sentiment.training.loop.config import PRESETS, TrainConfig

_SETTINGS = tuple(item.name for item in dataclasses.fields(TrainConfig))


_ABOUT = {
    "modern": "modern trains a network like the shipped one",
    "quick": "quick does so with fewer passes",
    "fine-tune": "fine-tune fits the shipped model to a few labels, in seconds",
    "classic": "classic is the recipe of many tutorials, for comparison",
}


def add(
    parser: argparse.ArgumentParser,
    presets: Mapping[str, TrainConfig] = PRESETS,
    settings: Collection[str] = _SETTINGS,
) -> None:
    """Add to `parser` a `--preset`, the first of `presets` by default, and one flag for each of `settings`."""
    first = next(iter(presets))
    parser.add_argument("--preset", choices=sorted(presets), default=first, help=_about(presets))
    group = parser.add_argument_group("hyperparameters", f"defaults are those of the {first} preset")
    for item in dataclasses.fields(TrainConfig):
        if item.name in settings:
            group.add_argument(
                f"--{item.name.replace('_', '-')}",
                type=_boolean if item.type is bool else _plain_type(item.type),
                choices=get_args(item.type) or None,
                metavar=_metavar(item.type),
                help=f"{item.metadata['help']} ({_shown(getattr(presets[first], item.name))})".replace("%", "%%"),
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


def _about(presets: Mapping[str, TrainConfig]) -> str:
    described = "; ".join(_ABOUT[name] for name in presets if name in _ABOUT)
    return f"the defaults to start from: {described}" if described else "the defaults to start from"


def _metavar(kind: Any) -> str | None:
    """Return what the usage shows for a value; None for the choices themselves."""
    if get_origin(kind) is Literal:
        return None
    return "true|false" if kind is bool else {int: "N", float: "X"}.get(kind, "VALUE")


def _plain_type(kind: Any) -> Any:
    return str if get_origin(kind) is Literal else kind


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) or "empty"


def _boolean(word: str) -> bool:
    if word.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{word!r} is neither true nor false")
    return word.lower() == "true"
