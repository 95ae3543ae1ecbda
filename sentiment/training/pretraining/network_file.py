"""A pretrained network on disk: vocabulary, embedding and recurrent weights, without an output head or any pickle."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentiment.errors import BundleError, ConfigError
from sentiment.model import bundle
from sentiment.model.bundle import CONFIG, FILES, HISTORY, VOCABULARY, WEIGHTS, Weights
from sentiment.system.storage import folder_written_whole, write_json, write_text
from sentiment.text.tokenizer import Preset
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.loop.config import TrainConfig

SCHEMA = 1
KIND = "pretrained"
_SHAPE = ("cell", "embedding_size", "hidden_size", "bidirectional")


@dataclass(frozen=True)
class Pretrained:
    """A pretrained network to start training from.

    `weights` are fp32 arrays by the parameter names of `network.Network`. `shape` holds the settings of an
    `Architecture` that the weights determine.
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
    except (OSError, ValueError, RecursionError, AttributeError):
        return False


def save(
    directory: Path,
    config: TrainConfig,
    settings: dict[str, Any],
    vocabulary: Vocabulary,
    weights: Weights,
    history: list[dict[str, float]],
) -> Pretrained:
    """Write a pretrained network, replacing what `directory` held in one step, and return it as loaded."""
    from safetensors.numpy import save_file

    with folder_written_whole(directory, FILES) as staging:
        vocabulary.save(staging / VOCABULARY)
        save_file({name: weight.astype(np.float16) for name, weight in weights.items()}, staging / WEIGHTS)
        write_text(staging / HISTORY, "".join(json.dumps(row) + "\n" for row in history))
        shape = {name: getattr(config, name) for name in _SHAPE}
        described = {"schema": SCHEMA, "kind": KIND, "text": config.text, "shape": shape, "files": _digests(staging)}
        write_json(staging / CONFIG, described | settings)
    return load(directory)


def load(directory: Path) -> Pretrained:
    """Load a pretrained network written by `save`.

    Raises:
        BundleError: a file is missing or damaged; the message names it.
    """
    try:
        values = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{directory} is not a pretrained network, or is damaged: {error}.") from error
    stored = bundle.read_weights(directory / WEIGHTS)
    vocabulary = Vocabulary.load(directory / VOCABULARY)
    weights = {name: weight.astype(np.float32) for name, weight in stored.items()}
    try:
        if values["schema"] != SCHEMA or values["kind"] != KIND:
            raise ValueError("it is of another kind or version")
        settings = TrainConfig(text=values["text"], **{name: values["shape"][name] for name in _SHAPE})
        digests = dict(values.get("files", {}))
    except (KeyError, TypeError, ValueError, AttributeError, ConfigError) as error:
        raise BundleError(f"{directory / CONFIG} is not that of a pretrained network: {error}.") from error
    for name, digest in _digests(directory).items():
        if digests.get(name, digest) != digest:
            raise BundleError(f"{directory / name} is damaged or was changed: its digest is not the one in {CONFIG}.")
    if {name: weight.shape for name, weight in weights.items()} != _shapes(settings, len(vocabulary)):
        raise BundleError(f"{directory / WEIGHTS} does not fit {VOCABULARY} and {CONFIG}: it is damaged.")
    return Pretrained(directory, settings.text, values["shape"], vocabulary, weights)


def _digests(directory: Path) -> dict[str, str]:
    return {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in (VOCABULARY, WEIGHTS)}


def _shapes(settings: TrainConfig, words: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters that a `network.Network` with these settings has, without its head."""
    size, hidden = settings.embedding_size, settings.hidden_size
    rows = (4 if settings.cell == "lstm" else 3) * hidden
    cell = {"weight_ih": (rows, size), "weight_hh": (rows, hidden), "bias_ih": (rows,), "bias_hh": (rows,)}
    directions = ("forwards", "backwards") if settings.bidirectional else ("forwards",)
    return {"embedding.weight": (words, size)} | {
        f"layers.0.{direction}.{name}_l0": shape for direction in directions for name, shape in cell.items()
    }
