"""A pretrained network on disk: words, embedding and recurrent weights, no verdict. Nothing in it is a pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.bundle import CONFIG, HISTORY, VOCABULARY, WEIGHTS, Weights
from sentiment.config import Preset, TrainConfig
from sentiment.errors import BundleError
from sentiment.storage import write_json, write_text, written_whole
from sentiment.vocabulary import Vocabulary

SCHEMA = 1
KIND = "pretrained"


@dataclass(frozen=True)
class Pretrained:
    """What training goes on from: `weights` are fp32 arrays by the names of `network.Network`'s parameters.

    `shape` are the settings of an `Architecture` that the weights fix.
    """

    directory: Path
    text: Preset
    shape: dict[str, Any]
    vocabulary: Vocabulary
    weights: Weights


def is_pretrained(directory: Path) -> bool:
    """Whether `directory` holds a pretrained network rather than a bundle."""
    try:
        return bool(json.loads((directory / CONFIG).read_text(encoding="utf-8")).get("kind") == KIND)
    except (OSError, ValueError, AttributeError):
        return False


def save(
    directory: Path,
    config: TrainConfig,
    settings: dict[str, Any],
    vocabulary: Vocabulary,
    weights: Weights,
    history: list[dict[str, float]],
) -> Pretrained:
    """Write each file whole, the settings last: a directory without them is not yet a pretrained network."""
    from safetensors.numpy import save_file

    directory.mkdir(parents=True, exist_ok=True)
    vocabulary.save(directory / VOCABULARY)
    with written_whole(directory / WEIGHTS) as temporary:
        save_file({name: weight.astype(np.float16) for name, weight in weights.items()}, temporary)
    write_text(directory / HISTORY, "".join(json.dumps(row) + "\n" for row in history))
    names = ("cell", "embedding_size", "hidden_size", "bidirectional")
    shape = {name: value for name, value in asdict(config.architecture).items() if name in names}
    write_json(directory / CONFIG, {"schema": SCHEMA, "kind": KIND, "text": config.text, "shape": shape, **settings})
    return load(directory)


def load(directory: Path) -> Pretrained:
    """Read what `save` wrote.

    Raises:
        BundleError: a file is missing or damaged; the message names it.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        values = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
        stored = load_file(directory / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise BundleError(f"{directory} is not a pretrained network, or is damaged: {error}.") from error
    if values.get("schema") != SCHEMA or values.get("kind") != KIND:
        raise BundleError(f"{directory / CONFIG} is not that of a pretrained network of this version.")
    vocabulary = Vocabulary.load(directory / VOCABULARY)
    weights = {name: weight.astype(np.float32) for name, weight in stored.items()}
    if len(weights.get("embedding.weight", ())) != len(vocabulary):
        raise BundleError(f"{directory / WEIGHTS} does not fit {VOCABULARY}: it is damaged.")
    return Pretrained(directory, values["text"], values["shape"], vocabulary, weights)
