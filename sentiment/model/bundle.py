"""A trained model on disk: save, load and verify. No part of a bundle is a pickle."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from sentiment.errors import BundleError, ConfigError, StorageError
from sentiment.model import bundle_schema
from sentiment.model.architecture import Architecture, require_at_least, require_at_most
from sentiment.model.calibration import Calibration
from sentiment.system import bounded
from sentiment.system.storage import folder_written_whole, write_json, write_text
from sentiment.text.tokenizer import Preset
from sentiment.text.vocabulary import Vocabulary

SCHEMA = 1
CONFIG, VOCABULARY, WEIGHTS, HISTORY, REPORT = FILES = (
    "config.json",
    "vocabulary.txt",
    "weights.safetensors",
    "history.jsonl",
    "report.json",
)
_FINGERPRINTED = (CONFIG, VOCABULARY, WEIGHTS)
_MOST_WEIGHTS = 2_000  # ten for each of a hundred layers
_BYTES = {"F16": 2, "F32": 4, "F64": 8, "I32": 4, "I64": 8}
# The largest 16-bit float: bundles store no others, and 32-bit arithmetic with much larger ones overflows.
_LARGEST_WEIGHT = float(np.finfo(np.float16).max)

Weights = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class BundleConfig:
    """The contents of `config.json`.

    `star_levels` are the values of the network's star outputs, out of `star_scale` stars (5, or 10 in bundles older
    than this field); empty if it predicts no stars. `training` holds the settings, `data` the name, digest and sizes of
    the training data, `versions` those of the libraries.
    """

    name: bundle_schema.Text
    text: Preset
    maximum_length: int
    architecture: Architecture
    star_levels: tuple[float, ...]
    calibration: Calibration
    training: dict[bundle_schema.Text, bundle_schema.Setting]
    data: dict[str, Any]
    versions: dict[bundle_schema.Text, bundle_schema.Text]
    star_scale: int = 10

    __pydantic_config__: ClassVar = bundle_schema.NOTHING_ELSE

    def to_json(self) -> dict[str, Any]:
        """Return plain values for `config.json`."""
        return {"schema": SCHEMA, **asdict(self)}

    def __post_init__(self) -> None:
        """Reject values that no network can be built with.

        Raises:
            ConfigError: a value is out of range.
        """
        require_at_least(self, 1, "maximum_length", "star_scale")
        require_at_most(self, 100_000, "maximum_length", "star_scale")
        if not all(0 <= level <= self.star_scale for level in self.star_levels):
            raise ConfigError(f"star_levels are {self.star_levels}; they must be 0 to {self.star_scale}.")


_CONFIG_SCHEMA = TypeAdapter(BundleConfig)


@dataclass(frozen=True)
class Card:
    """What is known about a bundle without reading its weights."""

    directory: Path
    config: BundleConfig
    fingerprint: str
    history: list[dict[str, float]]
    report: dict[str, Any]

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.config.name

    @property
    def accuracy(self) -> float | None:
        """The accuracy on the test part, else on the validation part; None if neither was measured."""
        for part in ("test", "validation"):
            if part in self.report:
                return float(self.report[part]["accuracy"])
        return None


@dataclass(frozen=True)
class Bundle(Card):
    """A verified bundle: its card, vocabulary and weights (fp32 arrays by parameter name)."""

    vocabulary: Vocabulary
    weights: Weights


def save(
    directory: Path,
    config: BundleConfig,
    vocabulary: Vocabulary,
    weights: Weights,
    history: list[dict[str, float]],
    report: dict[str, Any],
) -> Bundle:
    """Write a bundle, replacing what `directory` held in one step, and return it as loaded.

    Weights are stored as 16-bit floats (phrase keys unchanged), which halves the size; scoring always uses the loaded
    bundle. The digest of each other file is added to `report`, to detect damage.

    Raises:
        BundleError: a weight is not finite, as after a diverged training; nothing is written.
        StorageError: `directory` holds files that are not part of a model; nothing is written.
    """
    from safetensors.numpy import save_file

    stored = {name: _rounded(weight) for name, weight in weights.items()}
    if names := _not_finite(stored):
        raise BundleError(
            f"The training has diverged: {names} holds values that are not numbers. "
            "Nothing was saved; train again with a lower learning rate."
        )
    with folder_written_whole(directory, FILES) as staging:
        write_json(staging / CONFIG, config.to_json())
        vocabulary.save(staging / VOCABULARY)
        save_file(stored, staging / WEIGHTS)
        write_text(staging / HISTORY, "".join(json.dumps(row) + "\n" for row in history))
        write_json(staging / REPORT, {**report, **_identity(staging)})
    return load(directory)


def rewrite_report(card: Card, report: dict[str, Any]) -> None:
    """Replace the report card of a bundle; its fingerprint does not change."""
    write_json(card.directory / REPORT, {**report, **{name: card.report[name] for name in ("fingerprint", "files")}})


def load(directory: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        BundleError: a file is missing, damaged or does not belong to a bundle; the message names it.
    """
    card = describe(directory)
    vocabulary = Vocabulary.load(directory / VOCABULARY)
    stored = read_weights(directory / WEIGHTS)
    found = _identity(directory)
    for name, digest in card.report["files"].items():
        if digest != found["files"].get(name):
            raise BundleError(f"{directory / name} is damaged or was changed: its digest is not the one in {REPORT}.")
    if found["fingerprint"] != card.fingerprint:
        raise BundleError(f"{directory / REPORT} is damaged: its fingerprint is not that of the files.")
    if names := _not_finite(stored):
        raise BundleError(
            f"{directory / WEIGHTS} cannot score: {names} holds values that are too large or not numbers."
        )
    weights = {name: _widened(weight) for name, weight in stored.items()}
    return Bundle(**vars(card), vocabulary=vocabulary, weights=weights)


