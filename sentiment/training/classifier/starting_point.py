"""What a training run goes on from: a bundle, whole, or a pretrained network, which knows words but no verdicts."""

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

# Stars are learnt out of five; a bundle from before goes on out of ten.
STAR_SCALE = 5
_HEAD = ("head.weight", "head.bias")


@dataclass(frozen=True)
class StartingPoint:
    """Words and first weights of a run.

    `settings` are values of a `TrainConfig` that the weights and words fix; `star_levels` are those of
    the weights' star outputs, empty without any.
    """

    settings: dict[str, Any]
    vocabulary: Vocabulary
    weights: Weights
    star_levels: tuple[float, ...] = ()
    star_scale: int = STAR_SCALE

    def laid_over(self, config: TrainConfig) -> TrainConfig:
        """Return `config` with what the starting point fixes; the rest stays its own."""
        return replace(config, **self.settings, vocabulary_size=len(self.vocabulary))

    def weights_for(self, network: Network, star_levels: tuple[float, ...]) -> dict[str, Tensor]:
        """Return the weights that `network` is to begin with; of other stars than its own only the verdict's."""
        weights = {name: torch.from_numpy(weight) for name, weight in self.weights.items()}
        if star_levels != self.star_levels:
            for name in weights.keys() & set(_HEAD):
                fresh = network.state_dict()[name].clone()
                fresh[0] = weights[name][0]
                weights[name] = fresh
        return weights


def load(start: str) -> StartingPoint:
    """Read the bundle or pretrained network in the directory `start`; `shipped` is the bundle that ships.

    Raises:
        BundleError: it is neither, or damaged.
    """
    directory = directory_of(start)
    return _of_pretrained(directory) if network_file.is_pretrained(directory) else _of_bundle(directory)


def directory_of(start: str) -> Path:
    """Return where the setting `start` points to."""
    return storage.SHIPPED_BUNDLE if start == "shipped" else Path(start)


def _of_pretrained(directory: Path) -> StartingPoint:
    found = network_file.load(directory)
    # What has learnt the language reads words, not what a convolution makes of them.
    settings = {"text": found.text, **found.shape, "convolution": 0, "stride": 1}
    return StartingPoint(settings, found.vocabulary, found.weights)


def _of_bundle(directory: Path) -> StartingPoint:
    """Take text, length and shape of the bundle; dropout is of the training, not of the weights."""
    found = bundle.load(directory)
    shape = {name: value for name, value in asdict(found.config.architecture).items() if "dropout" not in name}
    settings = {**shape, "text": found.config.text, "maximum_length": found.config.maximum_length}
    return StartingPoint(settings, found.vocabulary, found.weights, found.config.star_levels, found.config.star_scale)
