"""What a training run starts from: a bundle (fine-tuning), or a pretrained network without an output head."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sentiment.model import bundle
from sentiment.model.bundle import Weights
from sentiment.model.network import Network
from sentiment.system import storage
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.loop.config import TrainConfig
from sentiment.training.pretraining import network_file

# New models predict stars out of five; an older bundle keeps its ten.
STAR_SCALE = 5
_HEAD = ("head.weight", "head.bias")


@dataclass(frozen=True)
class StartingPoint:
    """Vocabulary and initial weights of a run.

    `settings` are the values of a `TrainConfig` that the weights and the vocabulary determine. `star_levels` are those
    of the star outputs among the weights, empty if there are none.
    """

    settings: dict[str, Any]
    vocabulary: Vocabulary
    weights: Weights
    star_levels: tuple[float, ...] = ()
    star_scale: int = STAR_SCALE

    def laid_over(self, config: TrainConfig) -> TrainConfig:
        """Return `config` with the settings that the starting point determines; the others are unchanged."""
        return replace(config, **self.settings, vocabulary_size=len(self.vocabulary))

    def weights_for(self, network: Network, star_levels: tuple[float, ...]) -> dict[str, Tensor]:
        """Return the initial weights for `network`, without star outputs if their levels differ from `star_levels`."""
        weights = {name: torch.from_numpy(weight) for name, weight in self.weights.items()}
        if star_levels != self.star_levels:
            for name in weights.keys() & set(_HEAD):
                fresh = network.state_dict()[name].clone()
                fresh[0] = weights[name][0]
                weights[name] = fresh
        return weights


def load(start: str) -> StartingPoint:
    """Load the bundle or pretrained network in the directory `start`; `shipped` is the bundle shipped with the project.

    Raises:
        BundleError: the directory holds neither, or it is damaged.
    """
    directory = directory_of(start)
    return _of_pretrained(directory) if network_file.is_pretrained(directory) else _of_bundle(directory)


def directory_of(start: str) -> Path:
    """Return the directory that the setting `start` refers to."""
    return storage.SHIPPED_BUNDLE if start == "shipped" else Path(start)


def _of_pretrained(directory: Path) -> StartingPoint:
    found = network_file.load(directory)
    # A language model is trained on words, not on the output of a convolution.
    settings = {"text": found.text, **found.shape, "convolution": 0, "stride": 1}
    return StartingPoint(settings, found.vocabulary, found.weights)


def _of_bundle(directory: Path) -> StartingPoint:
    """Take text preset, maximum length and shape from the bundle; dropout belongs to the training run."""
    found = bundle.load(directory)
    shape = {name: value for name, value in asdict(found.config.architecture).items() if "dropout" not in name}
    settings = {**shape, "text": found.config.text, "maximum_length": found.config.maximum_length}
    return StartingPoint(settings, found.vocabulary, found.weights, found.config.star_levels, found.config.star_scale)
