"""The network's architecture as a frozen dataclass, stored in every bundle."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

from sentiment.errors import ConfigError
from sentiment.model.bundle_schema import NOTHING_ELSE

Cell = Literal["lstm", "gru"]
Pool = Literal["last", "mean", "max", "attention"]


def setting(default: Any, section: str, reason: str) -> Any:
    """Return a dataclass field with its default, its section of the form and its help text."""
    return field(default=default, metadata={"section": section, "help": reason})


def require_types(config: Any) -> None:
    """Check that each flag, number and text is one; a whole number will do where a fraction may stand.

    Raises:
        ConfigError: names the field and what it must be.
    """
    for item in dataclasses.fields(config):
        value = getattr(config, item.name)
        wanted = _KINDS.get(item.type)
        if wanted and not (type(value) is item.type or (item.type is float and type(value) is int)):
            raise ConfigError(f"{item.name} is {value!r}; it must be {wanted}.")


_KINDS: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def require_choices(config: Any) -> None:
    """Check that each field of a literal type has one of its values.

    Raises:
        ConfigError: names the field and its choices.
    """
    for item in dataclasses.fields(config):
        choices = get_args(item.type)
        if choices and getattr(config, item.name) not in choices:
            raise ConfigError(f"{item.name} is {getattr(config, item.name)!r}; it must be {' or '.join(choices)}.")


def require_at_least(config: Any, minimum: int, *names: str) -> None:
    """Check that the named fields are at least `minimum`.

    Raises:
        ConfigError: names the field and the minimum.
    """
    for name in names:
        if not getattr(config, name) >= minimum:  # also rejects NaN
            raise ConfigError(f"{name} is {getattr(config, name)}; it must be at least {minimum}.")


def require_at_most(config: Any, maximum: int, *names: str) -> None:
    """Check that the named fields are at most `maximum`.

    Raises:
        ConfigError: names the field and the maximum.
    """
    for name in names:
        if not getattr(config, name) <= maximum:
            raise ConfigError(f"{name} is {getattr(config, name)}; it must be at most {maximum:,}.")


@dataclass(frozen=True)
class Architecture:
    """The settings that define the network's shape."""

    cell: Cell = setting(
        "lstm",
        "Network",
        "type of recurrent cell; a gru has three gates instead of the four of an lstm, so it is smaller",
    )
    embedding_size: int = setting(
        128, "Network", "size of each token vector; larger ones cost memory and rarely help with 25,000 reviews"
    )
    hidden_size: int = setting(
        64, "Network", "units per direction; the time grows with their square, accuracy hardly at all"
    )
    layers: int = setting(1, "Network", "recurrent layers; a second one doubles the time")
    bidirectional: bool = setting(
        True, "Network", "read in both directions, so that every word has context on both sides"
    )
    pooling: str = setting(
        "max+mean",
        "Network",
        "how the states of all words are pooled: last, mean, max, attention, or several joined "
        "by +; max and mean find the decisive passage wherever it is",
    )
    convolution: int = setting(
        5,
        "Network",
        "width in tokens of a convolution before the recurrent layers, which then read short passages instead of "
        "words; 0 for none",
    )
    stride: int = setting(
        4,
        "Network",
        "after the convolution, keep the maximum of this many positions, which divides the number of steps by it",
    )
    phrases: int = setting(
        300_000,
        "Network",
        "phrases of up to three words whose weights are added to the verdict, the most informative ones; 0 for none",
    )
    dropout_words: float = setting(
        0.2,
        "Against overfitting",
        "share of the tokens of a long review replaced by the unknown word during training, so "
        "that no single word is relied on",
    )
    dropout_embedding: float = setting(0.5, "Against overfitting", "share of each token vector dropped during training")
    dropout_output: float = setting(
        0.5, "Against overfitting", "share of the pooled values dropped during training; the main regulariser"
    )

    __pydantic_config__: ClassVar = NOTHING_ELSE

    def __post_init__(self) -> None:
        """Reject values that no network can be built with, naming the setting.

        Raises:
            ConfigError: a value is out of range.
        """
        require_types(self)
        require_choices(self)
        if any(pool not in get_args(Pool) for pool in self.pools):
            raise ConfigError(
                f"pooling is {self.pooling[:100]!r}; join any of {', '.join(get_args(Pool))} by a plus sign."
            )
        if len(set(self.pools)) < len(self.pools):
            raise ConfigError(f"pooling is {self.pooling[:100]!r}; it must name each kind once.")
        require_at_least(self, 1, "embedding_size", "hidden_size", "layers", "stride")
        require_at_least(self, 0, "convolution", "phrases")
        # A bundle may come from an untrusted source, and a network of this size is allocated.
        require_at_most(self, 8_192, "embedding_size", "hidden_size")
        require_at_most(self, 100, "layers", "convolution", "stride")
        require_at_most(self, 10_000_000, "phrases")
        if self.stride > 1 and not self.convolution:
            raise ConfigError(
                f"stride is {self.stride} without a convolution; give convolution a width of 1 or more, or stride 1."
            )
        for name in ("dropout_words", "dropout_embedding", "dropout_output"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be at least 0 and below 1.")

    @property
    def pools(self) -> tuple[str, ...]:
        """The names of the poolings whose outputs are concatenated."""
        return tuple(self.pooling.split("+"))
