"""The ablation ladder from the tutorials' recipe to ours: what each step changes, as flags of scripts/train.py."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sentiment.errors import ConfigError
from sentiment.training.loop import config_flags

# What a row starts from or is trained by and must be made first; `ladder.py run` takes its directory.
GIVEN = ("pretrained", "teacher")
# Settings that do not distinguish rows.
_NOT_COMPARED = ("seed", "device")

_CLASSIC = "--preset classic"
_MARKS = f"{_CLASSIC} --text modern"
_VOCABULARY = f"{_MARKS} --vocabulary-size 30000"
_MAX_MEAN = f"{_VOCABULARY} --pooling max+mean"
_OURS = "--preset modern --names true"
_CONVOLUTION = f"{_OURS} --vector-epochs 0 --phrases 0 --short-sentences 0"
_NETWORK = f"{_CONVOLUTION} --convolution 0 --stride 1"
_VECTORS = f"{_OURS} --phrases 0 --short-sentences 0"


@dataclass(frozen=True)
class LadderRow:
    """A step: what it changes, the row it is compared with ("" for none), and all its flags.

    In the flags, {pretrained} and {teacher} are placeholders for directories.
    """

    title: str
    against: str
    flags: str

    def wants(self) -> list[str]:
        """Return the names of the directories that must be given."""
        return [name for name in GIVEN if f"{{{name}}}" in self.flags]

    def settings(self) -> dict[str, Any]:
        """Return every training setting that distinguishes this row from others; directories stay placeholders."""
        parser = argparse.ArgumentParser()
        config_flags.add(parser)
        values = asdict(config_flags.parsed(parser.parse_args(self.flags.split())))
        return {name: value for name, value in values.items() if name not in _NOT_COMPARED}

    def command(self, given: Mapping[str, str]) -> list[str]:
        """Return the flags with the directories filled in.

        Raises:
            ConfigError: a directory is missing.
        """
        if missing := [name for name in self.wants() if not given.get(name)]:
            raise ConfigError(f"This row needs --{missing[0]} DIR.")
        return [flag.format_map(given) for flag in self.flags.split()]


LADDER: dict[str, LadderRow] = {
    "classic": LadderRow("the tutorials' recipe", "", _CLASSIC),
    "stop-words": LadderRow("stop words kept", "classic", f"{_CLASSIC} --text stems"),
    "no-stems": LadderRow("no stemming", "stop-words", f"{_CLASSIC} --text words"),
    "marks": LadderRow("punctuation, emoticons and n't kept", "no-stems", _MARKS),
    "vocabulary": LadderRow("30,000 words instead of 5,000", "marks", _VOCABULARY),
    "length": LadderRow("1,000 tokens read instead of 500", "vocabulary", f"{_VOCABULARY} --maximum-length 1000"),
    "max": LadderRow("maximum of all states instead of the last state", "vocabulary", f"{_VOCABULARY} --pooling max"),
    "mean": LadderRow("mean of all states", "vocabulary", f"{_VOCABULARY} --pooling mean"),
    "attention": LadderRow("attention over all states", "vocabulary", f"{_VOCABULARY} --pooling attention"),
    "max-mean": LadderRow("maximum and mean side by side", "vocabulary", _MAX_MEAN),
    "bidirectional": LadderRow("read both ways", "max-mean", f"{_MAX_MEAN} --bidirectional true"),
    "network": LadderRow("our sizes, dropout, averaged weights, stars and schedule at once", "bidirectional", _NETWORK),
    "gru": LadderRow("GRU instead of LSTM", "network", f"{_NETWORK} --cell gru"),
    "convolution": LadderRow("convolution of 5 in front, then every 4 positions one", "network", _CONVOLUTION),
    "vectors": LadderRow("word vectors from labelled and unlabelled reviews first", "convolution", _VECTORS),
    "adversarial": LadderRow("reviews changed to mislead most", "vectors", f"{_VECTORS} --adversarial 2"),
    "language-model": LadderRow(
        "a language model first, in its shape, instead of word vectors", "vectors", f"{_VECTORS} --start {{pretrained}}"
    ),
    "short-sentences": LadderRow("short sentences of our own beside the reviews", "vectors", f"{_OURS} --phrases 0"),
    "phrases": LadderRow("phrases beside the network", "short-sentences", _OURS),
    "names": LadderRow("names of people and places share a vector", "phrases", "--preset modern"),
    "quick": LadderRow("the same by `--preset quick`: one epoch, one pass of word vectors", "", "--preset quick"),
    "distilled": LadderRow(
        "taught by another model: the unlabelled reviews as it judges them",
        "names",
        "--preset modern --teacher {teacher}",
    ),
}