def describe(directory: Path) -> Card:
    """Read a bundle's card without its weights, which takes about a millisecond.

    Raises:
        BundleError: a file is missing or does not belong to a bundle; the message names it.
    """
    for name in FILES:
        if not (directory / name).is_file():
            raise BundleError(f"{directory} is not a bundle: it has no {name}.")
    # The report is read first and its digests are compared last: if the bundle is replaced meanwhile, a mixture of both
    # is detected.
    report = _read_report(directory / REPORT)
    config = _read_config(directory / CONFIG)
    return Card(directory, config, report["fingerprint"], _read_history(directory / HISTORY), report)


def _identity(directory: Path) -> dict[str, Any]:
    """Return the fingerprint (SHA-256 over config, vocabulary and weights in this order) and each file's digest.

    Raises:
        BundleError: a file cannot be read.
    """
    whole, files = hashlib.sha256(), {}
    for name in (*_FINGERPRINTED, HISTORY):
        try:
            content = (directory / name).read_bytes()
        except OSError as error:
            raise BundleError(f"{directory / name} cannot be read: {error.strerror}.") from error
        if name in _FINGERPRINTED:
            whole.update(content)
        files[name] = hashlib.sha256(content).hexdigest()
    return {"fingerprint": whole.hexdigest(), "files": files}


def read_weights(path: Path) -> Weights:
    """Read arrays by name, as stored.

    Raises:
        BundleError: the file is damaged, holds other types than those of a bundle, or takes more memory than allowed.
    """
    from safetensors import SafetensorError, safe_open

    try:
        # Opened by Python first: safetensors calls a file that it may not read a missing one.
        with path.open("rb"), safe_open(path, framework="np") as tensors:
            # The header lists names, types and shapes, before any data is read.
            names = tensors.keys()
            if len(names) > _MOST_WEIGHTS:
                raise BundleError(f"{path} is not a bundle file: it holds {len(names):,} tensors.")
            needed = 0
            for name in names:
                kind, shape = tensors.get_slice(name).get_dtype(), tensors.get_slice(name).get_shape()
                if kind not in _BYTES:
                    raise BundleError(f"{path} is not a bundle file: {name[:100]} is of type {kind}.")
                # As stored, twice for a moment, and as 32-bit numbers.
                needed += math.prod(shape) * (2 * _BYTES[kind] + 4)
            require_memory(path, needed)
            return {name: tensors.get_tensor(name) for name in names}
    except OSError as error:
        raise BundleError(str(StorageError.of(error))) from error
    except (SafetensorError, ValueError) as error:
        raise BundleError(f"{path} is damaged: {error}.") from error


def require_memory(path: Path, needed: int) -> None:
    """Raise BundleError if loading the file at `path` takes more bytes of memory than a file may take."""
    allowed = bounded.memory_limit()
    if needed > allowed:
        raise BundleError(
            f"{path} takes {needed / 2**20:,.1f} MB of memory to load; at most {allowed / 2**20:,.0f} MB are allowed. "
            f"({bounded.MEMORY_VARIABLE} sets the limit.)"
        )


def _not_finite(weights: Weights) -> str:
    """Return which weights have a value that no 16-bit float has, "" if none has."""
    floats = {name: weight for name, weight in weights.items() if weight.dtype.kind == "f"}
    names = [name for name, weight in floats.items() if not (np.abs(weight) <= _LARGEST_WEIGHT).all()]
    return "".join(names[:1])[:200] + (f" (and {len(names) - 1} more)" if len(names) > 1 else "")


def _rounded(weight: NDArray[Any]) -> NDArray[Any]:
    if weight.dtype.kind != "f":
        return weight
    with np.errstate(over="ignore"):  # overflow gives infinity, which is rejected
        return weight.astype(np.float16)


def _widened(weight: NDArray[Any]) -> NDArray[Any]:
    return weight.astype(np.float32) if weight.dtype.kind == "f" else weight


def _read_config(path: Path) -> BundleConfig:
    values = bundle_schema.parsed(path, bundle_schema.read_text(path))
    schema = values.pop("schema", None) if isinstance(values, dict) else None
    if schema != SCHEMA:
        raise BundleError(f"{path} is not a bundle file: its schema is {schema!r}; this version reads {SCHEMA}.")
    bundle_schema.checked(bundle_schema.DATA, path, json.dumps(values.get("data")))
    try:
        return bundle_schema.checked(_CONFIG_SCHEMA, path, json.dumps(values))
    except ConfigError as error:
        raise BundleError(f"{path} is not a bundle file: {error}") from error


def _read_report(path: Path) -> dict[str, Any]:
    text = bundle_schema.read_text(path)
    report: dict[str, Any] = bundle_schema.parsed(path, text)
    bundle_schema.checked(bundle_schema.REPORT, path, text)
    return report


def _read_history(path: Path) -> list[dict[str, float]]:
    lines = bundle_schema.read_text(path).splitlines()
    rows = [bundle_schema.parsed(path, line) for line in lines]
    for line in lines:
        bundle_schema.checked(bundle_schema.EPOCH, path, line)
    return rows
